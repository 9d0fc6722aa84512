package dev.tributary.connect.join.right;

import dev.tributary.connect.record.FieldPath;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/**
 * Which fields of a right record a left gets, and under which names: a list of paths, or all fields
 * of the value with a prefix. A value that is no record, such as a string, counts as one with the
 * single field {@code value}.
 *
 * <p>A row of the right table is the number of its value's schema, 0 without one, and the values.
 * Immutable.
 */
public final class RightFields {

  /** The name of the one field of a value that has no fields. */
  static final String WHOLE_VALUE = "value";

  /** A decoded row; must not be changed. */
  public static final class RightRow {
    private final int schemaId;
    private final String[] names;
    private final @Nullable Object[] values;

    RightRow(int schemaId, String[] names, @Nullable Object[] values) {
      this.schemaId = schemaId;
      this.names = names;
      this.values = values;
    }

    /** The number of the schema of right values that it has; 0 if it has none. */
    public int schemaId() {
      return schemaId;
    }

    /** The names of the fields as the left gets them. */
    public String[] names() {
      return names;
    }

    @Nullable
    public Object[] values() {
      return values;
    }
  }

  private record Selected(FieldPath path, String name) {

    /** The schema of the field in right values with a schema; null if they have no such field. */
    @Nullable Schema schemaIn(Schema schema) {
      return switch (schema.type()) {
        case STRUCT, MAP -> path.schemaIn(schema);
        default -> path.toString().equals(WHOLE_VALUE) ? schema : null;
      };
    }
  }

  /** Empty: all fields. */
  private final List<Selected> selected;

  private final String prefix;
  private final String[] names;

  private RightFields(List<Selected> selected, String prefix) {
    this.selected = selected;
    this.prefix = prefix;
    this.names = selected.stream().map(Selected::name).toArray(String[]::new);
  }

  /**
   * Reads the two settings.
   *
   * @param key the configuration key of {@code entries}, for errors
   * @param entries {@code path} or {@code path:name} each, or {@code *} alone
   */
  public static RightFields parse(String key, List<String> entries, String prefix) {
    if (entries.size() == 1 && entries.get(0).trim().equals("*")) {
      return new RightFields(List.of(), prefix.trim());
    }
    List<Selected> selected = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (String entry : entries) {
      Selected one = parse(key, entry.trim());
      if (!seen.add(one.name)) {
        throw new ConfigException(
            key, entry, "gives the name '" + one.name + "' a second time; rename one of the two.");
      }
      selected.add(one);
    }
    if (selected.isEmpty()) {
      throw new ConfigException(
          key, entries, "must be * or a list such as name:user_name,tier:user_tier.");
    }
    return new RightFields(selected, "");
  }

  private static Selected parse(String key, String entry) {
    if (entry.startsWith("key:") || entry.startsWith("header:") || entry.equals("*")) {
      throw new ConfigException(
          key, entry, "must be paths into the right value, each with its name after a colon.");
    }
    int colon = entry.lastIndexOf(':');
    boolean renamed = colon > entry.lastIndexOf('`');
    String path = renamed ? entry.substring(0, colon).trim() : entry;
    FieldPath parsed = FieldPath.parse(key, path);
    String name = renamed ? entry.substring(colon + 1).trim() : parsed.lastName();
    if (name.isEmpty()) {
      throw new ConfigException(key, entry, "must have a name after the colon.");
    }
    return new Selected(parsed, name);
  }

  boolean all() {
    return selected.isEmpty();
  }

  /** The names that are known without a right record; empty for all fields. */
  public String[] names() {
    return names;
  }

  /**
   * The row of a right record that has a value.
   *
   * @throws DataException if a value cannot be part of a row
   */
  public byte[] write(SinkRecord right, RightRowEncoder writer, Schemas schemas) {
    Object value = right.value();
    Schema schema = schemaOf(right);
    writer.clear();
    writer.putVarint(schema == null ? 0 : schemas.idOfValue(schema));
    boolean fields = value instanceof Struct || value instanceof Map<?, ?>;
    if (!all()) {
      for (Selected one : selected) {
        Object found = fields ? one.path.get(right) : whole(one, value);
        writer.put(found == FieldPath.MISSING ? null : found);
      }
    } else if (value instanceof Struct struct) {
      for (Field field : struct.schema().fields()) {
        writer.put(struct.getWithoutDefault(field.name()));
      }
    } else {
      writer.put(fields ? value : Map.of(WHOLE_VALUE, value));
    }
    return writer.toBytes();
  }

  /** The schema that a right value is read with: a struct's own, and only one that suits it. */
  private static @Nullable Schema schemaOf(SinkRecord right) {
    if (right.value() instanceof Struct struct) {
      return struct.schema();
    }
    Schema schema = right.valueSchema();
    boolean fits =
        schema != null
            && schema.type() != Schema.Type.STRUCT
            && (schema.type() == Schema.Type.MAP) == (right.value() instanceof Map<?, ?>);
    return fits ? schema : null;
  }

  private static @Nullable Object whole(Selected one, @Nullable Object value) {
    return one.path.toString().equals(WHOLE_VALUE) ? value : null;
  }

  /**
   * Decodes a row.
   *
   * @throws DataException if two of its fields get the same name
   */
  public RightRow read(byte[] row, Schemas schemas) {
    RightRowDecoder reader = new RightRowDecoder(schemas, row);
    int schemaId = (int) reader.varint();
    if (all()) {
      Schema schema = schemas.find(schemaId);
      if (schema == null || schema.type() != Schema.Type.STRUCT) {
        return ofMap(schemaId, (Map<?, ?>) reader.value());
      }
    }
    String[] own = all() ? names(schemas.get(schemaId)) : names;
    @Nullable Object[] values = new Object[own.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = reader.value();
    }
    return new RightRow(schemaId, own, values);
  }

  private RightRow ofMap(int schemaId, @Nullable Map<?, ?> map) {
    if (map == null) {
      throw new IllegalStateException("A row without a value is a tombstone and is not kept");
    }
    Map<String, @Nullable Object> named = new LinkedHashMap<>();
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      String name = prefix + entry.getKey();
      if (named.containsKey(name)) {
        throw new DataException(
            "the right record has two fields that both become '"
                + name
                + "', since keys of its map differ in their class only: name the fields in"
                + " 'right.fields', or correct the right record");
      }
      named.put(name, entry.getValue());
    }
    return new RightRow(schemaId, named.keySet().toArray(String[]::new), named.values().toArray());
  }

  /** The names of all fields of right values with this schema, as far as it tells them. */
  private String[] names(Schema schema) {
    return switch (schema.type()) {
      case STRUCT ->
          schema.fields().stream().map(field -> prefix + field.name()).toArray(String[]::new);
      case MAP -> new String[0]; // each map has its own
      default -> new String[] {prefix + WHOLE_VALUE};
    };
  }

  /**
   * The right row of a left without a match: nulls, under the names that the newest schema of right
   * values has if all fields are selected.
   */
  public RightRow none(Schemas schemas) {
    int newest = schemas.newestOfValues();
    Schema schema = schemas.find(newest);
    String[] own = all() ? schema == null ? new String[0] : names(schema) : names;
    return new RightRow(newest, own, new Object[own.length]);
  }

  /**
   * The schemas of the fields of a row. A field that the row's own schema does not have is null in
   * it, and has the schema that the newest right values with such a field have; null if none was
   * read, so that its type is not known.
   */
  @Nullable
  public Schema[] schemas(RightRow row, Schemas schemas) {
    Schema schema = schemas.find(row.schemaId);
    @Nullable Schema[] own = new Schema[row.names.length];
    for (int i = 0; i < own.length; i++) {
      if (!all()) {
        Selected one = selected.get(i);
        Schema found = schema == null ? null : one.schemaIn(schema);
        own[i] = found == null ? schemas.newestWith(one::schemaIn) : found;
      } else if (schema != null) {
        own[i] =
            switch (schema.type()) {
              case STRUCT -> schema.fields().get(i).schema();
              case MAP -> schema.valueSchema();
              default -> schema;
            };
      }
    }
    return own;
  }
}
