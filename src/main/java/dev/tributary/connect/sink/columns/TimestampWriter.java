package dev.tributary.connect.sink.columns;

import dev.tributary.connect.json.JsonSlice;
import dev.tributary.connect.record.ConnectDates;
import dev.tributary.connect.record.DebeziumTime;
import java.time.ZoneId;
import java.util.Date;
import org.apache.kafka.connect.data.Schema;
import org.jspecify.annotations.Nullable;

/**
 * What DateTime and DateTime64 share: both take numbers in the column's own unit, Connect's
 * Timestamp and Date, Debezium's in their units, and text.
 *
 * <p>Text without an offset, and Connect's Date, are read on the column's clock: its time zone,
 * else the server's.
 */
abstract class TimestampWriter extends FixedWidthWriter {

  private static final String NEEDED =
      "integers, timestamps and text like 2024-02-29 10:15:30 or 2024-02-29T10:15:30Z";

  private static final int TICK_OF_SECOND = 1_000_000_000;

  /** More than any column has. */
  private static final long MOST_DAYS = 4_000_000;

  private final int nanosPerTick;
  private final LocalClock clock;
  private final TimeFormat format;
  private final TimePrecision precision;
  private final DateTimeParser parsed;
  private final FractionalNumber number = new FractionalNumber();

  /**
   * @param digits of the fraction of a second
   */
  TimestampWriter(
      String type, int width, int digits, ZoneId zone, TimeFormat format, TimePrecision precision) {
    super(type, width);
    this.nanosPerTick = (int) (1_000_000_000L / TimePrecision.ticksPerSecond(digits));
    this.format = format;
    this.precision = precision;
    this.parsed = new DateTimeParser(format.pattern());
    this.clock = new LocalClock(zone);
  }

  /** Appends a number of the column's own unit. */
  abstract void putTicks(Object number);

  /** Appends a number of the column's own unit; false when it is out of range. */
  abstract boolean putTicks(long number);

  /** Appends a point in time: a second, and the ticks after it. */
  abstract void putTime(long epochSecond, int ticks, Object value);

  @Override
  final void appendValue(Object value, @Nullable Schema schema) {
    if (value instanceof String text) {
      appendText(text);
    } else if (value instanceof Number) {
      appendNumber(value, format.unitOf(DebeziumTime.of(schema)));
    } else if (value instanceof Date date) {
      appendDate(date, schema);
    } else {
      throw ValueException.unsuited(value, columnType(), NEEDED);
    }
  }

  private void appendText(String text) {
    if (!parsed.parse(text)) {
      throw ValueException.unsuited(text, columnType(), NEEDED);
    }
    putParsed(text);
  }

  private void putParsed(Object value) {
    long local = parsed.localSeconds();
    long second =
        parsed.hasOffset
            ? local - parsed.offsetSeconds
            : clock.epochSecond(local, value, columnType());
    putNanos(second, parsed.nanos, parsed.beyondNanos, value);
  }

  @Override
  final boolean appendJson(JsonSlice slice) {
    if (!slice.isPlainString()) {
      long ticks = slice.smallInteger();
      return format.unit() == DebeziumTime.NONE && ticks != JsonSlice.NOT_SMALL && putTicks(ticks);
    }
    if (!parsed.parse(slice.text(), slice.contentFrom(), slice.contentTo())) {
      return false;
    }
    try {
      putParsed(slice);
      return true;
    } catch (ValueException e) {
      return false; // thrown again for the value itself
    }
  }

  private void appendNumber(Object value, DebeziumTime temporal) {
    switch (temporal.sort()) {
      case NONE -> {
        if (FractionalNumber.is(value)) {
          appendFraction(value);
        } else {
          putTicks(value);
        }
      }
      case TIMESTAMP -> {
        number.read(value, temporal.nanosPerUnit(), columnType());
        putNanos(number.second, number.nanos, number.beyondNanos, value);
      }
      case DATE -> {
        long days = Integers.between(-MOST_DAYS, MOST_DAYS, value, columnType(), "years to 9999");
        putTime(clock.epochSecond(days * 86_400, value, columnType()), 0, value);
      }
      case TIME, DURATION, YEAR ->
          throw new ValueException(
              temporal.kind() + " does not suit " + columnType() + ", which takes " + NEEDED);
    }
  }

  /** Seconds, if that is the column's unit. Of another unit it is not clear what is a fraction. */
  private void appendFraction(Object value) {
    if (nanosPerTick != TICK_OF_SECOND) {
      throw TimePrecision.withoutUnit(
          value, columnType(), "time.formats (epoch_s, epoch_ms, epoch_us or epoch_ns)");
    }
    number.read(value, TICK_OF_SECOND, columnType());
    precision.cutNumber(value, columnType());
    putTime(number.second, 0, value);
  }

  /**
   * Appends a point in time without what the column would have to cut off, if that may be.
   *
   * @param beyondNanos whether there is something finer than the nanoseconds
   */
  private void putNanos(long epochSecond, int nanos, boolean beyondNanos, Object value) {
    if (beyondNanos || nanos % nanosPerTick != 0) {
      precision.cut(value, columnType());
    }
    putTime(epochSecond, nanos / nanosPerTick, value);
  }

  private void appendDate(Date date, @Nullable Schema schema) {
    if (ConnectDates.isTime(schema)) {
      throw new ValueException(
          "a time of day does not suit " + columnType() + ", which takes " + NEEDED);
    }
    if (ConnectDates.isDate(schema)) {
      long days = Days.of(date, schema, columnType());
      putTime(clock.epochSecond(days * 86_400, date, columnType()), 0, date);
      return;
    }
    long millis = ConnectDates.millis(date);
    int nanos = (int) Math.floorMod(millis, 1000L) * 1_000_000;
    putNanos(Math.floorDiv(millis, 1000L), nanos, false, date);
  }
}
