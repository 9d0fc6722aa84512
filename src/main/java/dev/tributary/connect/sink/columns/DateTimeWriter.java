package dev.tributary.connect.sink.columns;

import java.time.ZoneId;

/** DateTime: seconds since 1970 in 32 bits without sign. See {@link TimestampWriter}. */
final class DateTimeWriter extends TimestampWriter {

  private static final long MAX = 0xFFFF_FFFFL;
  private static final String RANGE = "1970-01-01 00:00:00..2106-02-07 06:28:15 UTC";

  DateTimeWriter(String type, ZoneId zone, TimeFormat format, TimePrecision precision) {
    super(type, 4, 0, zone, format, precision);
  }

  @Override
  void putTicks(Object number) {
    data.putInt((int) Integers.between(0, MAX, number, columnType(), RANGE));
  }

  @Override
  boolean putTicks(long number) {
    if (number < 0 || number > MAX) {
      return false;
    }
    data.putInt((int) number);
    return true;
  }

  @Override
  void putTime(long epochSecond, int ticks, Object value) {
    if (epochSecond < 0 || epochSecond > MAX) {
      throw ValueException.outOfRange(value, columnType(), RANGE);
    }
    data.putInt((int) epochSecond);
  }
}
