/** A record as a row: which field, part or metadata of it each column takes. */
@NullMarked
package dev.tributary.connect.sink.row;

import org.jspecify.annotations.NullMarked;
