package dev.tributary.connect.sink.columns;

import dev.tributary.connect.record.DebeziumTime;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/**
 * How a column's texts and numbers are dates and times.
 *
 * @param pattern of its texts; null for ISO-8601
 * @param unit of its numbers; {@link DebeziumTime#NONE} for the column's own
 */
record TimeFormat(@Nullable DateTimeFormatter pattern, DebeziumTime unit) {

  static final TimeFormat USUAL = new TimeFormat(null, DebeziumTime.NONE);

  /** The unit of a number: what its schema says, else the column's setting. */
  DebeziumTime unitOf(DebeziumTime ofSchema) {
    return ofSchema == DebeziumTime.NONE ? unit : ofSchema;
  }
}
