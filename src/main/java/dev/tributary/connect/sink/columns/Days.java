package dev.tributary.connect.sink.columns;

import dev.tributary.connect.record.ConnectDates;
import org.apache.kafka.connect.data.Schema;
import org.jspecify.annotations.Nullable;

/** Calendar dates out of what Connect delivers. */
final class Days {

  private static final long DAY_MILLIS = 86_400_000;

  private Days() {}

  /** The days since 1970-01-01, when there is no time of day to lose. */
  static long of(java.util.Date value, @Nullable Schema schema, String type) {
    if (ConnectDates.isTime(schema)) {
      throw new ValueException("a time of day does not suit " + type + ", which takes dates");
    }
    if (Math.floorMod(ConnectDates.millis(value), DAY_MILLIS) != 0) {
      throw notMidnight(type);
    }
    return Math.floorDiv(ConnectDates.millis(value), DAY_MILLIS);
  }

  static ValueException notMidnight(String type) {
    return new ValueException(
        "a point in time that is not midnight UTC does not suit " + type + ", which takes dates");
  }
}
