package dev.tributary.connect.sink.columns;

import dev.tributary.connect.json.JsonReader;
import dev.tributary.connect.record.ValueKinds;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.connect.errors.DataException;
import org.jspecify.annotations.Nullable;

/** Text that holds JSON, for columns of many values. */
final class JsonTextParser {

  private final JsonReader reader = new JsonReader();

  /**
   * The value of a text.
   *
   * @throws ValueException when it is not JSON
   */
  @Nullable Object read(String text) {
    try {
      return reader.read(text.getBytes(StandardCharsets.UTF_8));
    } catch (DataException e) {
      throw new ValueException(ValueKinds.of(text) + " cannot be read as JSON: " + e.getMessage());
    }
  }
}
