package dev.tributary.connect.sink;

import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/**
 * Reads the field at one path of a record's value, whether that is a struct or a schemaless map.
 *
 * <p>Remembers the fields of the last schema, so that a run of records with one schema costs no
 * look-ups by name. Not thread-safe.
 */
final class FieldReader implements ColumnSource {

  private final String[] path;
  private final @Nullable Schema[] schemas;
  private final @Nullable Field[] fields;
  private @Nullable Schema schemaOfLast;

  /**
   * @param path from the value downwards; empty for a field that no record has
   */
  FieldReader(List<String> path) {
    this.path = path.toArray(new String[0]);
    this.schemas = new Schema[path.size()];
    this.fields = new Field[path.size()];
  }

  @Override
  public @Nullable Object read(SinkRecord record, Object value) {
    schemaOfLast = null;
    if (path.length == 0) {
      return ABSENT;
    }
    Object current = value;
    for (int level = 0; level < path.length; level++) {
      if (current instanceof Map<?, ?> map) {
        Object next = map.get(path[level]);
        if (next == null && !map.containsKey(path[level])) {
          return ABSENT;
        }
        current = next;
        schemaOfLast = null;
      } else if (current instanceof Struct struct) {
        Field field = field(struct.schema(), level);
        if (field == null) {
          return ABSENT;
        }
        current = struct.get(field);
        schemaOfLast = field.schema();
      } else {
        return ABSENT;
      }
      if (current == null) {
        return null;
      }
    }
    return current;
  }

  @Override
  public @Nullable Schema schemaOfLast() {
    return schemaOfLast;
  }

  private @Nullable Field field(Schema schema, int level) {
    if (schemas[level] != schema) {
      schemas[level] = schema;
      fields[level] = schema.field(path[level]);
    }
    return fields[level];
  }
}
