package dev.tributary.connect.sink.clickhouse;

import static dev.tributary.connect.sink.clickhouse.RowsToInsert.ABSENT;
import static dev.tributary.connect.sink.clickhouse.RowsToInsert.numbers;

import dev.tributary.connect.sink.exactly.CoordinateColumns;
import dev.tributary.connect.sink.exactly.ReadBack;
import dev.tributary.connect.sink.exactly.TargetCheck;
import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.table.NewColumn;
import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import dev.tributary.connect.sink.table.TableOptions;
import dev.tributary.connect.sink.table.TableStatements;
import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.ClickHouseServer;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Keeps the fake honest: a real server does the same with the same inserts. */
@ExtendWith(StackExtension.class)
class FakeClickHouseIT {

  private static final String NUMBER = "n UInt64";

  private static final Predicate<Map<String, @Nullable Object>> IS_THREE =
      row -> Long.valueOf(3).equals(row.get("n"));

  private BothServers both;

  @BeforeEach
  void begin(ClickHouseServer server) {
    both = new BothServers(server);
  }

  @AfterEach
  void end() {
    both.close();
  }

  private static Object third(Map<String, @Nullable Object> row) {
    return (Long) row.getOrDefault("n", 0L) % 3;
  }

  @Test
  void tokens_of_a_table_without_partitions() {
    FakeTable table = both.table("t", 2, NUMBER);
    both.insert(table, "A", numbers(NUMBER, 1, 3));
    both.insert(table, "A", numbers(NUMBER, 1, 3));
    both.insert(table, "A", numbers(NUMBER, 7, 9));
    both.insert(table, "B", numbers(NUMBER, 4, 4));
    both.insert(table, "A", numbers(NUMBER, 1, 3)); // known, and does not become younger
    both.insert(table, "C", numbers(NUMBER, 5, 5));
    both.insert(table, "A", numbers(NUMBER, 1, 3));
    both.insert(table, "C", numbers(NUMBER, 5, 5));
  }

  @Test
  void no_tokens_without_a_window() {
    FakeTable table = both.table("t", 0, NUMBER);
    both.insert(table, "A", numbers(NUMBER, 1, 3));
    both.insert(table, "A", numbers(NUMBER, 1, 3));
  }

  @Test
  void tokens_of_a_table_with_partitions() {
    FakeTable table = both.table("t", 4, "n % 3", FakeClickHouseIT::third, NUMBER);
    both.insert(table, "A", numbers(NUMBER, 1, 2));
    both.insert(table, "A", numbers(NUMBER, 1, 3));
    both.insert(table, "A", numbers(NUMBER, 4, 6));
    both.insert(table, "B", numbers(NUMBER, 7, 8));
    both.insert(table, "A", numbers(NUMBER, 1, 1));
    both.insert(table, "A", numbers(NUMBER, 2, 3));
    both.insert(table, "B", numbers(NUMBER, 7, 9));
    both.insert(table, "A", numbers(NUMBER, 1, 3));
    both.insert(table, "A", numbers(NUMBER, 1, 3));
  }

  @Test
  void partitions_push_each_other_out_in_the_order_of_the_block() {
    FakeTable table = both.table("t", 2, "n % 3", FakeClickHouseIT::third, NUMBER);
    RowsToInsert rows = RowsToInsert.of(NUMBER).row(2).row(1).row(3).row(5);
    both.insert(table, "A", rows);
    both.insert(table, "A", RowsToInsert.of(NUMBER).row(1));
    both.insert(table, "A", RowsToInsert.of(NUMBER).row(2));
    both.insert(table, "A", RowsToInsert.of(NUMBER).row(3));
    both.insert(table, "A", rows);
  }

  @Test
  void a_late_request_among_the_pieces_of_its_batch() {
    FakeTable table = both.table("t", 100, NUMBER);
    both.insert(table, "A", numbers(NUMBER, 1, 2)); // the first piece, under the old token
    both.insert(table, "B", numbers(NUMBER, 3, 4));
    both.insert(table, "A", numbers(NUMBER, 1, 4)); // late, and whole
    FakeTable split = both.table("split", 100, "n % 3", FakeClickHouseIT::third, NUMBER);
    both.insert(split, "A", numbers(NUMBER, 1, 2));
    both.insert(split, "B", numbers(NUMBER, 3, 6));
    both.insert(split, "A", numbers(NUMBER, 1, 6));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "395 | n UInt64         | if(throwIf(n = 3), n, n) AS n",
        "349 | n UInt64         | if(n = 3, NULL, n) AS n",
        "131 | n FixedString(1) | toFixedString(if(n = 3, 'long', 'x'), 1) AS n",
        "6   | n UInt64         | toUInt64(if(n = 3, 'x', '1')) AS n",
      })
  void a_view_refuses_what_the_table_has_by_then(int code, String target, String select) {
    FakeTable table = both.table("t", 100, NUMBER);
    FakeTable first = both.table("first", 100, NUMBER);
    FakeTable second = both.table("second", 100, target);
    both.view("v1", table, first, "n");
    FakeView bad = both.view("v2", table, second, select).refuses(code, "no", IS_THREE);
    both.insert(table, "A", numbers(NUMBER, 1, 4), table, first, second);
    both.insert(table, "A", numbers(NUMBER, 1, 4), table, first, second);
    if (target.equals(NUMBER)) {
      both.fix(bad, "n");
      both.insert(table, "A", numbers(NUMBER, 1, 4), table, first, second);
    }
  }

  @Test
  void a_view_before_the_others_refuses() {
    FakeTable table = both.table("t", 100, NUMBER);
    FakeTable first = both.table("first", 100, NUMBER);
    FakeTable second = both.table("second", 100, NUMBER);
    both.view("v1", table, first, "if(throwIf(n = 3), n, n) AS n").refuses(395, "no", IS_THREE);
    both.view("v2", table, second, "n");
    both.insert(table, "A", numbers(NUMBER, 1, 4), table, first, second);
  }

  @Test
  void the_target_of_a_view_refuses() {
    FakeTable table = both.table("t", 100, NUMBER);
    FakeTable parts = both.table("parts", 100, "n", row -> String.valueOf(row.get("n")), NUMBER);
    both.view("v1", table, parts, "n");
    both.insert(table, "A", numbers(NUMBER, 1, 5), table, parts);
    both.insert(table, "B", numbers(NUMBER, 1, 6), table, parts);
    both.insert(table, "B", numbers(NUMBER, 1, 6), table, parts);

    FakeTable other = both.table("other", 100, NUMBER);
    FakeTable kept = both.table("kept", 100, NUMBER);
    both.sql.execute("ALTER TABLE " + kept.id() + " ADD CONSTRAINT c CHECK n != 3");
    kept.constraint("c", IS_THREE.negate());
    both.view("v2", other, kept, "n");
    both.insert(other, "A", numbers(NUMBER, 1, 4), other, kept);
    both.insert(other, "A", numbers(NUMBER, 1, 2), other, kept);
  }

  @Test
  void a_chain_of_views() {
    FakeTable table = both.table("t", 100, NUMBER);
    FakeTable first = both.table("first", 100, NUMBER);
    FakeTable second = both.table("second", 100, NUMBER);
    both.view("v1", table, first, "n");
    FakeView bad =
        both.view("v2", first, second, "if(throwIf(n = 3), n, n) AS n")
            .refuses(395, "no", IS_THREE);
    both.insert(table, "A", numbers(NUMBER, 1, 4), table, first, second);
    both.fix(bad, "n");
    both.insert(table, "A", numbers(NUMBER, 1, 4), table, first, second);
    both.insert(table, "A", numbers(NUMBER, 1, 4), table, first, second);
  }

  @Test
  void targets_and_their_windows() {
    FakeTable table = both.table("t", 0, NUMBER);
    FakeTable first = both.table("first", 100, NUMBER);
    FakeTable second = both.table("second", 0, NUMBER);
    both.view("v1", table, first, "n");
    both.view("v2", table, second, "n");
    both.view("v3", table, first, "n");
    both.insert(table, "A", numbers(NUMBER, 1, 4), table, first, second);
    both.insert(table, "A", numbers(NUMBER, 1, 4), table, first, second);

    FakeTable nothing = both.table("nothing", "Null", 0, "", row -> "", NUMBER);
    both.view("v4", nothing, first, "n");
    both.insert(nothing, "B", numbers(NUMBER, 5, 6), nothing, first);
    both.insert(nothing, "B", numbers(NUMBER, 5, 6), nothing, first);
  }

  @Test
  void views_that_are_changed_between_two_attempts() {
    FakeTable table = both.table("t", 100, NUMBER);
    FakeTable first = both.table("first", 100, NUMBER);
    FakeView view = both.view("v1", table, first, "n");
    both.insert(table, "A", numbers(NUMBER, 1, 2), table, first);
    both.fix(view, "n");
    both.insert(table, "A", numbers(NUMBER, 1, 2), table, first);
    both.sql.execute("ALTER TABLE " + view.id() + " MODIFY QUERY SELECT n FROM " + table.id());
    view.modifyQuery(rows -> rows);
    both.insert(table, "A", numbers(NUMBER, 1, 2), table, first);
    both.view("v2", table, first, "n");
    both.insert(table, "A", numbers(NUMBER, 1, 2), table, first);
    both.insert(table, "A", numbers(NUMBER, 1, 2), table, first);
  }

  @Test
  void views_get_the_whole_block_when_the_table_has_a_part_of_it() {
    FakeTable table = both.table("t", 100, "n % 3", FakeClickHouseIT::third, NUMBER);
    FakeTable first = both.table("first", 100, NUMBER);
    both.insert(table, "A", numbers(NUMBER, 1, 1), table, first);
    both.view("v1", table, first, "n");
    both.insert(table, "A", numbers(NUMBER, 1, 3), table, first);
    both.insert(table, "A", numbers(NUMBER, 1, 4), table, first);
    both.insert(table, "B", numbers(NUMBER, 5, 5), table, first);
  }

  @Test
  void the_target_of_a_view_is_gone() {
    FakeTable table = both.table("t", 100, NUMBER);
    FakeTable first = both.table("first", 100, NUMBER);
    FakeTable second = both.table("second", 100, NUMBER);
    both.view("v1", table, first, "n");
    both.view("v2", first, second, "n");
    both.insert(table, "A", numbers(NUMBER, 1, 2), table, first, second);
    both.drop(second.id());
    both.insert(table, "B", numbers(NUMBER, 3, 4), table, first);
    both.drop(first.id());
    both.insert(table, "C", numbers(NUMBER, 5, 6), table);
  }

  @Test
  void null_stands_for_the_default() {
    FakeTable table =
        both.table(
            "t",
            100,
            NUMBER,
            "a String DEFAULT 'other'",
            "b UInt8",
            "c Nullable(String)",
            "d LowCardinality(String) DEFAULT 'low'",
            "e Nullable(UInt8) DEFAULT 7");
    table.defaultValue("a", "other").defaultValue("d", "low").defaultValue("e", 7L);
    String[] all = {
      NUMBER,
      "a String",
      "b UInt8",
      "c Nullable(String)",
      "d LowCardinality(String)",
      "e Nullable(UInt8)"
    };
    both.insert(
        table,
        "A",
        RowsToInsert.of(all)
            .row(1, ABSENT, ABSENT, null, ABSENT, null)
            .row(2, "x", 2, "y", "z", 3));
    both.insert(table, "B", numbers(NUMBER, 3, 3));
    both.insert(table, "C", RowsToInsert.of(NUMBER, "d LowCardinality(String)").row(4, "p"));
  }

  @Test
  void a_block_for_another_version_of_the_table() {
    FakeTable table = both.table("t", 100, NUMBER, "s String");
    RowsToInsert rows = RowsToInsert.of(NUMBER, "s String").row(1, "x");
    both.alter(table, "MODIFY COLUMN s LowCardinality(String)", NUMBER, "s LowCardinality(String)");
    both.insert(table, "A", rows);
    both.insert(table, "A2", RowsToInsert.of(NUMBER, "s String").row(1, ABSENT));
    both.alter(table, "MODIFY COLUMN s String", NUMBER, "s String");
    both.insert(table, "A3", RowsToInsert.of(NUMBER, "s LowCardinality(String)").row(1, "y"));
    both.insert(table, "A4", RowsToInsert.of(NUMBER, "s LowCardinality(String)").row(1, ABSENT));
    both.alter(table, "MODIFY COLUMN s Nullable(String)", NUMBER, "s Nullable(String)");
    both.insert(table, "B", rows);
    both.alter(table, "MODIFY COLUMN n Int64", "n Int64", "s Nullable(String)");
    both.insert(table, "C", rows);
    both.alter(table, "DROP COLUMN s", "n Int64");
    both.insert(table, "D", rows);
    FakeTable other = both.table("other", 100, NUMBER);
    both.drop(table.id());
    both.insert(table, "E", rows, other);
  }

  @Test
  void refused_before_anything_is_written() {
    FakeTable table = both.table("t", 100, "n", row -> String.valueOf(row.get("n")), NUMBER);
    FakeTable first = both.table("first", 100, NUMBER);
    both.view("v1", table, first, "n");
    both.insert(table, "A", numbers(NUMBER, 1, 6), table, first);
    both.insert(table, "A", numbers(NUMBER, 1, 5), table, first);
    both.sql.execute("ALTER TABLE " + table.id() + " ADD CONSTRAINT c CHECK n != 3");
    table.constraint("c", IS_THREE.negate());
    both.insert(table, "B", numbers(NUMBER, 1, 4), table, first);
    both.insert(table, "B", numbers(NUMBER, 1, 2), table, first);
  }

  @Test
  void questions_about_rows() throws ClickHouseException {
    String[] columns = {"_topic String", "_partition Int32", "_offset Int64"};
    FakeTable table = both.table("t", 0, columns);
    both.insert(
        table,
        "A",
        RowsToInsert.of(columns).row("a", 0, 5).row("a", 0, 9).row("a", 1, 70).row("b", 0, 80));
    both.insert(table, "B", RowsToInsert.of(columns).row("a", 0, 5).row("a", 0, 5_000));
    CoordinateColumns names = new CoordinateColumns("_topic", "_partition", "_offset");
    OffsetSet some = OffsetSet.of(4, 5, 9, 5_000, 6_000);
    for (TopicPartition partition :
        List.of(
            new TopicPartition("a", 0), new TopicPartition("a", 1), new TopicPartition("c", 0))) {
      both.same(
          "counts", server -> new ReadBack(server, names).counts(table.id(), partition, some));
      both.same("ceiling", server -> new ReadBack(server, names).ceiling(table.id(), partition));
    }
    both.same("no table", server -> code(() -> ask(server, names, BothServers.id("none"))));
    FakeTable bare = both.table("bare", 0, NUMBER);
    both.same("no column", server -> code(() -> ask(server, names, bare.id())));
  }

  private static void ask(ClickHouse server, CoordinateColumns names, TableId table)
      throws ClickHouseException {
    new ReadBack(server, names).ceiling(table, new TopicPartition("a", 0));
  }

  private interface Attempted {
    void run() throws ClickHouseException;
  }

  private static String code(Attempted work) {
    try {
      work.run();
      return "answered";
    } catch (ClickHouseException e) {
      return e.code() + " " + e.kind();
    }
  }

  @Test
  void questions_about_tables() throws ClickHouseException {
    FakeTable table = both.table("t", 2_000, NUMBER, "s Nullable(String)", "d String DEFAULT 'x'");
    FakeTable small = both.table("small", 10, NUMBER);
    FakeTable none = both.table("none", 0, NUMBER);
    both.view("v1", table, small, "n");
    both.view("v2", small, none, "n");
    CoordinateColumns names = new CoordinateColumns("_topic", "_partition", "_offset");
    for (TableId id : List.of(table.id(), small.id(), none.id(), BothServers.id("gone"))) {
      both.same("check of " + id, server -> new TargetCheck(server, names, 1).check(id));
      both.same("columns of " + id, server -> server.table(id).map(Table::columns));
    }
  }

  @Test
  void tables_are_made_and_changed() throws ClickHouseException {
    TableStatements statements =
        new TableStatements(
            new TableOptions(
                true,
                true,
                true,
                "MergeTree",
                "(a, b)",
                "a",
                "non_replicated_deduplication_window = 1000",
                ""));
    TableId id = BothServers.id("made");
    List<NewColumn> columns =
        List.of(
            new NewColumn("a", "Int32", true),
            new NewColumn("b", "String", false),
            new NewColumn("c d", "DateTime64(3, 'UTC')", true));
    CoordinateColumns names = new CoordinateColumns("_topic", "_partition", "_offset");
    for (String statement :
        List.of(
            statements.create(id, columns),
            statements.create(id, List.of(new NewColumn("other", "String", false))),
            statements.add(
                id,
                List.of(new NewColumn("e", "Float64", true), new NewColumn("b", "Bool", false))),
            statements.modify(id, "e", "Nullable(String)"),
            statements.modify(id, "missing", "String"))) {
      both.same(
          statement,
          server -> {
            server.execute(statement);
            return server.table(id).map(Table::columns);
          });
    }
    both.same("check", server -> new TargetCheck(server, names, 1).check(id));
    FakeTable made = both.fake.get(id);
    RowsToInsert rows = RowsToInsert.of("a Int32", "b String").row(1, "x").row(2, "y").row(1, "z");
    both.insert(made, "A", rows);
    both.insert(made, "A", rows);
    String add = statements.add(BothServers.id("gone"), List.of(new NewColumn("e", "Int8", true)));
    both.same("no table", server -> code(() -> server.execute(add)));
  }
}
