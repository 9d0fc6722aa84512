package dev.tributary.connect.sink.progress;

import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.clickhouse.ListRows;
import dev.tributary.connect.sink.clickhouse.StubClickHouse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The system tables of a server with engines that the one in the tests does not have: Replicated
 * tables need a Keeper, Shared ones ClickHouse Cloud.
 */
public final class PreparedMetadata extends StubClickHouse {

  private final Map<String, List<String>> tables = new HashMap<>();
  private final Map<String, List<List<String>>> views = new HashMap<>();
  private final Map<String, String> settings = new HashMap<>();

  /**
   * @param full the engine with its arguments and settings, as {@code engine_full} has it
   */
  public PreparedMetadata table(String name, String full, String sortingKey) {
    tables.put(name, List.of(full.split("[( ]", 2)[0], full, sortingKey));
    return this;
  }

  public PreparedMetadata view(String name, String from, String to) {
    views
        .computeIfAbsent(from, key -> new ArrayList<>())
        .add(
            List.of(
                "default",
                name,
                "MaterializedView",
                "CREATE MATERIALIZED VIEW default."
                    + name
                    + " TO default."
                    + to
                    + " (`n` UInt64) AS SELECT n FROM default."
                    + from,
                "00000000-0000-0000-0000-000000000000"));
    return this;
  }

  /**
   * @param where the system table that has the default
   */
  public PreparedMetadata setting(String where, String name, String value) {
    settings.put(where + "/" + name, value);
    return this;
  }

  @Override
  public <T> T select(String sql, List<String> parameters, RowsReader<T> reader)
      throws ClickHouseException {
    return reader.read(new ListRows(answer(sql, parameters)));
  }

  private List<List<String>> answer(String sql, List<String> parameters) {
    if (sql.startsWith("SELECT engine, engine_full, sorting_key FROM system.tables ")) {
      List<String> row = tables.get(parameters.get(1));
      return row == null ? List.of() : List.of(row);
    } else if (sql.contains("dependencies_table")) {
      return views.getOrDefault(parameters.get(1), List.of());
    }
    String where = sql.replaceAll(".* FROM (\\S+) .*", "$1");
    String value = settings.get(where + "/" + parameters.get(0));
    return value == null ? List.of() : List.of(List.of(value));
  }
}
