package dev.tributary.connect.sink;

import dev.tributary.connect.json.JsonRecord;
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
 * Finds the fields of records that no column of a table takes. Only fields of the record itself are
 * looked at, not what is inside of them. Not thread-safe.
 */
final class UnknownFields {

  /** So many names are remembered at most: a map may have a new one in every record. */
  private static final int MOST_MET = 1_000;

  private final Set<String> known;
  private final Set<String> met = new HashSet<>();
  private @Nullable Schema lastSchema;
  private List<String> unknownOfLast = List.of();
  private @Nullable Object lastShape;
  private List<String> unknownOfShape = List.of();

  /**
   * @param known the fields that columns take, and those that are nobody's business
   */
  UnknownFields(Collection<String> known) {
    this.known = new HashSet<>(known);
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
      return unknownOfShape;
    }
    return unknownNames((Map<?, ?>) value);
  }

  private List<String> unknownNames(Map<?, ?> map) {
    List<String> unknown = List.of();
    for (Object key : map.keySet()) {
      if (!(key instanceof String name) || !known.contains(name)) {
        if (unknown.isEmpty()) {
          unknown = new ArrayList<>();
        }
        unknown.add(String.valueOf(key));
      }
    }
    return unknown;
  }

  /**
   * Those of the names that were never met before, now remembered; none once these are too many.
   */
  List<String> meet(List<String> unknown) {
    List<String> fresh = List.of();
    for (String name : unknown) {
      if (met.size() < MOST_MET && met.add(name)) {
        if (fresh.isEmpty()) {
          fresh = new ArrayList<>();
        }
        fresh.add(name);
      }
    }
    return fresh;
  }

  /** All names in a value, for messages. */
  static List<String> names(Object value) {
    return value instanceof Struct struct
        ? struct.schema().fields().stream().map(Field::name).toList()
        : ((Map<?, ?>) value).keySet().stream().map(String::valueOf).toList();
  }
}
