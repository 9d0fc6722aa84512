/**
 * Writers that collect the values of a batch column by column and leave as one block of
 * ClickHouse's {@code Native} format.
 *
 * <p>A value either arrives in the column exactly or is refused with a {@link
 * dev.tributary.connect.sink.columns.ValueException}: nothing wraps, truncates or rounds in
 * silence. Floating-point columns are the one exception by their nature: they take the nearest
 * value.
 */
@NullMarked
package dev.tributary.connect.sink.columns;

import org.jspecify.annotations.NullMarked;
