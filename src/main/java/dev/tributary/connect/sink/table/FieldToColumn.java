package dev.tributary.connect.sink.table;

import dev.tributary.connect.record.FieldPath;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/**
 * Which field of a record fills a column: the one that {@code field.to.column} names, else the one
 * with the column's name.
 *
 * <p>A field that is mapped to another column does not fill the column of its own name. A column
 * whose name has dots, such as {@code address.city}, takes the field of exactly that name or, if a
 * record has none, the field at that path. Immutable.
 */
public final class FieldToColumn {

  private final Map<String, List<String>> pathByColumn;
  private final Map<String, String> columnByField;

  private FieldToColumn(Map<String, List<String>> pathByColumn, Map<String, String> columnByField) {
    this.pathByColumn = Map.copyOf(pathByColumn);
    this.columnByField = Map.copyOf(columnByField);
  }

  /**
   * @param entries {@code field:column}, where the field may be a path with dots; a name that has
   *     dots itself stands in backticks
   * @throws ConfigException when an entry is not such a pair, or two fill one column
   */
  public static FieldToColumn parse(List<String> entries) {
    return parse(SinkKeys.FIELD_TO_COLUMN, entries);
  }

  /** A validator for {@code field.to.column}. */
  public static void check(String key, @Nullable Object value) {
    if (value instanceof List<?> list) {
      parse(key, list.stream().map(String::valueOf).toList());
    }
  }

  private static FieldToColumn parse(String key, List<String> entries) {
    Map<String, List<String>> paths = new HashMap<>();
    Map<String, String> columns = new HashMap<>();
    for (String entry : entries) {
      int colon = entry.lastIndexOf(':');
      if (colon <= 0 || colon == entry.length() - 1) {
        throw new ConfigException(
            key, entry, "an entry must be `field:column`, such as `name:user_name`");
      }
      String field = entry.substring(0, colon).strip();
      String column = entry.substring(colon + 1).strip();
      if (column.isEmpty() || field.isEmpty()) {
        throw new ConfigException(
            key, entry, "an entry must be `field:column`, such as `name:user_name`");
      }
      List<String> path = FieldPath.names(key, entry, field);
      if (paths.put(column, List.copyOf(path)) != null) {
        throw new ConfigException(key, entry, "two fields fill the column `" + column + "`");
      }
      columns.put(String.join(".", path), column);
    }
    return new FieldToColumn(paths, columns);
  }

  /** Whether an entry names this top-level field, or a field nested in it. */
  public boolean isMapped(String field) {
    return pathByColumn.values().stream().anyMatch(path -> path.get(0).equals(field));
  }

  /** The paths that entries name, by column. */
  public Map<String, List<String>> paths() {
    return pathByColumn;
  }

  /** The columns that entries name. */
  public Set<String> columns() {
    return pathByColumn.keySet();
  }

  /** The paths to the field that fills the column, best first; empty when no field may. */
  public List<List<String>> pathsFor(String column) {
    List<String> path = pathByColumn.get(column);
    if (path != null) {
      return List.of(path);
    }
    if (columnByField.containsKey(column)) {
      return List.of();
    }
    List<String> itself = List.of(column);
    List<String> names = List.of(column.split("\\.", -1));
    return names.size() == 1 || names.contains("") ? List.of(itself) : List.of(itself, names);
  }
}
