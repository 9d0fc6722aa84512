package dev.tributary.connect.sink.clickhouse;

import dev.tributary.connect.sink.table.TableId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/** What the fake server answers to exactly the questions that the sink asks; others throw. */
final class FakeAnswers {

  private static final String CONSISTENT = " SETTINGS select_sequential_consistency = 1, final = 0";
  private static final String NO_UUID = "00000000-0000-0000-0000-000000000000";
  private static final int UNKNOWN_IDENTIFIER = 47;

  private final FakeDatabase database;
  private final LongSupplier uptimeSeconds;

  /** What {@code system.merge_tree_settings} and its like have, as 26.7 does. */
  private final Map<String, String> settings =
      new HashMap<>(
          Map.of(
              "non_replicated_deduplication_window", "0",
              "replicated_deduplication_window", "10000",
              "replicated_deduplication_window_seconds", "604800"));

  FakeAnswers(FakeDatabase database, LongSupplier uptimeSeconds) {
    this.database = database;
    this.uptimeSeconds = uptimeSeconds;
  }

  void setting(String name, String value) {
    settings.put(name, value);
  }

  List<? extends List<?>> answer(String sql, List<String> parameters) throws ClickHouseException {
    try {
      return rows(sql, parameters);
    } catch (ServerError e) {
      throw e.toException();
    }
  }

  private List<? extends List<?>> rows(String sql, List<String> parameters) throws ServerError {
    return switch (sql) {
      case "SELECT uptime()" -> List.of(List.of(uptimeSeconds.getAsLong()));
      case "SELECT count() FROM system.databases WHERE name = ?" -> List.of(List.of(1L));
      case "SELECT toInt64(now())" -> List.of(List.of(uptimeSeconds.getAsLong()));
      case "SELECT toInt64(max(greatest)) FROM (SELECT max(max_block_number) AS greatest FROM"
              + " system.parts WHERE database = ? AND table = ? GROUP BY partition_id)" ->
          List.of(List.of(database.find(id(parameters)).map(FakeTable::blocks).orElse(0L)));
      case "SELECT as_select FROM system.tables WHERE database = ? AND name = ?" ->
          List.of(List.of("SELECT * FROM " + bare(id(parameters))));
      case "SELECT engine, engine_full, sorting_key FROM system.tables"
              + " WHERE database = ? AND name = ?" ->
          engine(id(parameters));
      case "SELECT value FROM system.merge_tree_settings WHERE name = ?",
          "SELECT value FROM system.replicated_merge_tree_settings WHERE name = ?" ->
          setting(parameters.get(0));
      case "SELECT database, name, engine, create_table_query, toString(uuid) FROM system.tables"
              + " WHERE (database, name) IN (SELECT d, t FROM system.tables ARRAY JOIN"
              + " dependencies_database AS d, dependencies_table AS t WHERE database = ? AND name ="
              + " ?)" ->
          views(id(parameters));
      default -> readBack(new SqlText(sql));
    };
  }

  private static TableId id(List<String> parameters) {
    return new TableId(parameters.get(0), parameters.get(1));
  }

  private List<List<String>> engine(TableId id) {
    return database.find(id).stream()
        .map(table -> List.of(table.engineName(), table.engineFull(), table.sortingKey()))
        .toList();
  }

  private List<List<String>> setting(String name) {
    return Stream.ofNullable(settings.get(name)).map(List::of).toList();
  }

  private List<List<String>> views(TableId from) {
    return database.viewsOn(from).stream()
        .map(
            view ->
                List.of(
                    view.id().database(),
                    view.id().name(),
                    "MaterializedView",
                    "CREATE MATERIALIZED VIEW "
                        + bare(view.id())
                        + " TO "
                        + bare(view.to())
                        + " (`n` UInt64) AS SELECT * FROM "
                        + bare(from),
                    NO_UUID))
        .toList();
  }

  /** As the server prints a name: quoted where it must be. */
  private static String bare(TableId id) {
    return Stream.of(id.database(), id.name())
        .map(name -> name.matches("[A-Za-z_]\\w*") ? name : TableId.quote(name))
        .reduce((database, name) -> database + "." + name)
        .orElseThrow();
  }

  private List<List<Long>> readBack(SqlText sql) throws ServerError {
    sql.expect("SELECT toInt64(");
    if (sql.accept("max(")) {
      String offset = sql.identifier();
      sql.expect(")), count() FROM ");
      List<Long> offsets = offsetsFromPartition(sql, offset);
      sql.expect(CONSISTENT).expectEnd();
      long greatest = offsets.stream().mapToLong(Long::longValue).max().orElse(0);
      return List.of(List.of(greatest, (long) offsets.size()));
    }
    String offset = sql.identifier();
    sql.expect(") AS tributary_offset, toInt64(count()) FROM ");
    List<Long> offsets = offsetsFromPartition(sql, offset);
    sql.expect(" AND (");
    List<long[]> ranges = new ArrayList<>();
    do {
      sql.expect(TableId.quote(offset) + " BETWEEN ");
      long first = sql.number();
      ranges.add(new long[] {first, sql.expect(" AND ").number()});
    } while (sql.accept(" OR "));
    sql.expect(") GROUP BY tributary_offset ORDER BY tributary_offset" + CONSISTENT).expectEnd();
    Map<Long, Long> counts = new TreeMap<>();
    for (long one : offsets) {
      if (ranges.stream().anyMatch(range -> range[0] <= one && one <= range[1])) {
        counts.merge(one, 1L, Long::sum);
      }
    }
    return counts.entrySet().stream()
        .map(count -> List.of(count.getKey(), count.getValue()))
        .toList();
  }

  /** The offsets that the rows of one source partition have, each as often as it is there. */
  private List<Long> offsetsFromPartition(SqlText sql, String offset) throws ServerError {
    FakeTable table = database.existing(sql.table());
    sql.expect(" WHERE ");
    String topic = sql.identifier();
    sql.expect(" = ");
    String topicName = sql.string();
    sql.expect(" AND ");
    String partition = sql.identifier();
    sql.expect(" = ");
    long number = sql.number();
    for (String name : List.of(offset, topic, partition)) {
      if (!table.table().has(name)) {
        throw new ServerError(UNKNOWN_IDENTIFIER, "Unknown expression identifier `" + name + "`");
      }
    }
    return table.numbers(offset, Map.of(topic, topicName, partition, number));
  }
}
