package dev.tributary.connect.sink.columns;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import java.util.function.BiConsumer;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.jspecify.annotations.Nullable;

/**
 * Map(K, V), which travels as an array of pairs: where each row ends, then all keys, then all
 * values.
 *
 * <p>Takes maps with their own order of entries, structs, whose field names become the keys, and
 * JSON objects as text.
 */
final class MapWriter extends ColumnWriter {

  private static final String NEEDED = "maps, structs and JSON objects";

  private final JsonTextParser json = new JsonTextParser();
  private final Bytes ends = new Bytes();
  private final ColumnWriter keys;
  private final ColumnWriter values;

  /** Kept, so that a row does not cost an iterator. */
  private final BiConsumer<Object, Object> appendEntry = this::appendEntry;

  private @Nullable Schema keySchema;
  private @Nullable Schema valueSchema;

  MapWriter(String type, ColumnWriter keys, ColumnWriter values) {
    super(type);
    this.keys = keys;
    this.values = values;
  }

  @Override
  public void appendDefault() {
    ends.putLong(keys.rows());
  }

  @Override
  void appendValue(Object value, @Nullable Schema schema) {
    if (value instanceof String text) {
      if (!(json.read(text) instanceof Map<?, ?> map)) {
        throw ValueException.unsuited(text, columnType(), NEEDED);
      }
      appendValue(map, null);
      return;
    }
    int before = keys.rows();
    try {
      if (value instanceof Map<?, ?> map) {
        keySchema = schema == null ? null : schema.keySchema();
        valueSchema = schema == null ? null : schema.valueSchema();
        map.forEach(appendEntry);
      } else if (value instanceof Struct struct) {
        appendFields(struct);
      } else {
        throw ValueException.unsuited(value, columnType(), NEEDED);
      }
    } catch (RuntimeException e) {
      keys.truncate(before);
      values.truncate(before);
      throw e;
    }
    ends.putLong(keys.rows());
  }

  private void appendFields(Struct struct) {
    keySchema = null;
    for (Field field : struct.schema().fields()) {
      valueSchema = field.schema();
      appendEntry(field.name(), struct.getWithoutDefault(field.name()));
    }
  }

  private void appendEntry(@Nullable Object key, @Nullable Object value) {
    try {
      keys.appendPart(key, keySchema);
    } catch (ValueException e) {
      throw e.within("a key");
    }
    try {
      values.appendPart(value, valueSchema);
    } catch (ValueException e) {
      throw e.within("a value");
    }
  }

  @Override
  public int rows() {
    return ends.size() / Long.BYTES;
  }

  @Override
  public long bytes() {
    return ends.size() + keys.bytes() + values.bytes();
  }

  @Override
  public void truncate(int rows) {
    int entries = rows == 0 ? 0 : (int) ends.longAt((rows - 1) * Long.BYTES);
    keys.truncate(entries);
    values.truncate(entries);
    ends.truncate(rows * Long.BYTES);
  }

  @Override
  public void clear() {
    ends.clear();
    keys.clear();
    values.clear();
  }

  @Override
  void writePrefix(OutputStream out) throws IOException {
    keys.writePrefix(out);
    values.writePrefix(out);
  }

  @Override
  void writeData(OutputStream out) throws IOException {
    ends.writeTo(out);
    keys.writeData(out);
    values.writeData(out);
  }
}
