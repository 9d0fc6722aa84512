package dev.tributary.connect.join;

import dev.tributary.connect.join.right.RightFields;
import dev.tributary.connect.join.right.Schemas;
import dev.tributary.connect.json.JsonRecord;
import dev.tributary.connect.record.ExactNumbers;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/**
 * Adds the fields of a right row to the value of a left: a struct becomes a struct with more
 * fields, all of them optional, a map a map with more entries. The left's own value is not touched.
 *
 * <p>Schemas are made once per left and right schema. Not thread-safe.
 */
final class FieldMerger {

  /** Converters that create a new schema object for each record must not fill the heap. */
  private static final int MOST_SCHEMAS = 1_000;

  /** The schema of joined values, and those of the fields that came from the right. */
  private static final class Output {
    final String[] names;
    final Schema schema;
    final Schema[] added;

    Output(String[] names, Schema schema, Schema[] added) {
      this.names = names;
      this.schema = schema;
      this.added = added;
    }
  }

  private record Right(int schemaId, int names) {}

  private final RightFields fields;
  private final Schemas schemas;
  private final IdentityHashMap<Schema, Map<Right, Output>> outputs = new IdentityHashMap<>();

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
      return new SchemaAndValue(null, map(map, row));
    }
    throw new DataException(
        "only a record with named fields can be joined, but the value is "
            + (value == null ? "null" : "a " + value.getClass().getSimpleName()));
  }

  private static Map<?, ?> map(Map<?, ?> left, RightFields.RightRow row) {
    if (left instanceof JsonRecord record && record.shape() != null) {
      for (String name : row.names()) {
        if (left.containsKey(name)) {
          throw clash(name);
        }
      }
      return record.plus(row.names(), row.values());
    }
    int size = left.size() + row.names().length;
    Map<Object, @Nullable Object> joined = new LinkedHashMap<>(size * 4 / 3 + 1);
    joined.putAll(left);
    for (int i = 0; i < row.names().length; i++) {
      String name = row.names()[i];
      if (left.containsKey(name)) {
        throw clash(name);
      }
      joined.put(name, ExactNumbers.toConnect(row.values()[i]));
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
      if (value != null) {
        joined.put(row.names()[i], fitted(value, output.added[i]));
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
    if (outputs.size() > MOST_SCHEMAS) {
      outputs.clear();
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
    @Nullable Schema[] found = fields.schemas(row, schemas);
    SchemaBuilder builder =
        SchemaBuilder.struct().name(left.name()).version(left.version()).doc(left.doc());
    if (left.isOptional()) {
      builder.optional();
    }
    left.fields().forEach(field -> builder.field(field.name(), field.schema()));
    Schema[] added = new Schema[found.length];
    for (int i = 0; i < added.length; i++) {
      if (left.field(row.names()[i]) != null) {
        throw clash(row.names()[i]);
      }
      Schema one = found[i];
      added[i] = one == null ? Schema.OPTIONAL_STRING_SCHEMA : optional(one);
      builder.field(row.names()[i], added[i]);
    }
    return new Output(row.names(), builder.build(), added);
  }

  private static boolean hasValues(RightFields.RightRow row) {
    for (Object value : row.values()) {
      if (value != null) {
        return true;
      }
    }
    return false;
  }

  private static Schema optional(Schema schema) {
    if (schema.isOptional()) {
      return schema;
    }
    SchemaBuilder builder =
        switch (schema.type()) {
          case STRUCT -> SchemaBuilder.struct();
          case ARRAY -> SchemaBuilder.array(schema.valueSchema());
          case MAP -> SchemaBuilder.map(schema.keySchema(), schema.valueSchema());
          default -> SchemaBuilder.type(schema.type());
        };
    builder.optional().name(schema.name()).version(schema.version()).doc(schema.doc());
    if (schema.parameters() != null) {
      builder.parameters(schema.parameters());
    }
    if (schema.type() == Schema.Type.STRUCT) {
      schema.fields().forEach(field -> builder.field(field.name(), field.schema()));
    }
    return builder.build();
  }
}
