package dev.tributary.connect.sink.row;

import dev.tributary.connect.json.JsonField;
import dev.tributary.connect.json.JsonRecord;
import dev.tributary.connect.record.ExactNumbers;
import dev.tributary.connect.record.ValueLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/**
 * Reads the field at one path of a record's value, whether that is a struct or a schemaless map.
 *
 * <p>If the path leads through a list, the field of each element is taken: {@code items.sku} of two
 * items is a list of two. An element without the field gives null, so that such lists have one
 * length.
 *
 * <p>Remembers the fields of the last schema, so that a run of records with one schema costs no
 * look-ups by name. Not thread-safe.
 */
final class FieldSource implements ColumnSource {

  private final String[] path;
  private final @Nullable JsonField direct;
  private final @Nullable Schema[] schemas;
  private final @Nullable Field[] fields;
  private @Nullable Schema schemaOfLast;
  private @Nullable Schema elementSchema;
  private @Nullable Schema listSchema;

  /**
   * @param path from the value downwards; empty for a field that no record has
   */
  FieldSource(List<String> path) {
    this.path = path.toArray(new String[0]);
    this.direct = path.size() == 1 ? new JsonField(path.get(0)) : null;
    this.schemas = new Schema[path.size()];
    this.fields = new Field[path.size()];
  }

  @Override
  public @Nullable Object read(SinkRecord record, Object value) {
    schemaOfLast = null;
    if (direct != null && value instanceof JsonRecord json) {
      return direct.read(json, ABSENT);
    }
    return path.length == 0 ? ABSENT : read(value, 0, 0);
  }

  /**
   * @param lists how many lists the path has led through
   */
  private @Nullable Object read(Object from, int start, int lists) {
    Object current = from;
    for (int level = start; level < path.length; level++) {
      if (current instanceof Map<?, ?> map) {
        Object next = ExactNumbers.get(map, path[level]);
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
        current = struct.getWithoutDefault(field.name());
        schemaOfLast = field.schema();
      } else if (current instanceof List<?> list) {
        return each(list, level, lists);
      } else {
        return ABSENT;
      }
      if (current == null) {
        return null;
      }
    }
    return current;
  }

  private List<@Nullable Object> each(List<?> list, int level, int lists) {
    ValueLimits.checkLevel(lists);
    List<@Nullable Object> values = new ArrayList<>(list.size());
    Schema schema = null;
    for (Object element : list) {
      schemaOfLast = null;
      Object value = element == null ? null : read(element, level, lists + 1);
      values.add(value == ABSENT ? null : value);
      schema = schemaOfLast == null ? schema : schemaOfLast;
    }
    schemaOfLast = schema == null ? null : listOf(schema);
    return values;
  }

  private Schema listOf(Schema element) {
    Schema list = listSchema;
    if (list == null || elementSchema != element) {
      elementSchema = element;
      list = SchemaBuilder.array(element).optional().build();
      listSchema = list;
    }
    return list;
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
