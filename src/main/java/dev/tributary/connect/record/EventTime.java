package dev.tributary.connect.record;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Date;
import java.util.function.LongSupplier;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.connector.ConnectRecord;
import org.apache.kafka.connect.errors.DataException;
import org.jspecify.annotations.Nullable;

/**
 * The event time of a record in milliseconds since the epoch: its Kafka timestamp ({@code record}),
 * one of its fields ({@code field:<path>}) or the clock ({@code processing}).
 *
 * <p>A field may hold a Connect timestamp, a number or a text. Numbers are seconds, milliseconds,
 * microseconds or nanoseconds since the epoch by their magnitude: below 10^11 seconds (until the
 * year 5138), below 10^14 milliseconds (from March 1973), below 10^17 microseconds, else
 * nanoseconds. Texts are ISO-8601 or {@code yyyy-MM-dd HH:mm:ss[.fraction]}, UTC unless they carry
 * an offset, or such a number.
 */
public final class EventTime {

  /** The record has no event time and is to be dropped. */
  public static final long MISSING = Long.MIN_VALUE;

  /** Times are held inside ±2^52 ms (140,000 years), so that adding windows never overflows. */
  private static final long BOUND = 1L << 52;

  /** A time further than this after the record's Kafka timestamp, or the clock, is implausible. */
  private static final long PLAUSIBLE_AHEAD_MS = 3_600_000;

  private static final long SECONDS_BELOW = 100_000_000_000L;
  private static final long MILLIS_BELOW = 1000 * SECONDS_BELOW;
  private static final long MICROS_BELOW = 1000 * MILLIS_BELOW;

  private static final String FORM =
      "must be record, processing or field:<path>, such as field:created_at.";

  private enum Source {
    RECORD,
    FIELD,
    PROCESSING
  }

  private final Source source;
  private final FieldPath path;
  private final OnMissingTime onMissing;
  private final LongSupplier clock;

  /** The clock when it was last read: it is not read again for times before that. */
  private long seenClock = Long.MIN_VALUE;

  private EventTime(Source source, FieldPath path, OnMissingTime onMissing, LongSupplier clock) {
    this.source = source;
    this.path = path;
    this.onMissing = onMissing;
    this.clock = clock;
  }

  /**
   * Reads the setting of a time.
   *
   * @param key the configuration key it comes from, for the error
   * @param clock the wall clock in milliseconds, for {@code processing}
   */
  public static EventTime parse(
      String key, String text, OnMissingTime onMissing, LongSupplier clock) {
    String trimmed = text.trim();
    if (trimmed.equals("record")) {
      return new EventTime(Source.RECORD, FieldPath.RECORD_KEY, onMissing, clock);
    }
    if (trimmed.equals("processing")) {
      return new EventTime(Source.PROCESSING, FieldPath.RECORD_KEY, onMissing, clock);
    }
    if (trimmed.startsWith("field:")) {
      String path = trimmed.substring("field:".length());
      if (path.isBlank()) {
        throw new ConfigException(key, text, FORM);
      }
      return new EventTime(Source.FIELD, FieldPath.parse(key, path), onMissing, clock);
    }
    throw new ConfigException(key, text, FORM);
  }

  /** Accepts what {@link #parse} accepts. */
  public static ConfigDef.Validator validator() {
    return new ConfigDef.Validator() {
      @Override
      public void ensureValid(String name, @Nullable Object value) {
        if (value == null) {
          throw new ConfigException(name, null, FORM);
        }
        parse(name, (String) value, OnMissingTime.RECORD, System::currentTimeMillis);
      }

      @Override
      public String toString() {
        return "record, processing or field:<path>";
      }
    };
  }

  /**
   * The event time, or {@link #MISSING} if there is none and such records are dropped.
   *
   * @throws DataException if there is none and such records fail, or have no Kafka timestamp either
   */
  public long of(ConnectRecord<?> record) {
    return switch (source) {
      case PROCESSING -> clock.getAsLong();
      case RECORD -> {
        Long timestamp = record.timestamp();
        yield timestamp == null ? missing(record, "has no Kafka timestamp") : bounded(timestamp);
      }
      case FIELD -> {
        Object value = path.get(record);
        long time = value == null || value == FieldPath.MISSING ? MISSING : millis(value);
        if (time != MISSING) {
          yield time;
        }
        yield missing(record, absence(value));
      }
    };
  }

  /** Whether the time is a field of the record's value. */
  public boolean readsValue() {
    return source == Source.FIELD && path.isInValue();
  }

  /**
   * Whether a time may move stream time: one that lies more than an hour after the record's own
   * Kafka timestamp, or after the clock, comes from a broken clock and must not age everything
   * else. Because of the clock the answer can change as the time approaches, so it has to be stored
   * with what it decides.
   */
  public boolean movesStreamTime(long time, ConnectRecord<?> record) {
    return source == Source.PROCESSING || isPlausible(time, record);
  }

  /** As {@link #movesStreamTime}, for a time that does not come from where this setting says. */
  public boolean isPlausible(long time, ConnectRecord<?> record) {
    Long timestamp = record.timestamp();
    return timestamp != null
        && time - bounded(timestamp) <= PLAUSIBLE_AHEAD_MS
        && hasNearlyCome(time);
  }

  private boolean hasNearlyCome(long time) {
    if (time > seenClock) {
      seenClock = clock.getAsLong();
    }
    return time <= seenClock + PLAUSIBLE_AHEAD_MS;
  }

  private String absence(@Nullable Object value) {
    String what =
        value == null ? "null" : value == FieldPath.MISSING ? "missing" : "not a readable time";
    return "has an event time field '" + path + "' that is " + what;
  }

  private long missing(ConnectRecord<?> record, String why) {
    return switch (onMissing) {
      case DROP -> MISSING;
      case FAIL -> throw new DataException("The record " + why);
      case RECORD -> {
        Long timestamp = record.timestamp();
        if (timestamp == null) {
          throw new DataException("The record " + why + ", and no Kafka timestamp to take instead");
        }
        yield bounded(timestamp);
      }
    };
  }

  /** Milliseconds since the epoch, or {@link #MISSING} if the value is no time. */
  @SuppressWarnings("JavaUtilDate") // what Connect's logical types are
  static long millis(Object value) {
    if (value instanceof String text) {
      return ofText(text.trim());
    }
    if (value instanceof Date date) {
      return bounded(date.getTime());
    }
    if (value instanceof Long
        || value instanceof Integer
        || value instanceof Short
        || value instanceof Byte) {
      return ofEpoch(((Number) value).longValue());
    }
    if (value instanceof BigInteger integer) {
      return integer.bitLength() < Long.SIZE ? ofEpoch(integer.longValue()) : MISSING;
    }
    if (ValueLimits.hasTooManyDigits(value)) {
      return MISSING; // and would take long to convert
    }
    if (value instanceof BigDecimal || value instanceof Double || value instanceof Float) {
      return ofEpoch(((Number) value).doubleValue());
    }
    return MISSING;
  }

  private static long ofText(String text) {
    long time = TimestampParser.parse(text);
    if (time != TimestampParser.UNREADABLE) {
      return time;
    }
    if (text.isEmpty() || text.length() > 30) {
      return MISSING;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean sign = i == 0 && text.length() > 1 && c == '-';
      if (!sign && (c < '0' || c > '9')) {
        return ofDecimalText(text);
      }
    }
    return text.length() > 19 ? MISSING : ofDigits(text);
  }

  private static long ofDigits(String digits) {
    try {
      return ofEpoch(Long.parseLong(digits));
    } catch (NumberFormatException e) {
      return MISSING;
    }
  }

  private static long ofDecimalText(String text) {
    int dot = text.indexOf('.');
    if (dot <= 0 || dot == text.length() - 1) {
      return MISSING;
    }
    for (int i = text.charAt(0) == '-' ? 1 : 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (i != dot && (c < '0' || c > '9')) {
        return MISSING;
      }
    }
    return ofEpoch(Double.parseDouble(text));
  }

  private static long ofEpoch(long value) {
    long magnitude = value == Long.MIN_VALUE ? Long.MAX_VALUE : Math.abs(value);
    if (magnitude < SECONDS_BELOW) {
      return value * 1000;
    }
    if (magnitude < MILLIS_BELOW) {
      return value;
    }
    return Math.floorDiv(value, magnitude < MICROS_BELOW ? 1000 : 1_000_000);
  }

  private static long ofEpoch(double value) {
    double magnitude = Math.abs(value);
    if (!(magnitude < Long.MAX_VALUE)) {
      return MISSING;
    }
    // Only seconds are written with a fraction that matters.
    return magnitude < SECONDS_BELOW
        ? (long) Math.floor(value * 1000)
        : ofEpoch((long) Math.floor(value));
  }

  /** A time inside of what event times are held in. */
  public static long bounded(long time) {
    return Math.max(-BOUND, Math.min(BOUND, time));
  }
}
