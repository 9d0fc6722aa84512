package dev.tributary.connect.sink.columns;

import dev.tributary.connect.json.JsonSlice;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.jspecify.annotations.Nullable;

/**
 * JSON, which travels as text that the server takes apart.
 *
 * <p>Takes structs and maps, and JSON objects as text. The server keeps a fraction as the nearest
 * Float64 and no whole number beyond 64 bits, so such a one is refused. What a path with a type of
 * its own holds is what a column of that type would, see {@link TypedPaths}.
 */
final class JsonColumnWriter extends StringWriter {

  private static final String NEEDED = "structs, maps and JSON objects";

  /** Says that the texts of all rows follow, not the columns of all paths. */
  private static final long AS_TEXT = 1;

  private final JsonTextParser json = new JsonTextParser();
  private final TypedPaths typedPaths;

  JsonColumnWriter(String type, TypedPaths typedPaths) {
    super(type, Texts.ofJsonColumn());
    this.typedPaths = typedPaths;
  }

  @Override
  void appendValue(Object value, @Nullable Schema schema) {
    Object object = value instanceof String text ? json.read(text) : value;
    if (!(object instanceof Map || object instanceof Struct)) {
      throw ValueException.unsuited(value, columnType(), NEEDED);
    }
    Schema objectSchema = value instanceof String ? null : schema;
    if (typedPaths.isEmpty()) {
      putEncoded(object, objectSchema);
    } else {
      putEncoded(typedPaths.applyTo(object, objectSchema), null);
    }
  }

  @Override
  boolean appendJson(JsonSlice slice) {
    return false;
  }

  @Override
  public void appendDefault() {
    putEncoded(Map.of(), null);
  }

  @Override
  void writePrefix(OutputStream out) throws IOException {
    Bytes prefix = new Bytes();
    prefix.putLong(AS_TEXT);
    prefix.writeTo(out);
  }
}
