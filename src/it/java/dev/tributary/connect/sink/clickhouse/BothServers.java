package dev.tributary.connect.sink.clickhouse;

import dev.tributary.connect.sink.table.Column;
import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import dev.tributary.connect.util.ManualTime;
import dev.tributary.stack.ClickHouseServer;
import dev.tributary.stack.ClickHouseSql;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.common.config.types.Password;
import org.assertj.core.api.SoftAssertions;
import org.jspecify.annotations.Nullable;

/** A real server and the fake one, which are given the same to do, and must do the same. */
final class BothServers implements AutoCloseable {

  static final int MAX_PARTITIONS = 5;

  private static final String DATABASE = "fake_it";
  private static final Pattern PUSHING = Pattern.compile("while pushing to view [\\w.]+");

  final ClickHouse real;
  final ClickHouseSql sql;
  final FakeClickHouse fake = new FakeClickHouse(new ManualTime());
  private final SoftAssertions assertions = new SoftAssertions();

  BothServers(ClickHouseServer server) {
    sql = server.sql();
    sql.execute("DROP DATABASE IF EXISTS " + DATABASE);
    sql.execute("CREATE DATABASE " + DATABASE);
    real =
        new HttpClickHouse(
            new ClickHouseOptions(
                List.of(server.url()),
                DATABASE,
                server.user(),
                new Password(server.password()),
                true,
                30_000,
                Map.of("max_partitions_per_insert_block", String.valueOf(MAX_PARTITIONS))));
  }

  static TableId id(String name) {
    return new TableId(DATABASE, name);
  }

  FakeTable table(String name, int window, String... columns) {
    return table(name, window, "", row -> "", columns);
  }

  /**
   * Makes a table in both.
   *
   * @param columns as {@code name type} or {@code name type DEFAULT value}
   * @param key what the expression of PARTITION BY is of a row
   */
  FakeTable table(
      String name,
      int window,
      String partitionBy,
      Function<Map<String, @Nullable Object>, Object> key,
      String... columns) {
    return table(name, "MergeTree", window, partitionBy, key, columns);
  }

  FakeTable table(
      String name,
      String engine,
      int window,
      String partitionBy,
      Function<Map<String, @Nullable Object>, Object> key,
      String... columns) {
    sql.execute(
        "CREATE TABLE "
            + id(name)
            + " ("
            + String.join(", ", columns)
            + ") ENGINE = "
            + engine
            + (partitionBy.isEmpty() ? "" : " PARTITION BY " + partitionBy)
            + (engine.equals("Null") ? "" : " ORDER BY tuple()")
            + (window == 0 ? "" : " SETTINGS non_replicated_deduplication_window = " + window));
    FakeTable table = new FakeTable(fakeTable(name, columns)).engine(engine, "");
    table.window(window).partitionBy(key).maxPartitions(MAX_PARTITIONS);
    fake.with(table);
    return table;
  }

  private static Table fakeTable(String name, String... columns) {
    List<Column> list =
        Stream.of(columns)
            .map(text -> text.split(" (DEFAULT )?", 3))
            .map(parts -> new Column(parts[0], parts[1], parts.length > 2))
            .toList();
    return new Table(id(name), list, ZoneOffset.UTC);
  }

  /** Changes the table, in the real server with these statements. */
  void alter(FakeTable table, String statement, String... columnsNow) {
    sql.execute("ALTER TABLE " + table.id() + " " + statement);
    table.alter(fakeTable(table.id().name(), columnsNow));
  }

  void drop(TableId id) {
    sql.execute("DROP TABLE " + id);
    fake.drop(id);
  }

  FakeView view(String name, FakeTable from, FakeTable to, String select) {
    sql.execute(
        "CREATE MATERIALIZED VIEW "
            + id(name)
            + " TO "
            + to.id()
            + " AS SELECT "
            + select
            + " FROM "
            + from.id());
    return fake.view(name, from, to);
  }

  /** Drops a view and recreates it under its name, in its old place. */
  void fix(FakeView view, String select) {
    sql.execute("DROP VIEW " + view.id());
    sql.execute(
        "CREATE MATERIALIZED VIEW "
            + view.id()
            + " TO "
            + view.to()
            + " AS SELECT "
            + select
            + " FROM "
            + view.from());
    view.fix();
  }

  /** Inserts into both; the outcome and the rows of the tables must be the same. */
  void insert(FakeTable into, String token, RowsToInsert rows, FakeTable... tables) {
    String step = token + " into " + into.id();
    assertions
        .assertThat(outcome(fake, into, token, rows))
        .as(step)
        .isEqualTo(outcome(real, into, token, rows));
    for (FakeTable table : tables.length == 0 ? new FakeTable[] {into} : tables) {
      assertions
          .assertThat(fakeRows(table))
          .as(step + ": rows of " + table.id())
          .isEqualTo(realRows(table.id()));
    }
  }

  private static String outcome(
      ClickHouse server, FakeTable into, String token, RowsToInsert rows) {
    try {
      rows.insert(server, into.id(), token);
      return "taken";
    } catch (InsertException e) {
      String message = String.valueOf(e.getMessage());
      List<String> views = PUSHING.matcher(message).results().map(MatchResult::group).toList();
      return e.code() + " " + e.kind() + (e.isUncertain() ? " uncertain " : " ") + views;
    }
  }

  private static List<String> fakeRows(FakeTable table) {
    List<String> rows = new ArrayList<>();
    for (Map<String, @Nullable Object> row : table.rows()) {
      List<String> values = new ArrayList<>();
      row.values()
          .forEach(
              value -> values.add(Optional.ofNullable(value).map(String::valueOf).orElse("\\N")));
      rows.add(String.join("\t", values));
    }
    return rows.stream().sorted().toList();
  }

  private List<String> realRows(TableId id) {
    return sql.query("SELECT * FROM " + id).lines().sorted().toList();
  }

  /** Compares any other thing that both report. */
  void same(String what, Question question) throws ClickHouseException {
    assertions.assertThat(question.ask(fake)).as(what).isEqualTo(question.ask(real));
  }

  @FunctionalInterface
  interface Question {
    Object ask(ClickHouse server) throws ClickHouseException;
  }

  @Override
  public void close() {
    real.close();
    sql.execute("DROP DATABASE " + DATABASE);
    assertions.assertAll();
  }
}
