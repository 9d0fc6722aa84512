package dev.tributary.connect.sink.row;

import dev.tributary.connect.json.RecordText;
import dev.tributary.connect.record.UnreadableValue;
import dev.tributary.connect.sink.table.SinkKeys;
import org.apache.kafka.connect.errors.DataException;
import org.jspecify.annotations.Nullable;

/** Finds the fields of a record's value, which is a struct, a map, or JSON text of an object. */
final class RecordValue {

  private final RecordText text = new RecordText();

  /**
   * A struct or a map.
   *
   * @throws DataException when the value has no named fields; the message never quotes it
   */
  Object withFields(@Nullable Object given) {
    Object value = readable(given);
    try {
      return text.withFields(value);
    } catch (DataException e) {
      throw notARecord(String.valueOf(e.getMessage()));
    }
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

  private static DataException notARecord(String found) {
    return new DataException(
        "the value is "
            + found
            + "; it must be a record with named fields (a struct, or a JSON object), unless "
            + SinkKeys.VALUE_MODE
            + "=raw");
  }
}
