package dev.tributary.connect.sink.columns;

import dev.tributary.connect.record.ConnectDates;
import dev.tributary.connect.record.DebeziumTime;
import dev.tributary.connect.record.ValueKinds;
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
  private final TimePrecision precision;
  private final DateTimeParser parsed;
  private final FractionalNumber number = new FractionalNumber();

  private TimeOfDayWriter(
      String type, int width, int digits, TimeFormat format, TimePrecision precision) {
    super(type, width);
    this.precision = precision;
    this.parsed = new DateTimeParser(format.pattern());
    long ticks = TimePrecision.ticksPerSecond(digits);
    this.nanosPerTick = SECOND_NANOS / ticks;
    this.max = (LAST_SECOND + 1) * ticks - 1;
  }

  static TimeOfDayWriter seconds(String type, TimeFormat format, TimePrecision precision) {
    return new TimeOfDayWriter(type, 4, 0, format, precision);
  }

  static TimeOfDayWriter ticks(
      String type, int digits, TimeFormat format, TimePrecision precision) {
    return new TimeOfDayWriter(type, 8, digits, format, precision);
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
      number.read(ConnectDates.millis(date), 1_000_000, columnType());
      putNanos(number.second, number.nanos, false, value);
    } else if (value instanceof Number) {
      appendNumber(value, DebeziumTime.of(schema));
    } else {
      throw ValueException.unsuited(value, columnType(), NEEDED);
    }
  }

  private void appendNumber(Object value, DebeziumTime temporal) {
    if (temporal == DebeziumTime.NONE && FractionalNumber.is(value)) {
      appendFraction(value);
    } else if (temporal == DebeziumTime.NONE) {
      putNumber(Integers.between(-max, max, value, columnType(), RANGE));
    } else if (temporal.sort() == DebeziumTime.Sort.TIME) {
      number.read(value, temporal.nanosPerUnit(), columnType());
      putNanos(number.second, number.nanos, number.beyondNanos, value);
    } else {
      throw new ValueException(
          temporal.kind() + " does not suit " + columnType() + ", which takes " + NEEDED);
    }
  }

  /** Seconds, if that is the column's unit. Of another unit it is not clear what is a fraction. */
  private void appendFraction(Object value) {
    if (nanosPerTick != SECOND_NANOS) {
      throw TimePrecision.withoutUnit(value, columnType(), "text like 00:00:05.5");
    }
    number.read(value, SECOND_NANOS, columnType());
    precision.cutNumber(value, columnType());
    putNanos(number.second, 0, false, value);
  }

  private void appendText(String text) {
    if (!parsed.parseTimeOfDay(text)) {
      throw ValueException.unsuited(text, columnType(), NEEDED);
    }
    long nanos = parsed.secondOfDay * SECOND_NANOS + parsed.nanos;
    if (parsed.negative) {
      nanos = -nanos - (parsed.beyondNanos ? 1 : 0); // what is cut goes further down
    }
    long second = Math.floorDiv(nanos, SECOND_NANOS);
    putNanos(second, (int) Math.floorMod(nanos, SECOND_NANOS), parsed.beyondNanos, text);
  }

  /**
   * Appends a time without what the column would have to cut off, if that may be.
   *
   * @param second rounded down, as are the nanoseconds after it
   * @param beyondNanos whether there is something finer than the nanoseconds
   */
  private void putNanos(long second, int nanos, boolean beyondNanos, Object value) {
    if (second < -LAST_SECOND - 1 || second > LAST_SECOND) {
      throw ValueException.outOfRange(value, columnType(), RANGE);
    }
    if (beyondNanos || nanos % nanosPerTick != 0) {
      precision.cut(value, columnType());
    }
    long ticks = second * (SECOND_NANOS / nanosPerTick) + nanos / nanosPerTick;
    if (ticks < -max || ticks > max) {
      throw ValueException.outOfRange(value, columnType(), RANGE);
    }
    putNumber(ticks);
  }
}
