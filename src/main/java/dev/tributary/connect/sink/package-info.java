/**
 * The sink task, on the one thread that Connect calls. Records wait in {@code RecordQueue}, become
 * rows of batches, and batches wait in {@code InsertQueue} until they are stored; {@code
 * OffsetCommits} says which offsets the framework may commit.
 */
@NullMarked
package dev.tributary.connect.sink;

import org.jspecify.annotations.NullMarked;
