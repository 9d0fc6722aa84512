package dev.tributary.connect.sink.table;

import java.util.ArrayList;
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
 * <p>A field that is mapped away does not also fill the column of its own name. Immutable.
 */
public final class FieldToColumn {

  private final Map<String, List<String>> pathByColumn;
  private final Map<String, String> columnByField;

  private FieldToColumn(Map<String, List<String>> pathByColumn, Map<String, String> columnByField) {
    this.pathByColumn = Map.copyOf(pathByColumn);
    this.columnByField = Map.copyOf(columnByField);
  }

  /**
   * @param entries {@code field:column}, where the field may be a path with dots
   * @throws ConfigException when an entry is no such pair, or two fill one column
   */
  public static FieldToColumn parse(List<String> entries) {
    return parse("field.to.column", entries);
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
      List<String> path = new ArrayList<>(List.of(field.split("\\.", -1)));
      if (column.isEmpty() || path.stream().anyMatch(String::isBlank)) {
        throw new ConfigException(
            key, entry, "an entry must be `field:column`, such as `name:user_name`");
      }
      if (paths.put(column, List.copyOf(path)) != null) {
        throw new ConfigException(key, entry, "two fields fill the column `" + column + "`");
      }
      columns.put(field, column);
    }
    return new FieldToColumn(paths, columns);
  }

  /** The columns that entries name. */
  public Set<String> columns() {
    return pathByColumn.keySet();
  }

  /** The path to the field that fills the column; empty when no field may. */
  public List<String> pathFor(String column) {
    List<String> path = pathByColumn.get(column);
    if (path != null) {
      return path;
    }
    return columnByField.containsKey(column) ? List.of() : List.of(column);
  }
}
