package dev.tributary.connect.join;

import dev.tributary.connect.join.right.RightFields;
import dev.tributary.connect.join.right.Schemas;
import dev.tributary.connect.json.JsonRecord;
import dev.tributary.connect.record.ExactNumbers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.ConnectSchema;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/**
 * Adds the fields of a right row to the value of a left: a struct becomes a struct with more
 * fields, all of them optional and without a default, a map a map with more entries. The left's own
 * value is not touched.
 *
 * <p>A struct gets no field whose type is not known, because no right value with that field has
 * been read: a type made up for it would become that of a column. A map gets values that need no
 * schema, see {@link SchemalessValues}.
 *
 * <p>Schemas are made once per left and right schema. Not thread-safe.
 */
final class FieldMerger {

  /** Converters that create a new schema object for each record must not fill the heap. */
  private static final int MOST_SCHEMAS = 1_000;

  /** The schema of joined values, and those of the right fields, null where it is not known. */
  private static final class Output {
    final String[] names;
    final Schema schema;
    final @Nullable Schema[] added;

    Output(String[] names, Schema schema, @Nullable Schema[] added) {
      this.names = names;
      this.schema = schema;
      this.added = added;
    }
  }

  private record Right(int schemaId, int names) {}

  private final RightFields fields;
  private final Schemas schemas;
  private final IdentityHashMap<Schema, Map<Right, Output>> outputs = new IdentityHashMap<>();

  /** Of the schemas of right values, when the outputs were made. */
  private int changes;

  FieldMerger(RightFields fields, Schemas schemas) {
    this.fields = fields;
    this.schemas = schemas;
  }

  /**
   * The value of a left with the fields of a right row.
   *
   * @throws DataException if the left has a field of the same name, or the two cannot be merged
   */
  SchemaAndValue merge(SinkRecord left, RightFields.RightRow row) {
    Object value = left.value();
    if (value instanceof Struct struct) {
      return struct(struct, row);
    }
    if (value instanceof Map<?, ?> map) {
      return new SchemaAndValue(null, map(map, row.names(), schemaless(row)));
    }
    throw new DataException(
        "only a record with named fields can be joined, but the value is "
            + (value == null ? "null" : "a " + value.getClass().getSimpleName()));
  }

  private @Nullable Object[] schemaless(RightFields.RightRow row) {
    if (row.schemaId() == 0) {
      return row.values();
    }
    @Nullable Schema[] found = fields.schemas(row, schemas);
    @Nullable Object[] values = new Object[found.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = SchemalessValues.of(row.values()[i], found[i]);
    }
    return values;
  }

  private static Map<?, ?> map(Map<?, ?> left, String[] names, @Nullable Object[] values) {
    for (String name : names) {
      if (left.containsKey(name)) {
        throw clash(name);
      }
    }
    if (left instanceof JsonRecord record && record.shape() != null) {
      return record.plus(names, values);
    }
    int size = left.size() + names.length;
    Map<Object, @Nullable Object> joined = new LinkedHashMap<>(size * 4 / 3 + 1);
    joined.putAll(left);
    for (int i = 0; i < names.length; i++) {
      joined.put(names[i], ExactNumbers.toConnect(values[i]));
    }
    return joined;
  }

  private static DataException clash(String name) {
    return new DataException(
        "the left record has a field '"
            + name
            + "' already, which the join would overwrite: give the right field another name in"
            + " 'right.fields', or another 'right.prefix'");
  }

  private SchemaAndValue struct(Struct left, RightFields.RightRow row) {
    Output output = output(left.schema(), row);
    Struct joined = new Struct(output.schema);
    for (Field field : left.schema().fields()) {
      Object value = left.getWithoutDefault(field.name());
      if (value != null) {
        joined.put(field.name(), value);
      }
    }
    for (int i = 0; i < row.names().length; i++) {
      Object value = row.values()[i];
      Schema schema = output.added[i];
      if (value != null && schema != null) {
        joined.put(row.names()[i], fitted(value, schema));
      }
    }
    return new SchemaAndValue(output.schema, joined);
  }

  /** A struct has to have the very schema of its field, which may have become optional. */
  private static Object fitted(Object value, Schema schema) {
    if (!(value instanceof Struct struct) || struct.schema().equals(schema)) {
      return value;
    }
    Struct fitted = new Struct(schema);
    for (Field field : schema.fields()) {
      Object part = struct.getWithoutDefault(field.name());
      if (part != null) {
        fitted.put(field, part);
      }
    }
    return fitted;
  }

  private Output output(Schema left, RightFields.RightRow row) {
    Right right = new Right(row.schemaId(), row.names().length);
    int now = schemas.changes();
    if (outputs.size() > MOST_SCHEMAS || now != changes) {
      outputs.clear();
      changes = now;
    }
    Map<Right, Output> ofLeft = outputs.computeIfAbsent(left, schema -> new LinkedHashMap<>());
    Output output = ofLeft.get(right);
    if (output == null || !Arrays.equals(output.names, row.names())) {
      output = newOutput(left, row);
      ofLeft.put(right, output);
    }
    return output;
  }

  private Output newOutput(Schema left, RightFields.RightRow row) {
    if (row.schemaId() == 0 && hasValues(row)) {
      throw new DataException(
          "the left record has a schema and the right one has none: use converters with schemas"
              + " for both, or without for both ('value.converter' of the connector,"
              + " 'right.value.converter' of the join)");
    }
    @Nullable Schema[] added = fields.schemas(row, schemas);
    List<Field> all = new ArrayList<>(left.fields());
    for (int i = 0; i < added.length; i++) {
      String name = row.names()[i];
      if (left.field(name) != null) {
        throw clash(name);
      }
      Schema schema = added[i];
      if (schema != null) {
        added[i] = optional(schema);
        all.add(new Field(name, all.size(), added[i]));
      }
    }
    return new Output(row.names(), withFields(left, all), added);
  }

  /** The schema of a left with more fields; its default, if it has one, leaves them null. */
  private static Schema withFields(Schema left, List<Field> fields) {
    Schema joined = structSchema(left, fields, null);
    if (!(left.defaultValue() instanceof Struct value)) {
      return joined;
    }
    Struct more = new Struct(joined);
    left.fields().forEach(field -> more.put(field.name(), value.getWithoutDefault(field.name())));
    return structSchema(left, fields, more);
  }

  private static Schema structSchema(
      Schema like, List<Field> fields, @Nullable Object defaultValue) {
    return new ConnectSchema(
        Schema.Type.STRUCT,
        like.isOptional(),
        defaultValue,
        like.name(),
        like.version(),
        like.doc(),
        like.parameters(),
        fields,
        null,
        null);
  }

  private static boolean hasValues(RightFields.RightRow row) {
    for (Object value : row.values()) {
      if (value != null) {
        return true;
      }
    }
    return false;
  }

  /** The schema of a right field, which is null, not at its default, where no right matches. */
  private static Schema optional(Schema schema) {
    if (schema.isOptional() && schema.defaultValue() == null) {
      return schema;
    }
    Schema.Type type = schema.type();
    return new ConnectSchema(
        type,
        true,
        null,
        schema.name(),
        schema.version(),
        schema.doc(),
        schema.parameters(),
        type == Schema.Type.STRUCT ? schema.fields() : null,
        type == Schema.Type.MAP ? schema.keySchema() : null,
        type == Schema.Type.MAP || type == Schema.Type.ARRAY ? schema.valueSchema() : null);
  }
}
