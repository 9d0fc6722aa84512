package dev.tributary.connect.sink.columns;

import dev.tributary.connect.record.ConnectDates;
import dev.tributary.connect.record.DebeziumTime;
import dev.tributary.connect.record.ValueKinds;
import java.math.BigInteger;
import java.util.Date;
import org.apache.kafka.connect.data.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Time in seconds and Time64(P) in ticks of 10^-P seconds, from -999:59:59 to 999:59:59 and what
 * fractions the column has.
 *
 * <p>Takes numbers in the column's own unit, Connect's Time and Debezium's times in theirs, and
 * text like {@code 10:15:30.5}, with {@code Z} or without.
 */
final class TimeOfDayWriter extends FixedWidthWriter {

  private static final String NEEDED = "integers, times of day and text like 10:15:30";
  private static final String RANGE = "-999:59:59..999:59:59";
  private static final long LAST_SECOND = 999 * 3600 + 59 * 60 + 59;
  private static final long SECOND_NANOS = 1_000_000_000L;

  private final long nanosPerTick;
  private final long max;
  private final DateTimeParser parsed;

  private TimeOfDayWriter(String type, int width, int precision, TimeFormat format) {
    super(type, width);
    this.parsed = new DateTimeParser(format.pattern());
    long ticks = 1;
    for (int i = 0; i < precision; i++) {
      ticks *= 10;
    }
    this.nanosPerTick = SECOND_NANOS / ticks;
    this.max = (LAST_SECOND + 1) * ticks - 1;
  }

  static TimeOfDayWriter seconds(String type, TimeFormat format) {
    return new TimeOfDayWriter(type, 4, 0, format);
  }

  static TimeOfDayWriter ticks(String type, int precision, TimeFormat format) {
    return new TimeOfDayWriter(type, 8, precision, format);
  }

  @Override
  void appendValue(Object value, @Nullable Schema schema) {
    if (value instanceof String text) {
      appendText(text);
    } else if (value instanceof Date date) {
      if (!ConnectDates.isTime(schema)) {
        throw new ValueException(
            ValueKinds.of(value) + " that is no time of day does not suit " + columnType());
      }
      putNanos(ConnectDates.millis(date) * 1_000_000, value);
    } else if (value instanceof Number) {
      appendNumber(value, DebeziumTime.of(schema));
    } else {
      throw ValueException.unsuited(value, columnType(), NEEDED);
    }
  }

  private void appendNumber(Object value, DebeziumTime temporal) {
    if (temporal == DebeziumTime.NONE) {
      putNumber(Integers.between(-max, max, value, columnType(), RANGE));
    } else if (temporal.sort() == DebeziumTime.Sort.TIME) {
      long unit = temporal.nanosPerUnit();
      long limit = Long.MAX_VALUE / unit;
      putNanos(Integers.between(-limit, limit, value, columnType(), RANGE) * unit, value);
    } else {
      throw new ValueException(
          temporal.kind() + " does not suit " + columnType() + ", which takes " + NEEDED);
    }
  }

  private void appendText(String text) {
    long small = NumberText.smallInteger(text);
    if (small != NumberText.NOT_SMALL) {
      putNumber(Integers.between(-max, max, BigInteger.valueOf(small), columnType(), RANGE));
      return;
    }
    if (!parsed.parseTimeOfDay(text)) {
      throw ValueException.unsuited(text, columnType(), NEEDED);
    }
    if (parsed.beyondNanos) {
      throw fractionLost(text);
    }
    long nanos = parsed.secondOfDay * SECOND_NANOS + parsed.nanos;
    putNanos(parsed.negative ? -nanos : nanos, text);
  }

  private void putNanos(long nanos, Object value) {
    if (nanos % nanosPerTick != 0) {
      throw fractionLost(value);
    }
    long ticks = nanos / nanosPerTick;
    if (ticks < -max || ticks > max) {
      throw ValueException.outOfRange(value, columnType(), RANGE);
    }
    putNumber(ticks);
  }

  private ValueException fractionLost(Object value) {
    return ValueException.outOfRange(
        value, columnType(), "it has a fraction of a second finer than the column's");
  }
}
