/** Sets of offsets, and the one answer to which of them are not done. */
@NullMarked
package dev.tributary.connect.sink.offsets;

import org.jspecify.annotations.NullMarked;
