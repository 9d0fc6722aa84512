package dev.tributary.connect.sink.table;

import java.util.Collection;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The statements that create and alter tables. Several tasks may send them at the same time: the
 * second one changes nothing, except that the last of two types for one column wins.
 */
public final class TableStatements {

  private final TableOptions options;

  public TableStatements(TableOptions options) {
    this.options = options;
  }

  /** Creates a table with these columns. */
  public String create(TableId id, Collection<NewColumn> columns) {
    Set<String> keys = options.keyNames();
    String list =
        columns.stream()
            .map(column -> keys.contains(column.name()) ? column.withoutNull() : column)
            .map(NewColumn::sql)
            .collect(Collectors.joining(", "));
    return "CREATE TABLE IF NOT EXISTS "
        + id.sql()
        + onCluster()
        + " ("
        + list
        + ") ENGINE = "
        + options.engine()
        + part(" PARTITION BY ", options.partitionBy())
        + part(" ORDER BY ", options.orderBy())
        + part(" SETTINGS ", options.settings());
  }

  /** Adds columns, in one statement. */
  public String add(TableId id, Collection<NewColumn> columns) {
    return alter(id)
        + columns.stream()
            .map(column -> "ADD COLUMN IF NOT EXISTS " + column.sql())
            .collect(Collectors.joining(", "));
  }

  /** Changes the type of a column. */
  public String modify(TableId id, String column, String type) {
    return alter(id)
        + "MODIFY COLUMN IF EXISTS "
        + TableId.quote(column)
        + " "
        + type
        // Existing rows are rewritten in the background, however many they are.
        + " SETTINGS alter_sync = 0";
  }

  private String alter(TableId id) {
    return "ALTER TABLE " + id.sql() + onCluster() + " ";
  }

  private String onCluster() {
    return options.cluster().isEmpty() ? "" : " ON CLUSTER " + TableId.quote(options.cluster());
  }

  private static String part(String keyword, String text) {
    return text.isEmpty() ? "" : keyword + text;
  }
}
