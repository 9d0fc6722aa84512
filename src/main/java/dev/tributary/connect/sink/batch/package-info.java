/** Batches of rows as columns of a Native block, and the registry of tables with open batches. */
@NullMarked
package dev.tributary.connect.sink.batch;

import org.jspecify.annotations.NullMarked;
