package dev.tributary.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.kafka.FakeCluster;
import dev.tributary.connect.sink.clickhouse.FakeClickHouse;
import dev.tributary.connect.sink.clickhouse.FakeTable;
import dev.tributary.connect.util.ManualTime;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables that others change while the whole sink task runs, on a ClickHouse in memory. */
class ChangingTablesTest {

  private static final TopicPartition P0 = new TopicPartition("t", 0);

  private final ManualTime time = new ManualTime();
  private final FakeClickHouse clickHouse = new FakeClickHouse(time);
  private final SimulatedConnect connect =
      new SimulatedConnect(time, new FakeCluster(), clickHouse)
          .topic("t", 1)
          .with("batch.max.delay.ms", "100")
          .with("retry.backoff.ms", "100")
          .with("retry.backoff.max.ms", "1000")
          .with("errors.deadletterqueue.topic.name", "dlq");

  /** When the table was asked for. */
  private final List<Long> questions = new ArrayList<>();

  private boolean serverIsAway;

  @BeforeEach
  void countQuestions() {
    clickHouse.onSelect(
        sql -> {
          if (sql.startsWith("DESCRIBE")) {
            questions.add(time.milliseconds());
          }
          return serverIsAway ? Optional.of(FakeClickHouse.unreachable()) : Optional.empty();
        });
  }

  private FakeTable table(String... columns) {
    FakeTable table = new FakeTable("t", columns);
    clickHouse.with(table);
    return table;
  }

  private void send(@Nullable Object... namesAndValues) {
    Map<String, @Nullable Object> value = new HashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      value.put(String.valueOf(namesAndValues[i]), namesAndValues[i + 1]);
    }
    connect.send(P0, value);
  }

  /** A column, what it is altered to, and a value that only fits afterwards. */
  static List<Arguments> widenings() {
    return List.of(
        Arguments.of("Enum8('a' = 1)", "Enum8('a' = 1, 'b' = 2)", "b"),
        Arguments.of("Int32", "Int64", 5_000_000_000L),
        Arguments.of("UInt8", "Int16", -1L),
        Arguments.of("Int32", "Nullable(Int32)", null),
        Arguments.of("Int32", "String", "text"),
        Arguments.of("Float32", "Float64", new BigDecimal("1e300")),
        Arguments.of("Date", "Date32", "1900-01-01"),
        Arguments.of("DateTime('UTC')", "DateTime64(3, 'UTC')", "1969-12-31T23:59:59Z"),
        Arguments.of("Decimal(4, 2)", "Decimal(9, 4)", new BigDecimal("123.4567")),
        Arguments.of("Bool", "Int64", 7L));
  }

  @ParameterizedTest
  @MethodSource("widenings")
  void value_that_fits_since_an_alter_is_a_row_on_a_busy_topic(
      String before, String after, @Nullable Object value) {
    FakeTable table = table("id Int64", "v " + before);
    SimulatedTask task = connect.start();
    for (long id = 0; id < 5; id++) {
      send("id", id);
      task.iterate(100);
      time.advance(10);
    }
    table.alter("id Int64", "v " + after);
    send("id", 5L, "v", value);
    task.run(30);
    assertThat(connect.deadLetters).isEmpty();
    assertThat(table.rows()).hasSize(6);
    assertThat(connect.committed(P0)).isEqualTo(6);
  }

  @ParameterizedTest
  @MethodSource("widenings")
  void value_that_fits_since_an_alter_is_a_row_on_an_idle_topic(
      String before, String after, @Nullable Object value) {
    FakeTable table = table("id Int64", "v " + before);
    SimulatedTask task = connect.start();
    send("id", 0L);
    task.run(10);
    time.advance(60_000);
    table.alter("id Int64", "v " + after);
    send("id", 1L, "v", value);
    task.run(10);
    assertThat(connect.deadLetters).isEmpty();
    assertThat(table.rows()).hasSize(2);
  }

  @Test
  void without_a_queue_it_is_a_row_as_well() {
    connect.properties.remove("errors.deadletterqueue.topic.name");
    FakeTable table = table("id Int64", "v Int8");
    SimulatedTask task = connect.start();
    send("id", 0L, "v", 1L);
    task.run(1);
    table.alter("id Int64", "v Int64");
    send("id", 1L, "v", 300L);
    task.run(20);
    assertThat(table.rows()).hasSize(2);
    send("id", 2L, "v", "text");
    assertThatThrownBy(() -> task.run(20)).isInstanceOf(DataException.class);
    assertThat(connect.committed(P0)).isEqualTo(2);
  }

  @Test
  void field_that_is_an_error_without_a_column_is_none_since_it_has_one() {
    FakeTable table = table("id Int64");
    SimulatedTask task = connect.with("unknown.fields", "error").start();
    send("id", 0L, "v", 1L);
    task.run(1);
    assertThat(connect.deadLetters).hasSize(1);
    table.alter("id Int64", "v Int64");
    send("id", 1L, "v", 1L);
    send("v", 2L);
    task.run(20);
    assertThat(connect.deadLetters).hasSize(1);
    assertThat(table.rows()).extracting(row -> row.get("v")).containsExactly(1L, 2L);
  }

  @Test
  void column_or_default_added_while_a_topic_was_idle_holds_for_its_next_record() {
    FakeTable table = table("id Int64", "n Int32");
    SimulatedTask task = connect.start();
    send("id", 0L, "v", 1L);
    task.run(10);
    time.advance(60_000);
    table.alter("id Int64", "n Int32 DEFAULT", "v Int64").defaultValue("n", 5L);
    send("id", 1L, "v", 1L);
    task.run(10);
    assertThat(table.rows().get(1)).containsEntry("n", 5L).containsEntry("v", 1L);
  }

  @Test
  void idle_topic_whose_server_does_not_answer_takes_records_for_the_table_as_it_was() {
    FakeTable table = table("id Int64");
    SimulatedTask task = connect.start();
    send("id", 0L);
    task.run(10);
    time.advance(60_000);
    serverIsAway = true;
    long before = time.milliseconds();
    send("id", 1L);
    task.iterate(100);
    assertThat(time.milliseconds() - before).isLessThanOrEqualTo(500);
    assertThat(task.paused).isEmpty();
    task.run(10);
    assertThat(table.rows()).hasSize(2);
  }

  /** Polls as soon as the task has asked for. */
  private void pollInTime(SimulatedTask task, long mostMs) {
    time.advance(Math.min(mostMs, Math.max(1, task.timeoutMs)));
    task.iterate(1_000);
    task.background.runDue();
  }

  @Test
  void misfit_waits_a_second_at_most_and_keeps_its_place() {
    FakeTable table = table("id Int64");
    SimulatedTask task = connect.start();
    send("id", 0L);
    send("id", "first misfit");
    task.iterate(100);
    assertThat(connect.deadLetters).as("read after both had arrived").hasSize(1);
    send("id", "second misfit");
    task.iterate(100);
    assertThat(connect.deadLetters).as("read for the first time for a misfit").hasSize(2);
    send("id", "third misfit");
    send("id", 1L);
    long sent = time.milliseconds();
    task.iterate(100);
    while (connect.deadLetters.size() < 3) {
      assertThat(table.rows()).hasSizeLessThan(2);
      pollInTime(task, 10_000);
    }
    assertThat(time.milliseconds() - sent).isBetween(900L, 1_000L);
    assertThat(questions).hasSize(3);
    task.run(10);
    assertThat(table.rows()).hasSize(2);
    assertThat(connect.committed(P0)).isEqualTo(5);
  }

  @Test
  void framework_is_asked_to_come_back_when_a_misfit_is_judged_again() {
    table("id Int64");
    SimulatedTask task = connect.start();
    for (int i = 0; i < 3; i++) {
      time.advance(i == 2 ? 300 : 0);
      send("id", "misfit");
      task.iterate(100);
    }
    assertThat(connect.deadLetters).hasSize(2);
    assertThat(task.timeoutMs).isEqualTo(700);
  }

  @Test
  void stream_of_misfits_costs_a_question_a_second_and_is_not_slowed_down() {
    FakeTable table = table("id Int64");
    SimulatedTask task = connect.start();
    send("id", 0L);
    task.run(40);
    questions.clear();
    long begin = time.milliseconds();
    Map<Integer, Long> sentMs = new HashMap<>();
    for (int i = 0; i < 50_000; i++) {
      send("id", i % 2 == 0 ? "misfit" : (Object) (long) i);
      sentMs.put(i, time.milliseconds());
      if (i % 100 == 99) {
        time.advance(10);
        task.iterate(1_000);
        task.background.runDue();
        assertThat(task.paused).isEmpty();
        long oldest = connect.deadLetters.size() * 2L;
        assertThat(time.milliseconds() - sentMs.getOrDefault((int) oldest, Long.MAX_VALUE / 2))
            .isLessThanOrEqualTo(1_010);
      }
    }
    assertThat(time.milliseconds() - begin).isEqualTo(5_000);
    assertThat(questions).hasSizeLessThanOrEqualTo(6);
    task.run(20);
    assertThat(connect.deadLetters).hasSize(25_000);
    assertThat(table.rows()).hasSize(25_001);
    assertThat(connect.committed(P0)).isEqualTo(50_001);
  }

  @Test
  void records_that_wait_behind_a_misfit_stay_within_the_memory_of_the_task() {
    connect.with("batch.max.bytes", "20000").with("insert.max.in.flight", "1");
    table("id Int64", "text String");
    SimulatedTask task = connect.start();
    send("id", "misfit");
    task.iterate(100);
    send("id", "misfit");
    task.iterate(100);
    send("id", "misfit");
    task.iterate(100);
    for (int i = 0; i < 1_000 && task.paused.isEmpty(); i++) {
      send("id", 1L, "text", "x".repeat(500));
      task.iterate(100);
    }
    assertThat(task.paused).containsExactly(P0);
    assertThat(connect.log(P0)).hasSizeBetween(20, 100);
    task.run(50);
    assertThat(task.paused).isEmpty();
    assertThat(connect.committed(P0)).isEqualTo(connect.log(P0).size());
  }

  @Test
  void misfit_is_not_refused_while_its_table_cannot_be_asked_for() {
    FakeTable table = table("id Int64", "v Int8");
    SimulatedTask task = connect.start();
    send("id", 0L, "v", 1L);
    task.run(20);
    serverIsAway = true;
    send("id", 1L, "v", 300L);
    task.run(30);
    assertThat(connect.deadLetters).isEmpty();
    assertThat(task.paused).containsExactly(P0);
    serverIsAway = false;
    table.alter("id Int64", "v Int16");
    task.run(100);
    assertThat(connect.deadLetters).isEmpty();
    assertThat(table.rows()).hasSize(2);
  }

  @Test
  void value_that_is_no_record_is_refused_without_a_question() {
    table("id Int64");
    SimulatedTask task = connect.start();
    send("id", 0L);
    task.run(40);
    questions.clear();
    connect.send(P0, "no JSON");
    connect.send(P0, Arrays.asList(1L, 2L));
    task.iterate(100);
    assertThat(connect.deadLetters).hasSize(2);
    assertThat(questions).isEmpty();
  }

  // What records ask for

  private final List<String> statements = new ArrayList<>();

  private SimulatedTask growing(String evolve) {
    clickHouse.onExecute(
        statement -> {
          statements.add(statement);
          return Optional.empty();
        });
    return connect.with("table.evolve", evolve).start();
  }

  /** A column, and a value that does not fit and must not change it. */
  static List<Arguments> never_widened() {
    return List.of(
        Arguments.of("Int32 KEY", null),
        Arguments.of("Int32 KEY", 5_000_000_000L),
        Arguments.of("Ring", null),
        Arguments.of("Point", null),
        Arguments.of("SimpleAggregateFunction(sum, UInt64)", null),
        Arguments.of("SimpleAggregateFunction(sum, UInt64)", -5L),
        Arguments.of("Float32", new BigDecimal("1e400")),
        Arguments.of("Int32 DEFAULT", null),
        Arguments.of("Map(String, Int8)", null),
        Arguments.of("FixedString(2)", "long"),
        Arguments.of("Int64", new BigDecimal("1.5")));
  }

  @ParameterizedTest
  @MethodSource("never_widened")
  void value_that_no_wider_type_is_for_is_an_error_of_its_record_alone(
      String column, @Nullable Object value) {
    FakeTable table = table("id Int64", "v " + column);
    SimulatedTask task = growing("widen");
    send("id", 0L);
    send("id", 1L, "v", value);
    send("id", 2L);
    task.run(20);
    assertThat(statements).isEmpty();
    assertThat(connect.deadLetters).hasSize(1);
    assertThat(table.rows()).extracting(row -> row.get("id")).containsExactly(0L, 2L);
    assertThat(connect.committed(P0)).isEqualTo(3);
  }

  @Test
  void value_that_a_wider_type_takes_changes_the_table_at_once_however_often() {
    FakeTable table = table("id Int64", "a Int8", "b Int8", "c Int8 DEFAULT");
    SimulatedTask task = growing("widen");
    send("id", 0L, "a", 1L, "b", 1L);
    task.iterate(100);
    send("id", 1L, "a", 300L);
    send("id", 2L, "a", null);
    send("id", 3L, "b", null, "c", 300L);
    task.iterate(100);
    assertThat(statements).hasSize(4);
    task.run(10);
    assertThat(connect.deadLetters).isEmpty();
    assertThat(table.rows()).hasSize(4);
  }

  @ParameterizedTest
  @ValueSource(ints = {36, 43, 44, 48, 450, 524})
  void widening_that_the_server_refuses_is_tried_once_for_a_table_as_it_is(int code) {
    FakeTable table = table("id Int64", "v Int8");
    SimulatedTask task = growing("widen");
    clickHouse.onExecute(
        statement -> {
          statements.add(statement);
          return Optional.of(FakeClickHouse.error(code, "no"));
        });
    for (int i = 0; i < 30; i++) {
      send("id", 1L, "v", 300L);
      task.run(1);
    }
    task.run(20);
    assertThat(statements).hasSize(1);
    assertThat(connect.deadLetters).hasSize(30);
    table.alter("id Int64", "v Int8", "w Int8");
    task.run(50);
    send("id", 1L, "v", 300L);
    task.run(50);
    assertThat(statements).hasSize(2);
    assertThat(connect.committed(P0)).isEqualTo(31);
  }

  @ParameterizedTest
  @ValueSource(ints = {164, 497})
  void right_that_is_missing_fails_the_task_and_refuses_no_record(int code) {
    table("id Int64", "v Int8");
    SimulatedTask task = growing("widen");
    clickHouse.onExecute(statement -> Optional.of(FakeClickHouse.error(code, "no")));
    send("id", 1L, "v", 300L);
    assertThatThrownBy(() -> task.run(10))
        .isInstanceOf(ConnectException.class)
        .isNotInstanceOf(DataException.class)
        .hasMessageContaining("MODIFY COLUMN");
    assertThat(connect.deadLetters).isEmpty();
  }

  @Test
  void alter_that_a_replica_cannot_take_yet_is_tried_again() {
    FakeTable table = table("id Int64", "v Int8");
    SimulatedTask task = growing("widen");
    send("id", 0L, "v", 1L);
    task.run(1);
    clickHouse.onExecute(statement -> Optional.of(FakeClickHouse.error(517, "not up to date")));
    send("id", 1L, "v", 300L);
    task.run(10);
    assertThat(connect.deadLetters).isEmpty();
    clickHouse.onExecute(statement -> Optional.empty());
    task.run(30);
    assertThat(connect.deadLetters).isEmpty();
    assertThat(table.rows()).hasSize(2);
  }

  @Test
  void field_with_a_name_that_the_server_reserves_is_ignored_and_others_get_their_columns() {
    FakeTable table = table("id Int64");
    SimulatedTask task = growing("add");
    send("id", 0L, "_row_exists", 1L, "a", 1L);
    send("id", 1L, "b", 2L, "_block_number", 1L);
    task.run(20);
    send("id", 2L, "_row_exists", 2L, "c", 3L);
    task.run(20);
    assertThat(connect.deadLetters).isEmpty();
    assertThat(table.rows()).hasSize(3);
    assertThat(table.rows().get(2)).containsOnlyKeys("id", "a", "b", "c");
    assertThat(statements).filteredOn(one -> one.contains("_row_exists")).hasSize(2);
  }

  @Test
  void with_unknown_fields_as_errors_such_a_field_is_an_error_of_its_record() {
    FakeTable table = table("id Int64");
    connect.with("unknown.fields", "error");
    SimulatedTask task = growing("add");
    send("id", 0L, "_row_exists", 1L);
    send("id", 1L, "a", 1L);
    task.run(20);
    assertThat(connect.deadLetters).hasSize(1);
    assertThat(table.rows()).hasSize(1);
  }

  @Test
  void table_is_made_without_a_column_whose_name_the_server_reserves() {
    connect.with("table.create", "auto");
    SimulatedTask task = growing("none");
    send("id", 0L, "_row_exists", 1L);
    send("_row_exists", 1L);
    task.run(20);
    FakeTable made = clickHouse.get(new FakeTable("t").id());
    assertThat(made.rows()).hasSize(1);
    assertThat(made.rows().get(0)).containsOnlyKeys("id");
    assertThat(connect.deadLetters).hasSize(1);
  }
}
