package dev.tributary.connect.sink.row;

import dev.tributary.connect.json.JsonReader;
import dev.tributary.connect.record.BytesValues;
import dev.tributary.connect.record.UnreadableValue;
import dev.tributary.connect.record.ValueKinds;
import dev.tributary.connect.sink.table.SinkKeys;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.jspecify.annotations.Nullable;

/** Finds the fields of a record's value, which is a struct, a map, or JSON text of an object. */
final class RecordValue {

  private final JsonReader json = new JsonReader();

  /**
   * A struct or a map.
   *
   * @throws DataException when the value has no named fields; the message never quotes it
   */
  Object withFields(@Nullable Object given) {
    Object value = readable(given);
    if (value instanceof Struct || value instanceof Map<?, ?>) {
      return value;
    }
    Object parsed = parse(value);
    if (parsed instanceof Map<?, ?> map) {
      return map;
    }
    throw notARecord(ValueKinds.of(value) + (parsed == given ? "" : " of JSON that is no object"));
  }

  /**
   * The value unchanged.
   *
   * @throws DataException when the converter could not read it
   */
  static Object readable(@Nullable Object value) {
    if (value instanceof UnreadableValue unreadable) {
      throw new DataException(unreadable.reason());
    }
    if (value == null) {
      throw notARecord("null");
    }
    return value;
  }

  private @Nullable Object parse(Object value) {
    byte[] text;
    if (value instanceof String string) {
      text = string.getBytes(StandardCharsets.UTF_8);
    } else if (BytesValues.is(value)) {
      text = new byte[BytesValues.length(value)];
      BytesValues.copy(value, text, 0);
    } else {
      return value;
    }
    try {
      return json.read(text);
    } catch (DataException e) {
      throw notARecord(ValueKinds.of(value) + ", and " + e.getMessage());
    }
  }

  private static DataException notARecord(String found) {
    return new DataException(
        "the value is "
            + found
            + "; it must be a record with named fields (a struct, or a JSON object), unless "
            + SinkKeys.VALUE_MODE
            + "=raw");
  }
}
