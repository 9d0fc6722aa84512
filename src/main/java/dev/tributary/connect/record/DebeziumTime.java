package dev.tributary.connect.record;

import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.apache.kafka.connect.data.Schema;
import org.jspecify.annotations.Nullable;

/** What a number means if its schema declares it a date or a time, as those of Debezium do. */
public enum DebeziumTime {
  /** No date or time: just a number. */
  NONE(Sort.NONE, 0),
  /** Days since 1970-01-01. */
  DATE(Sort.DATE, 0),
  TIME_MILLIS(Sort.TIME, 1_000_000),
  TIME_MICROS(Sort.TIME, 1_000),
  TIME_NANOS(Sort.TIME, 1),
  TIMESTAMP_SECONDS(Sort.TIMESTAMP, 1_000_000_000),
  TIMESTAMP_MILLIS(Sort.TIMESTAMP, 1_000_000),
  TIMESTAMP_MICROS(Sort.TIMESTAMP, 1_000),
  TIMESTAMP_NANOS(Sort.TIMESTAMP, 1),
  DURATION_MICROS(Sort.DURATION, 1_000),
  DURATION_NANOS(Sort.DURATION, 1),
  /** A year of the calendar. */
  YEAR(Sort.YEAR, 0);

  /** The sorts of dates and times. */
  public enum Sort {
    NONE,
    DATE,
    TIME,
    TIMESTAMP,
    DURATION,
    YEAR
  }

  private static final long SECOND_NANOS = 1_000_000_000L;
  private static final long DAY_SECONDS = 86_400;
  private static final long DAY_NANOS = DAY_SECONDS * SECOND_NANOS;

  /** A million years on either side of 1970: further times have no form that others read. */
  private static final long MOST_DAYS = 365_000_000;

  private static final long MOST_SECONDS = MOST_DAYS * DAY_SECONDS;

  private static final String PREFIX = "io.debezium.time.";

  private final Sort sort;
  private final long nanosPerUnit;

  DebeziumTime(Sort sort, long nanosPerUnit) {
    this.sort = sort;
    this.nanosPerUnit = nanosPerUnit;
  }

  /** What numbers of a schema mean; {@link #NONE} without one. */
  public static DebeziumTime of(@Nullable Schema schema) {
    String name = schema == null ? null : schema.name();
    if (name == null || !name.startsWith(PREFIX)) {
      return NONE;
    }
    return switch (name.substring(PREFIX.length())) {
      case "Date" -> DATE;
      case "Time" -> TIME_MILLIS;
      case "MicroTime" -> TIME_MICROS;
      case "NanoTime" -> TIME_NANOS;
      case "Timestamp" -> TIMESTAMP_MILLIS;
      case "MicroTimestamp" -> TIMESTAMP_MICROS;
      case "NanoTimestamp" -> TIMESTAMP_NANOS;
      case "MicroDuration" -> DURATION_MICROS;
      case "NanoDuration" -> DURATION_NANOS;
      case "Year" -> YEAR;
      default -> NONE;
    };
  }

  public Sort sort() {
    return sort;
  }

  /** For times, timestamps and durations. */
  public long nanosPerUnit() {
    return nanosPerUnit;
  }

  /** For times, timestamps and durations: how many units a second has. */
  public long unitsPerSecond() {
    return SECOND_NANOS / nanosPerUnit;
  }

  /** What a number of it is called in a message. */
  public String kind() {
    return switch (sort) {
      case NONE -> "a number";
      case DATE -> "a date";
      case TIME -> "a time of day";
      case TIMESTAMP -> "a timestamp";
      case DURATION -> "a duration";
      case YEAR -> "a year";
    };
  }

  /**
   * ISO-8601 of a number: {@code 2024-02-29}, {@code 10:15:30.5}, {@code 2024-02-29T10:15:30Z},
   * {@code PT36H}; the plain number where that has no such form.
   */
  public String iso(long number) {
    return switch (sort) {
      case DATE ->
          number >= -MOST_DAYS && number <= MOST_DAYS
              ? LocalDate.ofEpochDay(number).toString()
              : Long.toString(number);
      case TIME ->
          number >= 0 && number < DAY_NANOS / nanosPerUnit
              ? DateTimeFormatter.ISO_LOCAL_TIME.format(
                  LocalTime.ofNanoOfDay(number * nanosPerUnit))
              : Long.toString(number);
      case TIMESTAMP ->
          second(number) >= -MOST_SECONDS && second(number) <= MOST_SECONDS
              ? DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(
                  Instant.ofEpochSecond(second(number), nano(number)).atOffset(ZoneOffset.UTC))
              : Long.toString(number);
      case DURATION -> Duration.ofSeconds(second(number), nano(number)).toString();
      case NONE, YEAR -> Long.toString(number);
    };
  }

  /** The whole seconds in a number of units, rounded down. */
  public long second(long number) {
    return Math.floorDiv(number, unitsPerSecond());
  }

  /** The nanoseconds of a number of units beyond {@link #second}. */
  public int nano(long number) {
    return (int) (Math.floorMod(number, unitsPerSecond()) * nanosPerUnit);
  }

  /** The nanoseconds in a number of units. */
  public BigInteger nanos(long number) {
    return BigInteger.valueOf(number).multiply(BigInteger.valueOf(nanosPerUnit));
  }
}
