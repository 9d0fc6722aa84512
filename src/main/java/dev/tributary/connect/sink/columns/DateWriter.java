package dev.tributary.connect.sink.columns;

import dev.tributary.connect.json.JsonSlice;
import dev.tributary.connect.record.DebeziumTime;
import java.util.Date;
import org.apache.kafka.connect.data.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Date and Date32: takes {@code yyyy-MM-dd}, Connect's and Debezium's dates, timestamps at midnight
 * UTC, and integers as days since 1970-01-01.
 */
final class DateWriter extends FixedWidthWriter {

  private static final String NEEDED = "text like 2024-02-29, dates, and days since 1970-01-01";

  private final long min;
  private final long max;
  private final String range;
  private final TimeFormat format;
  private final DateTimeParser parsed;

  /**
   * @param wide whether it is Date32
   */
  DateWriter(String type, boolean wide, TimeFormat format) {
    super(type, wide ? 4 : 2);
    this.format = format;
    this.parsed = new DateTimeParser(format.pattern());
    this.min = wide ? -25_567 : 0;
    this.max = wide ? 120_529 : 0xFFFF;
    this.range = wide ? "1900-01-01..2299-12-31" : "1970-01-01..2149-06-06";
  }

  @Override
  void appendValue(Object value, @Nullable Schema schema) {
    if (value instanceof String text) {
      if (!parsed.parse(text) || parsed.hasTime) {
        throw ValueException.unsuited(value, columnType(), NEEDED);
      }
      put(parsed.days, value);
    } else if (value instanceof Number) {
      appendNumber(value, format.unitOf(DebeziumTime.of(schema)));
    } else if (value instanceof Date date) {
      put(Days.of(date, schema, columnType()), value);
    } else {
      throw ValueException.unsuited(value, columnType(), NEEDED);
    }
  }

  @Override
  boolean appendJson(JsonSlice slice) {
    long days;
    if (slice.isPlainString()) {
      if (!parsed.parse(slice.text(), slice.contentFrom(), slice.contentTo()) || parsed.hasTime) {
        return false;
      }
      days = parsed.days;
    } else if (format.unit() == DebeziumTime.NONE) {
      days = slice.smallInteger();
    } else {
      return false;
    }
    if (days < min || days > max) {
      return false;
    }
    putNumber(days);
    return true;
  }

  private void appendNumber(Object value, DebeziumTime temporal) {
    switch (temporal.sort()) {
      case NONE, DATE -> putNumber(Integers.between(min, max, value, columnType(), range));
      case TIMESTAMP -> {
        long number = Integers.between(Long.MIN_VALUE, Long.MAX_VALUE, value, columnType(), range);
        long second = temporal.second(number);
        if (temporal.nano(number) != 0 || Math.floorMod(second, 86_400L) != 0) {
          throw Days.notMidnight(columnType());
        }
        put(Math.floorDiv(second, 86_400L), value);
      }
      case TIME, DURATION, YEAR ->
          throw new ValueException(
              temporal.kind() + " does not suit " + columnType() + ", which takes " + NEEDED);
    }
  }

  /** For Date32 the server itself, when an insert leaves the column out, gives the first day. */
  @Override
  public void appendDefault() {
    putNumber(min);
  }

  private void put(long days, Object value) {
    if (days < min || days > max) {
      throw ValueException.outOfRange(value, columnType(), range);
    }
    putNumber(days);
  }
}
