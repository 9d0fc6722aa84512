package dev.tributary.it.tables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.ClickHouseSql;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import dev.tributary.stack.StackException;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Somebody changes the table while the sink writes to it. */
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
  void dropped_table_fails_the_task_which_goes_on_when_there_is_one_again(Stack stack) {
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
}
