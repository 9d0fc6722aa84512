package dev.tributary.connect.sink.columns;

import java.time.ZoneId;

/**
 * DateTime64(P): ticks of 10^-P seconds since 1970 in 64 bits, from 1900 to 2299 (with P = 9, to
 * what 64 bits hold). See {@link TimestampWriter}.
 */
final class DateTime64Writer extends TimestampWriter {

  private static final long FIRST_SECOND = -2_208_988_800L;
  private static final long LAST_SECOND = 10_413_791_999L;

  private final long ticksPerSecond;
  private final long min;
  private final long max;
  private final String range;

  /**
   * @param digits of the fraction of a second
   */
  DateTime64Writer(
      String type, int digits, ZoneId zone, TimeFormat format, TimePrecision precision) {
    super(type, 8, digits, zone, format, precision);
    long ticks = TimePrecision.ticksPerSecond(digits);
    this.ticksPerSecond = ticks;
    this.min = FIRST_SECOND * ticks;
    boolean whole = LAST_SECOND < Long.MAX_VALUE / ticks;
    this.max = whole ? (LAST_SECOND + 1) * ticks - 1 : Long.MAX_VALUE;
    this.range =
        whole
            ? "1900-01-01 00:00:00..2299-12-31 23:59:59 UTC"
            : "1900-01-01 00:00:00..2262-04-11 23:47:16 UTC";
  }

  @Override
  void putTicks(Object number) {
    data.putLong(Integers.between(min, max, number, columnType(), range));
  }

  @Override
  boolean putTicks(long number) {
    if (number < min || number > max) {
      return false;
    }
    data.putLong(number);
    return true;
  }

  @Override
  void putTime(long epochSecond, int ticks, Object value) {
    if (epochSecond < FIRST_SECOND
        || epochSecond > max / ticksPerSecond
        || epochSecond * ticksPerSecond > max - ticks) {
      throw ValueException.outOfRange(value, columnType(), range);
    }
    data.putLong(epochSecond * ticksPerSecond + ticks);
  }
}
