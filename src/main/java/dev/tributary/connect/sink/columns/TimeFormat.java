package dev.tributary.connect.sink.columns;

import dev.tributary.connect.record.Temporal;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/**
 * How a column's texts and numbers are dates and times.
 *
 * @param pattern of its texts; null for ISO-8601
 * @param unit of its numbers; {@link Temporal#NONE} for the column's own
 */
record TimeFormat(@Nullable DateTimeFormatter pattern, Temporal unit) {

  static final TimeFormat USUAL = new TimeFormat(null, Temporal.NONE);

  /** The unit of a number: what its schema says, else the column's setting. */
  Temporal unitOf(Temporal ofSchema) {
    return ofSchema == Temporal.NONE ? unit : ofSchema;
  }
}
