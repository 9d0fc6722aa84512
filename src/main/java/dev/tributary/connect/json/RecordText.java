package dev.tributary.connect.json;

import dev.tributary.connect.record.BytesValues;
import dev.tributary.connect.record.ValueKinds;
import dev.tributary.connect.record.ValueLimits;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/**
 * Finds the fields of a record's value: those of a struct or map, or those of the JSON object that
 * a text or bytes spell, as Kafka's StringConverter and ByteArrayConverter deliver it. Not
 * thread-safe.
 */
public final class RecordText {

  private final JsonReader json = new JsonReader();

  /** Whether a value may be JSON text. */
  private static boolean isText(@Nullable Object value) {
    return value instanceof String || (value != null && BytesValues.is(value));
  }

  /**
   * A struct or a map; JSON text becomes a map that is decoded when it is looked at.
   *
   * @throws DataException when the value has no named fields; the message says what it is instead,
   *     and never quotes it
   */
  public Object withFields(Object value) {
    if (value instanceof Struct || value instanceof Map<?, ?>) {
      return value;
    }
    if (!isText(value)) {
      throw new DataException(ValueKinds.of(value));
    }
    byte[] bytes = bytes(value);
    Object parsed;
    try {
      parsed = json.readLazily(bytes);
    } catch (DataException e) {
      throw new DataException(ValueKinds.of(value) + ", and " + e.getMessage(), e);
    }
    if (parsed instanceof Map<?, ?> map) {
      return map;
    }
    throw new DataException(ValueKinds.of(value) + " of JSON that is no object");
  }

  /** The record with the map that its text spells; unchanged if it spells none. */
  public SinkRecord parsed(SinkRecord record) {
    if (!isText(record.value())) {
      return record;
    }
    Object fields;
    try {
      fields = withFields(record.value());
    } catch (DataException e) {
      return record; // it has no fields
    }
    return record.newRecord(
        record.topic(),
        record.kafkaPartition(),
        record.keySchema(),
        record.key(),
        null,
        fields,
        record.timestamp(),
        record.headers());
  }

  private static byte[] bytes(Object value) {
    if (value instanceof String text) {
      if (!ValueLimits.isUnicode(text)) {
        throw new DataException(
            ValueKinds.of(value) + " that holds half a surrogate pair, which no Unicode text does");
      }
      return text.getBytes(StandardCharsets.UTF_8);
    }
    byte[] bytes = new byte[BytesValues.length(value)];
    BytesValues.copy(value, bytes, 0);
    return bytes;
  }
}
