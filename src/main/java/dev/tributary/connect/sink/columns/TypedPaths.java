package dev.tributary.connect.sink.columns;

import dev.tributary.connect.record.UnionStructs;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.jspecify.annotations.Nullable;

/**
 * The paths of a JSON column that have a type of their own.
 *
 * <p>The server reads a value at such a path by other rules than a column of the type: it rounds
 * decimals and wide integers to doubles, cuts fractions off, takes a number for seconds or for
 * ticks by the way it is written. So the value goes into a column of the type first, and what that
 * holds is what travels. Not thread-safe.
 */
final class TypedPaths {

  /**
   * A path and its type.
   *
   * @param name its names, joined with dots
   * @param column an empty column of the type
   * @param reader reads what the column holds
   */
  record Path(String name, ColumnWriter column, NativeJsonReader reader) {}

  private final Map<String, Path> paths = new HashMap<>();

  /** What a path with a type goes through. */
  private final Set<String> parents = new HashSet<>();

  private final Set<String> met = new HashSet<>();

  TypedPaths(List<Path> paths) {
    for (Path path : paths) {
      this.paths.put(path.name(), path);
      for (int dot = path.name().indexOf('.'); dot >= 0; dot = path.name().indexOf('.', dot + 1)) {
        parents.add(path.name().substring(0, dot));
      }
    }
  }

  boolean isEmpty() {
    return paths.isEmpty();
  }

  /**
   * A copy of an object in which the values of typed paths are what a column of the type makes of
   * them, in the form in which the server reads them as the same. Other values with a schema come
   * with it, as {@link SchemaAndValue}.
   *
   * @param object a map or a struct
   * @param schema a map's schema, if it has one
   * @throws ValueException when a column of the path's type refuses a value, or a path occurs twice
   */
  Map<@Nullable Object, @Nullable Object> applyTo(Object object, @Nullable Schema schema) {
    met.clear();
    return copy("", object, schema);
  }

  /**
   * @param prefix of the paths in the object: empty or with a dot at its end
   */
  private Map<@Nullable Object, @Nullable Object> copy(
      String prefix, Object object, @Nullable Schema schema) {
    Map<@Nullable Object, @Nullable Object> copy = new LinkedHashMap<>();
    if (object instanceof Struct struct) {
      for (Field field : struct.schema().fields()) {
        Object value = struct.getWithoutDefault(field.name());
        copy.put(field.name(), value(prefix + field.name(), value, field.schema()));
      }
    } else {
      Schema valueSchema = schema == null ? null : schema.valueSchema();
      ((Map<?, ?>) object)
          .forEach((name, value) -> copy.put(name, value(prefix + name, value, valueSchema)));
    }
    return copy;
  }

  private @Nullable Object value(String name, @Nullable Object value, @Nullable Schema schema) {
    Path path = paths.get(name);
    if (path != null) {
      return typed(path, value, schema);
    }
    if (value == null || !parents.contains(name)) {
      return value == null || schema == null ? value : new SchemaAndValue(schema, value);
    }
    if (value instanceof Struct struct && UnionStructs.is(struct.schema())) {
      return branch(name, struct);
    }
    if (value instanceof Map || value instanceof Struct) {
      return copy(name + ".", value, schema);
    }
    return schema == null ? value : new SchemaAndValue(schema, value);
  }

  private @Nullable Object branch(String name, Struct union) {
    try {
      return value(name, UnionStructs.value(union), UnionStructs.schemaOfValue(union));
    } catch (DataException e) {
      throw new ValueException("path " + name + ": " + e.getMessage());
    }
  }

  private @Nullable Object typed(Path path, @Nullable Object value, @Nullable Schema schema) {
    try {
      if (!met.add(path.name())) {
        throw new ValueException(
            "the record has it twice, with dots in a name and with an object in an object");
      }
      path.column().appendPart(value, schema);
      Object held = path.reader().read(path.column());
      if (held instanceof Map && parents.contains(path.name())) {
        throw new ValueException(
            "it is an object, and paths below this one have types too: the server would take it"
                + " apart");
      }
      return held;
    } catch (ValueException e) {
      throw e.within("path " + path.name());
    } finally {
      path.column().clear();
    }
  }
}
