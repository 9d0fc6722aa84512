package dev.tributary.connect.join;

import dev.tributary.connect.record.Binary;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/** Estimates the memory of Connect values, in bytes. */
final class Weight {

  /** A record, and what holds it in {@link HeldLefts}. */
  private static final long RECORD = 600;

  private Weight() {}

  static long of(SinkRecord record) {
    return RECORD + of(record.key()) + of(record.value());
  }

  private static long of(@Nullable Object value) {
    if (value == null || value instanceof Boolean) {
      return 0;
    }
    if (value instanceof String text) {
      return 48L + text.length();
    }
    if (value instanceof Map<?, ?> map) {
      long sum = 64;
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        sum += 56 + of(entry.getKey()) + of(entry.getValue());
      }
      return sum;
    }
    if (value instanceof Struct struct) {
      long sum = 32;
      for (Field field : struct.schema().fields()) {
        sum += 4 + of(struct.getWithoutDefault(field.name()));
      }
      return sum;
    }
    if (value instanceof List<?> list) {
      long sum = 40;
      for (Object one : list) {
        sum += 4 + of(one);
      }
      return sum;
    }
    return Binary.is(value) ? 32L + Binary.length(value) : 32;
  }
}
