package dev.tributary.connect.sink.row;

import dev.tributary.connect.json.JsonRecord;
import dev.tributary.connect.record.ValueKinds;
import dev.tributary.connect.record.ValueLimits;
import dev.tributary.connect.sink.table.InferredType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.jspecify.annotations.Nullable;

/**
 * Finds the fields of records that have no column in a table. Only top-level fields are considered,
 * not nested ones. Not thread-safe.
 */
final class UnknownFields {

  /**
   * At most this many names are remembered, then new ones are ignored: a map may have one in every
   * record.
   */
  private static final int MOST_MET = 1_000;

  private final Set<String> known;
  private final Set<String> met;
  private final boolean onlyTyped;
  private @Nullable Schema lastSchema;
  private List<String> unknownOfLast = List.of();
  private @Nullable Object lastShape;
  private List<String> unknownOfShape = List.of();

  /**
   * @param known the fields that have a column, and those to be ignored
   * @param met the fields without a column that were seen before; the caller adds to it
   * @param onlyTyped whether a field without a schema counts only if a type can be inferred from
   *     its value
   */
  UnknownFields(Collection<String> known, Set<String> met, boolean onlyTyped) {
    this.known = new HashSet<>(known);
    this.met = met;
    this.onlyTyped = onlyTyped;
  }

  /** The names of fields that have no column, without those that ClickHouse computes itself. */
  List<String> in(Object value) {
    if (value instanceof Struct struct) {
      Schema schema = struct.schema();
      if (schema != lastSchema) {
        lastSchema = schema;
        unknownOfLast =
            schema.fields().stream()
                .map(Field::name)
                .filter(name -> !known.contains(name))
                .toList();
      }
      return unknownOfLast;
    }
    if (value instanceof JsonRecord json && json.shape() != null) {
      if (json.shape() != lastShape) {
        lastShape = json.shape();
        unknownOfShape = unknownNames(json);
      }
      return typed(unknownOfShape, json);
    }
    Map<?, ?> map = (Map<?, ?>) value;
    return typed(unknownNames(map), map);
  }

  /** Without the fields whose values have no type, if only typed ones count. */
  private List<String> typed(List<String> names, Map<?, ?> map) {
    return !onlyTyped || names.isEmpty()
        ? names
        : names.stream().filter(name -> InferredType.of(map.get(name)).isPresent()).toList();
  }

  private List<String> unknownNames(Map<?, ?> map) {
    List<String> unknown = List.of();
    for (Object key : map.keySet()) {
      if (!(key instanceof String name) || !known.contains(name)) {
        if (unknown.isEmpty()) {
          unknown = new ArrayList<>();
        }
        unknown.add(name(key));
      }
    }
    return unknown;
  }

  /** The names that were not seen before; none once there are too many. */
  List<String> notMet(List<String> unknown) {
    if (met.size() >= MOST_MET || met.containsAll(unknown)) {
      return List.of();
    }
    return unknown.stream().filter(name -> !met.contains(name)).toList();
  }

  /** All names in a value, for messages. */
  static List<String> names(Object value) {
    return value instanceof Struct struct
        ? struct.schema().fields().stream().map(Field::name).toList()
        : ((Map<?, ?>) value).keySet().stream().map(UnknownFields::name).toList();
  }

  private static String name(@Nullable Object key) {
    boolean printable =
        key instanceof String
            || key instanceof Boolean
            || (key instanceof Number && !ValueLimits.hasTooManyDigits(key));
    return key == null || printable ? String.valueOf(key) : "a key that is " + ValueKinds.of(key);
  }
}
