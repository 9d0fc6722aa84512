package dev.tributary.connect.sink.columns;

import dev.tributary.connect.record.DebeziumTime;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Period;
import java.time.temporal.ChronoUnit;
import org.apache.kafka.connect.data.Schema;
import org.jspecify.annotations.Nullable;

/**
 * IntervalNanosecond to IntervalYear: a count of the unit in 64 bits.
 *
 * <p>Takes integers as counts, Debezium's durations, and ISO-8601 like {@code P1Y2M} or {@code
 * PT36H} where it is a whole number of units. Months are never turned into days, and a day is 24
 * hours.
 */
final class IntervalWriter extends FixedWidthWriter {

  private static final String NEEDED =
      "integers, and durations in ISO-8601 that are whole numbers of its unit";

  private static final String RANGE = "64 bits";

  private static final long DAY_NANOS = 86_400_000_000_000L;

  /** How many months one unit has; 0 for units of time. */
  private final int months;

  /** How many nanoseconds one unit has; 0 for units of months. */
  private final long nanos;

  private IntervalWriter(String type, int months, long nanos) {
    super(type, 8);
    this.months = months;
    this.nanos = nanos;
  }

  static IntervalWriter of(String type) {
    return switch (type) {
      case "IntervalNanosecond" -> new IntervalWriter(type, 0, 1);
      case "IntervalMicrosecond" -> new IntervalWriter(type, 0, 1_000);
      case "IntervalMillisecond" -> new IntervalWriter(type, 0, 1_000_000);
      case "IntervalSecond" -> new IntervalWriter(type, 0, 1_000_000_000);
      case "IntervalMinute" -> new IntervalWriter(type, 0, 60_000_000_000L);
      case "IntervalHour" -> new IntervalWriter(type, 0, 3_600_000_000_000L);
      case "IntervalDay" -> new IntervalWriter(type, 0, DAY_NANOS);
      case "IntervalWeek" -> new IntervalWriter(type, 0, 7 * DAY_NANOS);
      case "IntervalMonth" -> new IntervalWriter(type, 1, 0);
      case "IntervalQuarter" -> new IntervalWriter(type, 3, 0);
      case "IntervalYear" -> new IntervalWriter(type, 12, 0);
      default -> throw new UnsupportedTypeException(type, "the type is not supported");
    };
  }

  @Override
  void appendValue(Object value, @Nullable Schema schema) {
    if (value instanceof String text && text.indexOf('P') >= 0) {
      appendIso(text);
      return;
    }
    if (!(value instanceof Number) && !(value instanceof String)) {
      throw ValueException.unsuited(value, columnType(), NEEDED);
    }
    DebeziumTime temporal = DebeziumTime.of(schema);
    if (temporal == DebeziumTime.NONE) {
      data.putLong(Integers.between(Long.MIN_VALUE, Long.MAX_VALUE, value, columnType(), RANGE));
    } else if (temporal.sort() == DebeziumTime.Sort.DURATION) {
      long count = Integers.between(Long.MIN_VALUE, Long.MAX_VALUE, value, columnType(), RANGE);
      putNanos(
          BigInteger.valueOf(count).multiply(BigInteger.valueOf(temporal.nanosPerUnit())), value);
    } else {
      throw new ValueException(
          temporal.kind() + " does not suit " + columnType() + ", which takes " + NEEDED);
    }
  }

  private void appendIso(String text) {
    int time = text.indexOf('T');
    boolean hasTime = time >= 0;
    try {
      String date = hasTime ? text.substring(0, time) : text;
      boolean onlyTime = hasTime && (date.equals("P") || date.equals("-P") || date.equals("+P"));
      Period period = onlyTime ? Period.ZERO : Period.parse(date);
      Duration duration = hasTime ? Duration.parse("P" + text.substring(time)) : Duration.ZERO;
      if (hasTime && date.startsWith("-")) {
        duration = duration.negated();
      }
      BigInteger total =
          BigInteger.valueOf(period.get(ChronoUnit.DAYS))
              .multiply(BigInteger.valueOf(DAY_NANOS))
              .add(
                  BigInteger.valueOf(duration.getSeconds())
                      .multiply(BigInteger.valueOf(1_000_000_000))
                      .add(BigInteger.valueOf(duration.getNano())));
      putParts(period.toTotalMonths(), total, text);
    } catch (DateTimeException | ArithmeticException e) {
      throw ValueException.unsuited(text, columnType(), NEEDED);
    }
  }

  private void putParts(long wholeMonths, BigInteger rest, Object value) {
    if (wholeMonths == 0) {
      putNanos(rest, value);
    } else if (rest.signum() != 0 || months == 0 || wholeMonths % months != 0) {
      throw notWhole(value);
    } else {
      data.putLong(wholeMonths / months);
    }
  }

  private void putNanos(BigInteger total, Object value) {
    if (total.signum() == 0) {
      data.putLong(0);
      return;
    }
    if (nanos == 0) {
      throw notWhole(value);
    }
    BigInteger[] counted = total.divideAndRemainder(BigInteger.valueOf(nanos));
    if (counted[1].signum() != 0) {
      throw notWhole(value);
    }
    if (counted[0].bitLength() > 63) {
      throw ValueException.outOfRange(value, columnType(), RANGE);
    }
    data.putLong(counted[0].longValue());
  }

  private ValueException notWhole(Object value) {
    return ValueException.outOfRange(
        value, columnType(), "it is not a whole number of the column's unit");
  }
}
