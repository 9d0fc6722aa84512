package dev.tributary.connect.sink.columns;

import dev.tributary.connect.json.JsonReader;
import dev.tributary.connect.record.ValueKinds;
import org.apache.kafka.connect.errors.DataException;
import org.jspecify.annotations.Nullable;

/** Text that holds JSON, for columns of many values. */
final class JsonTextParser {

  private final JsonReader reader = new JsonReader();

  /**
   * The value of a text.
   *
   * @throws ValueException when it is not JSON, or holds half a surrogate pair
   */
  @Nullable Object read(String text) {
    try {
      byte[] utf8 = new byte[Utf8.length(text)];
      Utf8.encode(text, utf8, 0);
      return reader.read(utf8);
    } catch (DataException e) {
      throw new ValueException(ValueKinds.of(text) + " cannot be read as JSON: " + e.getMessage());
    }
  }
}
