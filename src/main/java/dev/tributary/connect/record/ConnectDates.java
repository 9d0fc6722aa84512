package dev.tributary.connect.record;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.apache.kafka.connect.data.Date;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Time;
import org.jspecify.annotations.Nullable;

/**
 * Connect's Date, Time and Timestamp. All three are delivered as {@link java.util.Date}; only the
 * schema distinguishes a calendar date and a time of day from a point in time. Without one it is a
 * point in time.
 */
public final class ConnectDates {

  private static final long DAY_MILLIS = 86_400_000;

  private ConnectDates() {}

  /** Connect itself has chosen this class; only its milliseconds are read. */
  @SuppressWarnings("JavaUtilDate")
  public static long millis(java.util.Date value) {
    return value.getTime();
  }

  public static boolean isDate(@Nullable Schema schema) {
    return schema != null && Date.LOGICAL_NAME.equals(schema.name());
  }

  public static boolean isTime(@Nullable Schema schema) {
    return schema != null && Time.LOGICAL_NAME.equals(schema.name());
  }

  /** ISO-8601: {@code 2024-02-29}, {@code 10:15:30.123} or {@code 2024-02-29T10:15:30.123Z}. */
  public static String iso(java.util.Date value, @Nullable Schema schema) {
    long millis = millis(value);
    if (isDate(schema) && Math.floorMod(millis, DAY_MILLIS) == 0) {
      return LocalDate.ofEpochDay(Math.floorDiv(millis, DAY_MILLIS)).toString();
    }
    if (isTime(schema) && millis >= 0 && millis < DAY_MILLIS) {
      return DateTimeFormatter.ISO_LOCAL_TIME.format(LocalTime.ofNanoOfDay(millis * 1_000_000));
    }
    return DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(
        Instant.ofEpochMilli(millis).atOffset(ZoneOffset.UTC)); // java.sql.Date has no toInstant
  }
}
