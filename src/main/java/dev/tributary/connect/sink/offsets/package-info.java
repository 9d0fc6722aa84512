/** Sets of offsets, and which offsets of a task are not done. */
@NullMarked
package dev.tributary.connect.sink.offsets;

import org.jspecify.annotations.NullMarked;
