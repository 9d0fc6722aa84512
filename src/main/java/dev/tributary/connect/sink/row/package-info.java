/** Maps records to rows: which field, nested field or metadata each column takes. */
@NullMarked
package dev.tributary.connect.sink.row;

import org.jspecify.annotations.NullMarked;
