package dev.tributary.connect.sink;

import dev.tributary.connect.json.JsonRecord;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/**
 * About how much memory a record holds while it waits for its insert: its own objects and the bytes
 * that it was read from, which the framework keeps with it for the dead letter queue.
 */
final class RecordSize {

  /** The record, its coordinates, and what the framework wraps around it. */
  private static final int RECORD = 400;

  private static final int OBJECT = 24;
  private static final int ENTRY = 48;
  private static final int REFERENCE = 8;

  private RecordSize() {}

  /** In bytes. */
  static long of(SinkRecord record) {
    return RECORD + of(record.key()) + of(record.value());
  }

  private static long of(@Nullable Object value) {
    if (value instanceof String text) {
      return 2L * OBJECT + 2L * text.length(); // once here, once in the bytes
    } else if (value instanceof byte[] bytes) {
      return OBJECT + 2L * bytes.length;
    } else if (value instanceof JsonRecord json && json.shape() != null) {
      return 2L * OBJECT + json.memory();
    } else if (value instanceof Map<?, ?> map) {
      long size = 2L * OBJECT;
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        size += ENTRY + of(entry.getKey()) + of(entry.getValue());
      }
      return size;
    } else if (value instanceof List<?> list) {
      long size = 2L * OBJECT;
      for (Object element : list) {
        size += REFERENCE + of(element);
      }
      return size;
    } else if (value instanceof Struct struct) {
      long size = 2L * OBJECT;
      for (Field field : struct.schema().fields()) {
        size += REFERENCE + of(struct.get(field));
      }
      return size;
    }
    return value == null ? 0 : OBJECT;
  }
}
