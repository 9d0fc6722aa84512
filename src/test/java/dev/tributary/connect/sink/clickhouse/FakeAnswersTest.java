package dev.tributary.connect.sink.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.sink.exactly.CoordinateColumns;
import dev.tributary.connect.sink.exactly.ReadBack;
import dev.tributary.connect.sink.exactly.TargetCheck;
import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.table.Column;
import dev.tributary.connect.sink.table.NewColumn;
import dev.tributary.connect.sink.table.TableId;
import dev.tributary.connect.sink.table.TableOptions;
import dev.tributary.connect.sink.table.TableStatements;
import dev.tributary.connect.util.ManualTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** What the fake answers to the real {@link ReadBack}, {@link TargetCheck} and statements. */
class FakeAnswersTest {

  private static final TopicPartition SOURCE = new TopicPartition("orders.v1", 3);
  private static final CoordinateColumns NAMES =
      new CoordinateColumns("_topic", "_partition", "_offset");

  private final FakeTable table =
      new FakeTable("t", "_topic LowCardinality(String)", "_partition Int32", "_offset Int64")
          .window(1_000);
  private final FakeClickHouse server = new FakeClickHouse(new ManualTime()).with(table);
  private final ReadBack readBack = new ReadBack(server, NAMES);

  private void row(String topic, long partition, long offset) {
    server.insertDirectly(
        table.id(), List.of(Map.of("_topic", topic, "_partition", partition, "_offset", offset)));
  }

  @Test
  void rows_are_counted_by_their_offsets() throws ClickHouseException {
    row("orders.v1", 3, 10);
    row("orders.v1", 3, 10);
    row("orders.v1", 3, 50_000);
    row("orders.v1", 4, 11);
    row("other", 3, 12);
    assertThat(readBack.counts(table.id(), SOURCE, OffsetSet.of(10, 11, 12, 13, 50_000)))
        .isEqualTo(Map.of(1L, OffsetSet.of(50_000), 2L, OffsetSet.of(10)));
    assertThat(readBack.counts(table.id(), SOURCE, OffsetSet.of(11, 13))).isEmpty();
    assertThat(table.offsets("orders.v1", 3)).isEqualTo(Map.of(10L, 2, 50_000L, 1));
  }

  @Test
  void the_ceiling_is_the_greatest_offset() throws ClickHouseException {
    assertThat(readBack.ceiling(table.id(), SOURCE)).isEqualTo(-1);
    row("orders.v1", 3, 7);
    row("orders.v1", 4, 8);
    assertThat(readBack.ceiling(table.id(), SOURCE)).isEqualTo(7);
  }

  @Test
  void a_table_that_is_gone_cannot_be_asked() {
    server.drop(table.id());
    assertThatThrownBy(() -> readBack.ceiling(table.id(), SOURCE))
        .isInstanceOfSatisfying(ClickHouseException.class, e -> assertThat(e.code()).isEqualTo(60));
  }

  @Test
  void a_table_and_the_targets_of_its_views_are_checked() throws ClickHouseException {
    FakeTable target = new FakeTable("target", "n UInt64").window(1_000);
    server.with(target);
    assertThat(check()).isEmpty();

    server.view("v 1", table, target);
    assertThat(check()).isEmpty();

    target.window(10);
    assertThat(check())
        .singleElement()
        .satisfies(
            problem -> assertThat(problem.text()).contains("`target` remembers its last 10"));
    target.window(0);
    assertThat(check())
        .singleElement()
        .satisfies(problem -> assertThat(problem.text()).contains("remembers its last 0"));
    server.mergeTreeSetting("non_replicated_deduplication_window", "5000");
    assertThat(check()).isEmpty();

    table.engine("ReplacingMergeTree", "n");
    assertThat(check())
        .singleElement()
        .satisfies(problem -> assertThat(problem.text()).contains("merges rows"));
    table.engine("Null", "");
    assertThat(check())
        .singleElement()
        .satisfies(problem -> assertThat(problem.text()).contains("has the engine Null"));
  }

  private List<TargetCheck.Problem> check() throws ClickHouseException {
    return new TargetCheck(server, NAMES, 1).check(table.id());
  }

  private static TableStatements statements(String partitionBy, String settings) {
    return new TableStatements(
        new TableOptions(true, true, true, "MergeTree", "(a, `b`)", partitionBy, settings, ""));
  }

  @Test
  void tables_are_made_once() throws Exception {
    TableStatements statements =
        statements("`b`", "non_replicated_deduplication_window = 1, index_granularity = 10");
    TableId id = new TableId("other db", "made`it");
    server.execute(
        statements.create(
            id,
            List.of(
                new NewColumn("a", "DateTime64(3, 'UTC')", true),
                new NewColumn("b", "Int32", false),
                new NewColumn("c", "String", true))));
    server.execute(statements.create(id, List.of(new NewColumn("x", "String", false))));

    FakeTable made = server.get(id);
    assertThat(made.table().columns())
        .containsExactly(
            new Column("a", "DateTime64(3, 'UTC')", false, true),
            new Column("b", "Int32", false, true),
            new Column("c", "Nullable(String)", false));
    RowsToInsert.of("b Int32").row(1).row(2).insert(server, id, "T");
    RowsToInsert.of("b Int32").row(2).insert(server, id, "T"); // the window is 1
    RowsToInsert.of("b Int32").row(1).insert(server, id, "T");
    assertThat(made.rows()).extracting(row -> row.get("b")).containsExactly(1L, 2L, 1L);
  }

  @Test
  void columns_are_added_and_changed() throws ClickHouseException {
    row("orders.v1", 3, 10);
    TableStatements statements = statements("", "");
    server.execute(
        statements.add(
            table.id(),
            List.of(
                new NewColumn("a b", "Decimal(38, 2)", true),
                new NewColumn("_offset", "String", false),
                new NewColumn("c", "String", false))));
    server.execute(statements.modify(table.id(), "_partition", "Int64"));
    server.execute(statements.modify(table.id(), "missing", "Int64"));
    assertThat(server.table(table.id()).orElseThrow().columns())
        .containsExactly(
            new Column("_topic", "LowCardinality(String)", false),
            new Column("_partition", "Int64", false),
            new Column("_offset", "Int64", false),
            new Column("a b", "Nullable(Decimal(38, 2))", false),
            new Column("c", "String", false));
    assertThat(server.rows(table.id()).get(0)).containsEntry("a b", null).containsEntry("c", "");
  }

  @Test
  void a_statement_fails_as_the_test_says() {
    server.onExecute(sql -> Optional.of(FakeClickHouse.error(497, "Not enough privileges")));
    String add = statements("", "").add(table.id(), List.of(new NewColumn("c", "String", false)));
    assertThatThrownBy(() -> server.execute(add))
        .isInstanceOfSatisfying(
            ClickHouseException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.DENIED));
    assertThat(table.table().has("c")).isFalse();
  }

  @Test
  void statements_of_another_form_are_noticed() {
    for (String statement :
        List.of(
            "SELECT toInt64(max(`_offset`)), count() FROM `default`.`t` WHERE `_topic` = 'a'",
            "ALTER TABLE `default`.`t` ADD COLUMN `c` String",
            "ALTER TABLE `default`.`t` MODIFY COLUMN IF EXISTS `c` String")) {
      assertThatThrownBy(() -> server.execute(statement))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> server.select(statement, List.of(), rows -> rows.next()))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
