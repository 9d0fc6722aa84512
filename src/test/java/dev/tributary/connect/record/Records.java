package dev.tributary.connect.record;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/** Sink records for tests. */
public final class Records {

  private Records() {}

  public static SinkRecord record(@Nullable Object key, @Nullable Object value) {
    return at("orders", 0, 0, 0L, key, value);
  }

  public static SinkRecord at(
      String topic,
      int partition,
      long offset,
      @Nullable Long timestamp,
      @Nullable Object key,
      @Nullable Object value) {
    return new SinkRecord(
        topic, partition, null, key, null, value, offset, timestamp, TimestampType.CREATE_TIME);
  }

  /** A map that may hold null. */
  public static Map<String, @Nullable Object> map(@Nullable Object... keysAndValues) {
    Map<String, @Nullable Object> map = new HashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      map.put(String.valueOf(keysAndValues[i]), keysAndValues[i + 1]);
    }
    return map;
  }
}
