package dev.tributary.connect.sink.columns;

import dev.tributary.connect.json.JsonSlice;
import java.io.IOException;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.jspecify.annotations.Nullable;

/**
 * JSON, which travels as text that the server takes apart.
 *
 * <p>Takes structs and maps, and JSON objects as text. The server keeps a fraction as the nearest
 * Float64 and no whole number beyond 64 bits, so such a one is refused. It also cuts off what a
 * path with a type of its own cannot hold, so the values of these paths must suit a column of that
 * type.
 */
final class JsonColumnWriter extends StringWriter {

  private static final String NEEDED = "structs, maps and JSON objects";

  /** Says that the texts of all rows follow, not the columns of all paths. */
  private static final long AS_TEXT = 1;

  private final JsonTextParser json = new JsonTextParser();
  private final Map<List<String>, ColumnWriter> typedPaths = new HashMap<>();

  /**
   * @param typedPaths a column of its type for each path that has one
   */
  JsonColumnWriter(String type, Map<String, ColumnWriter> typedPaths) {
    super(type, Texts.ofJsonColumn());
    typedPaths.forEach(
        (path, column) -> this.typedPaths.put(List.of(path.split("\\.", -1)), column));
  }

  @Override
  void appendValue(Object value, @Nullable Schema schema) {
    Object object = value instanceof String text ? json.read(text) : value;
    if (!(object instanceof Map || object instanceof Struct)) {
      throw ValueException.unsuited(value, columnType(), NEEDED);
    }
    typedPaths.forEach((path, column) -> check(object, path, column));
    putEncoded(object, value instanceof String ? null : schema);
  }

  private static void check(Object object, List<String> path, ColumnWriter column) {
    Object current = object;
    Schema schema = null;
    for (String name : path) {
      if (current instanceof Map<?, ?> map && map.containsKey(name)) {
        current = map.get(name);
        schema = null;
      } else if (current instanceof Struct struct && struct.schema().field(name) != null) {
        current = struct.getWithoutDefault(name);
        schema = struct.schema().field(name).schema();
      } else {
        return;
      }
    }
    try {
      column.appendPart(current, schema);
    } catch (ValueException e) {
      throw e.within("path " + String.join(".", path));
    }
    column.clear();
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
