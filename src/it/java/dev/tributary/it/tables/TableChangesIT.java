package dev.tributary.it.tables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.ClickHouseSql;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import dev.tributary.stack.StackException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Tables that are altered, dropped or swapped while rows are in flight: no wrong row, none lost.
 */
@ExtendWith(StackExtension.class)
class TableChangesIT {

  private static final int ROWS = 20_000;

  private static void send(Pipeline pipeline, int from, int to, String rest) {
    IntStream.range(from, to).forEach(i -> pipeline.send("{\"id\":%d,%s}".formatted(i, rest)));
  }

  /**
   * Changes the table until it is changed: while rows are inserted ClickHouse may answer that a
   * part made meanwhile did not take part (341, UNFINISHED).
   *
   * @param columns of how many columns the condition is true once the table is changed
   */
  private static void alter(ClickHouseSql sql, String statement, String condition, int columns) {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> {
              try {
                sql.execute("ALTER TABLE change_alter " + statement);
              } catch (StackException e) {
                assertThat(e).hasMessageContaining("Code: 341");
              }
              return sql.queryLong(
                      "SELECT count() FROM system.columns WHERE database = currentDatabase()"
                          + " AND table = 'change_alter' AND "
                          + condition)
                  == columns;
            });
  }

  @Test
  void columns_are_dropped_and_retyped_under_load(Stack stack) {
    ClickHouseSql sql = stack.clickHouse().sql();
    try (Pipeline pipeline =
        new Pipeline(stack, "change_alter", 1, "id UInt32, n UInt32, old String")
            .with("batch.max.rows", "500")
            .start()) {
      send(pipeline, 0, ROWS, "\"n\":1,\"old\":\"x\"");
      alter(sql, "DROP COLUMN IF EXISTS old", "name = 'old'", 0);
      send(pipeline, ROWS, 2 * ROWS, "\"n\":2,\"old\":\"x\"");
      alter(sql, "MODIFY COLUMN n UInt64", "name = 'n' AND type = 'UInt64'", 1);
      pipeline.flush();
      pipeline.awaitDone();
      send(pipeline, 2 * ROWS, 2 * ROWS + 10, "\"n\":1099511627776");
      pipeline.awaitDone();

      assertThat(pipeline.count("count()")).isEqualTo(2 * ROWS + 10);
      assertThat(pipeline.count("uniqExact(id)")).isEqualTo(2 * ROWS + 10);
      assertThat(pipeline.count("sum(n)")).isEqualTo(3L * ROWS + 10 * (1L << 40));
    }
  }

  /** A value that the narrower column cannot take is the record's fault from then on. */
  @Test
  void record_that_does_not_fit_the_column_as_it_is_now_goes_to_the_queue(Stack stack) {
    ClickHouseSql sql = stack.clickHouse().sql();
    try (Pipeline pipeline =
        new Pipeline(stack, "change_narrow", 1, "id UInt32, n UInt32")
            .withDeadLetters("change_narrow_dlq")
            .start()) {
      send(pipeline, 0, 10, "\"n\":1");
      pipeline.awaitDone();
      sql.execute("ALTER TABLE change_narrow MODIFY COLUMN n UInt8");
      send(pipeline, 10, 20, "\"n\":2");
      send(pipeline, 20, 21, "\"n\":300");
      pipeline.awaitDone();

      assertThat(pipeline.count("count()")).isEqualTo(20);
      assertThat(pipeline.awaitDeadLetters("change_narrow_dlq", 1))
          .singleElement()
          .satisfies(
              record ->
                  assertThat(Pipeline.header(record, "__connect.errors.exception.message"))
                      .contains("offset 20")
                      .contains("column `n` UInt8"));
    }
  }

  @Test
  void dropped_table_fails_the_task_which_resumes_once_it_is_recreated(Stack stack) {
    ClickHouseSql sql = stack.clickHouse().sql();
    try (Pipeline pipeline = new Pipeline(stack, "change_drop", 1, "id UInt32, n UInt32").start()) {
      send(pipeline, 0, 10, "\"n\":1");
      pipeline.awaitDone();
      sql.execute("DROP TABLE change_drop SYNC");
      send(pipeline, 10, 20, "\"n\":1");

      assertThat(pipeline.awaitFailure())
          .contains("Table `default`.`change_drop` does not exist")
          .contains("restart the task");
      assertThat(pipeline.committed(0)).isEqualTo(10);
      sql.execute("CREATE TABLE change_drop (id UInt32, n UInt32) ENGINE = MergeTree ORDER BY id");
      pipeline.restart().awaitRestarted();
      pipeline.awaitDone();
      assertThat(pipeline.select("id", "ORDER BY id"))
          .containsExactly(
              IntStream.range(10, 20).mapToObj(String::valueOf).toArray(String[]::new));
    }
  }

  @Test
  void renamed_table_fails_the_task_and_one_swapped_for_another_does_not(Stack stack) {
    ClickHouseSql sql = stack.clickHouse().sql();
    try (Pipeline pipeline = new Pipeline(stack, "change_name", 1, "id UInt32, n UInt32").start()) {
      send(pipeline, 0, 10, "\"n\":1");
      pipeline.awaitDone();
      sql.execute(
          "CREATE TABLE change_name_2 (id UInt32, n UInt64) ENGINE = MergeTree ORDER BY id");
      sql.execute("EXCHANGE TABLES change_name AND change_name_2");
      send(pipeline, 10, 20, "\"n\":2");
      pipeline.awaitDone();
      assertThat(pipeline.count("count()")).isEqualTo(10);
      sql.execute("RENAME TABLE change_name TO change_name_3");
      send(pipeline, 20, 30, "\"n\":3");

      assertThat(pipeline.awaitFailure()).contains("Table `default`.`change_name` does not exist");
      assertThat(pipeline.committed(0)).isEqualTo(20);
      sql.execute("RENAME TABLE change_name_3 TO change_name");
      pipeline.restart().awaitRestarted();
      pipeline.awaitDone();
      assertThat(pipeline.count("uniqExact(id)")).isEqualTo(20);
      sql.execute("DROP TABLE change_name_2");
    }
  }

  @Test
  void columns_added_dropped_moved_and_retyped_under_load_cost_no_row(Stack stack)
      throws Exception {
    ClickHouseSql sql = stack.clickHouse().sql();
    try (Pipeline pipeline =
        new Pipeline(stack, "changes_load", 1, "id UInt32, a Int32, b String, gone String")
            .with("batch.max.rows", "200")
            .with("batch.max.delay.ms", "50")
            .start()) {
      AtomicBoolean done = new AtomicBoolean();
      AtomicInteger sent = new AtomicInteger();
      ExecutorService thread = Executors.newSingleThreadExecutor();
      try {
        Future<?> load = thread.submit(() -> send(pipeline, sent, done));
        List<String> changes =
            List.of(
                "MODIFY COLUMN b String FIRST",
                "DROP COLUMN gone",
                "MODIFY COLUMN a Int64",
                "RENAME COLUMN a TO a_was, ADD COLUMN a String AFTER id",
                "MODIFY COLUMN a String FIRST, MODIFY COLUMN id UInt64");
        for (String change : changes) {
          int before = sent.get();
          await().until(() -> sent.get() > before + 1_000);
          sql.execute("ALTER TABLE changes_load " + change);
          awaitRows(pipeline, before + 1_000);
        }
        done.set(true);
        load.get();
      } finally {
        thread.shutdownNow();
      }
      pipeline.awaitDone();

      assertThat(pipeline.count("uniqExact(id)")).isEqualTo(sent.get());
      assertThat(pipeline.count("count()")).isEqualTo(sent.get());
      assertThat(pipeline.count("countIf(b != concat('b', toString(id)))")).isZero();
      // Every row has its number in the column that had the name when it was inserted.
      assertThat(pipeline.count("countIf(a != toString(id * 3) AND a_was != id * 3)")).isZero();
      assertThat(pipeline.count("countIf(a = toString(id * 3))")).isPositive();
    }
  }

  private static void send(Pipeline pipeline, AtomicInteger sent, AtomicBoolean done) {
    while (!done.get()) {
      for (int i = 0; i < 50; i++) {
        int id = sent.getAndIncrement();
        pipeline.send(
            "{\"id\":%d,\"a\":%d,\"b\":\"b%d\",\"gone\":\"g\"}".formatted(id, id * 3, id));
      }
      pipeline.flush();
    }
  }

  private static void awaitRows(Pipeline pipeline, int rows) {
    await().atMost(Duration.ofSeconds(60)).until(() -> pipeline.count("count()") >= rows);
  }

  @Test
  void field_that_was_never_met_finds_the_column_that_was_just_added(Stack stack) {
    try (Pipeline pipeline =
        new Pipeline(stack, "changes_new", 1, "id UInt32")
            .with("unknown.fields", "error")
            .start()) {
      pipeline.send("{\"id\":1}");
      pipeline.awaitDone();
      stack.clickHouse().sql().execute("ALTER TABLE changes_new ADD COLUMN x UInt8 FIRST");
      pipeline.send("{\"id\":2,\"x\":7}");
      pipeline.awaitDone();

      assertThat(pipeline.select("id, x", "ORDER BY id")).containsExactly("1\t0", "2\t7");
    }
  }

  /** The topic is idle before each: nothing is known of the table since the record before. */
  @Test
  void value_that_fits_since_an_alter_has_ended_is_a_row(Stack stack) {
    ClickHouseSql sql = stack.clickHouse().sql();
    String columns =
        "id UInt32, e Enum8('a' = 1), i Int32, n Int32, d Date, c Decimal(4, 2), s Int32, f Float32";
    List<List<String>> changes =
        List.of(
            List.of("e Enum8('a' = 1, 'b' = 2)", "\"e\":\"b\""),
            List.of("i Int64", "\"i\":5000000000"),
            List.of("n Nullable(Int32)", "\"n\":null"),
            List.of("d Date32", "\"d\":\"2200-01-01\""),
            List.of("c Decimal(9, 4)", "\"c\":123.4567"),
            List.of("s String", "\"s\":\"text\""),
            List.of("f Float64", "\"f\":1e300"));
    try (Pipeline pipeline =
        new Pipeline(stack, "changes_wider", 1, columns)
            .withDeadLetters("changes_wider_dlq")
            .start()) {
      int id = 0;
      for (List<String> change : changes) {
        send(pipeline, id, id + 1, "\"e\":\"a\"");
        pipeline.awaitDone();
        sql.execute("ALTER TABLE changes_wider MODIFY COLUMN " + change.get(0));
        send(pipeline, id + 1, id + 2, change.get(1));
        pipeline.awaitDone();
        id += 2;
      }
      assertThat(pipeline.count("count()")).isEqualTo(2L * changes.size());
      assertThat(pipeline.select("e, i, n, d, c, s, f", "WHERE id IN (1, 3, 5) ORDER BY id"))
          .containsExactly(
              "b\t0\t0\t1970-01-01\t0\t0\t0",
              "a\t5000000000\t0\t1970-01-01\t0\t0\t0",
              "a\t0\t\\N\t1970-01-01\t0\t0\t0");
      assertThat(pipeline.select("d, c, s, f", "WHERE id IN (7, 9, 11, 13) ORDER BY id"))
          .containsExactly(
              "2200-01-01\t0\t0\t0",
              "1900-01-01\t123.4567\t0\t0",
              "1900-01-01\t0\ttext\t0",
              "1900-01-01\t0\t\t1e300");
    }
  }

  @Test
  void column_for_a_field_that_was_ignored_is_noticed_by_itself(Stack stack) {
    try (Pipeline pipeline = new Pipeline(stack, "changes_late", 1, "id UInt32").start()) {
      pipeline.send("{\"id\":1,\"x\":7}");
      pipeline.awaitDone();
      stack.clickHouse().sql().execute("ALTER TABLE changes_late ADD COLUMN x UInt8");
      AtomicInteger id = new AtomicInteger(1);

      await()
          .atMost(Duration.ofSeconds(30))
          .pollInterval(Duration.ofMillis(200))
          .until(
              () -> {
                pipeline.send("{\"id\":%d,\"x\":7}".formatted(id.incrementAndGet()));
                pipeline.flush();
                return pipeline.count("countIf(x = 7)") > 0;
              });
    }
  }

  @Test
  void default_that_a_column_gets_holds_for_rows_without_a_value(Stack stack) {
    try (Pipeline pipeline =
        new Pipeline(stack, "changes_default", 1, "id UInt32, n Int32").start()) {
      pipeline.send(0, Instant.now(), null, "{\"id\":1}");
      pipeline.awaitDone();
      stack.clickHouse().sql().execute("ALTER TABLE changes_default MODIFY COLUMN n DEFAULT 5");
      AtomicInteger id = new AtomicInteger(1);

      // A row with a value beside it, so that the column travels.
      await()
          .atMost(Duration.ofSeconds(30))
          .pollInterval(Duration.ofMillis(200))
          .until(
              () -> {
                pipeline.send("{\"id\":%d}".formatted(id.incrementAndGet()));
                pipeline.send("{\"id\":0,\"n\":1}");
                pipeline.awaitDone();
                return pipeline.count("countIf(n = 5)") > 0;
              });
    }
  }

  @Test
  void default_of_a_column_that_becomes_nullable_holds_for_rows_without_a_value(Stack stack) {
    try (Pipeline pipeline =
        new Pipeline(stack, "changes_nullable", 1, "id UInt32, n Int32 DEFAULT 5").start()) {
      pipeline.send(0, Instant.now(), null, "{\"id\":1}");
      pipeline.awaitDone();
      stack
          .clickHouse()
          .sql()
          .execute("ALTER TABLE changes_nullable MODIFY COLUMN n Nullable(Int32) DEFAULT 5");
      AtomicInteger id = new AtomicInteger(1);

      // A row with a value beside it, so that the column travels.
      await()
          .atMost(Duration.ofSeconds(30))
          .pollInterval(Duration.ofMillis(200))
          .until(
              () -> {
                pipeline.send("{\"id\":%d}".formatted(id.incrementAndGet()));
                pipeline.send("{\"id\":0,\"n\":1}");
                pipeline.awaitDone();
                return pipeline.count("countIf(n = 5 AND id > 1)") > 0;
              });
    }
  }
}
