package dev.tributary.it.exactly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tributary.it.fixture.DeadLetterTopic;
import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.ClickHouseSql;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.time.Duration;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Materialized views that refuse rows which their table has taken, on a real server: the table has
 * each row once, no record goes to the dead letter queue, nothing is committed, and the view is
 * complete once it is mended and the task restarted.
 */
@ExtendWith(StackExtension.class)
class ViewFailuresIT {

  private static final String MERGE_TREE =
      " ENGINE = MergeTree %s ORDER BY id SETTINGS non_replicated_deduplication_window = 1000";
  private static final int ROWS = 300;

  private static Pipeline pipeline(Stack stack, String name) {
    return new Pipeline(stack, name, 1, "id UInt32, s String")
        .with("retry.backoff.ms", "20")
        .with("retry.backoff.max.ms", "200");
  }

  private static void send(Pipeline pipeline) {
    LongStream.range(0, ROWS)
        .forEach(
            id ->
                pipeline.send(
                    "{\"id\":%d,\"s\":\"%s\"}".formatted(id, id == 177 ? "bad" : "" + id)));
    pipeline.flush();
  }

  private static String counts(Stack stack, String table) {
    return stack
        .clickHouse()
        .sql()
        .query("SELECT concat(count(), ' ', uniqExact(id)) FROM " + table)
        .strip();
  }

  private static void dropView(Stack stack, String name) {
    stack.clickHouse().sql().execute("DROP VIEW IF EXISTS " + name + "_view");
    stack.clickHouse().sql().execute("DROP TABLE IF EXISTS " + name + "_target");
  }

  private static void createView(Stack stack, String name, String select) {
    stack
        .clickHouse()
        .sql()
        .execute(
            "CREATE MATERIALIZED VIEW "
                + name
                + "_view TO "
                + name
                + "_target AS SELECT id, "
                + select
                + " FROM "
                + name);
  }

  private static void startWithRefusingView(Stack stack, Pipeline pipeline) {
    String name = pipeline.name();
    stack
        .clickHouse()
        .sql()
        .execute(
            "CREATE TABLE " + name + "_target (id UInt32, v UInt8)" + MERGE_TREE.formatted(""));
    createView(stack, name, "throwIf(s = 'bad') AS v");
    send(pipeline);
    pipeline.start();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "view_throw | v UInt8 | | throwIf(s = 'bad') AS v | 0 AS v",
        "view_cast | v UInt32 | | toUInt32(s) AS v | toUInt32OrZero(s) AS v",
        "view_null | v UInt8 | | if(s = 'bad', NULL, 1) AS v | 1 AS v",
        "view_fixed | v FixedString(2) | | if(s = 'bad', s, 'x') AS v | 'x' AS v",
        "view_parts | v UInt8 | PARTITION BY id | 1 AS v | 1 AS v",
      })
  void exactly_once_keeps_the_table_right_and_fills_the_mended_view(
      String name, String column, String partitionBy, String refuses, String mended, Stack stack) {
    ClickHouseSql sql = stack.clickHouse().sql();
    String target = "CREATE TABLE " + name + "_target (id UInt32, " + column + ")" + MERGE_TREE;
    try (Pipeline pipeline = pipeline(stack, name).exactlyOnce().withDeadLetters(name + "_dlq")) {
      sql.execute(target.formatted(partitionBy == null ? "" : partitionBy));
      createView(stack, name, refuses);
      send(pipeline);
      pipeline.start();
      assertThat(pipeline.awaitFailure()).contains("not in all materialized views");
      assertThat(pipeline.committed()).isZero();
      assertThat(sql.queryLong("SELECT count() - uniqExact(id) FROM " + name)).isZero();

      dropView(stack, name);
      sql.execute(target.formatted(""));
      createView(stack, name, mended);
      pipeline.restart();
      pipeline.awaitRestarted();
      pipeline.awaitDone();
      assertThat(counts(stack, name)).isEqualTo(ROWS + " " + ROWS);
      assertThat(counts(stack, name + "_target")).isEqualTo(ROWS + " " + ROWS);
      DeadLetterTopic.assertEmpty(stack, name + "_dlq");
    } finally {
      dropView(stack, name);
    }
  }

  @Test
  void at_least_once_repeats_the_batch_under_its_token_until_the_view_is_mended(Stack stack) {
    ClickHouseSql sql = stack.clickHouse().sql();
    String name = "view_repeat";
    try (Pipeline pipeline = pipeline(stack, name).withDeadLetters(name + "_dlq")) {
      sql.execute(
          "ALTER TABLE " + name + " MODIFY SETTING non_replicated_deduplication_window = 100");
      startWithRefusingView(stack, pipeline);
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> sql.queryLong("SELECT countIf(s = 'bad') FROM " + name) == 1);
      sql.execute("ALTER TABLE view_repeat_view MODIFY QUERY SELECT id, 0 AS v FROM " + name);
      pipeline.awaitDone();
      assertThat(counts(stack, name)).isEqualTo(ROWS + " " + ROWS);
      assertThat(counts(stack, name + "_target")).isEqualTo(ROWS + " " + ROWS);
      DeadLetterTopic.assertEmpty(stack, name + "_dlq");
    } finally {
      dropView(stack, name);
    }
  }

  @Test
  void at_least_once_fails_where_a_repetition_would_store_the_rows_again(Stack stack) {
    ClickHouseSql sql = stack.clickHouse().sql();
    String name = "view_windowless";
    try (Pipeline pipeline = pipeline(stack, name).withDeadLetters(name + "_dlq")) {
      startWithRefusingView(stack, pipeline);
      assertThat(pipeline.awaitFailure())
          .contains("view_windowless_view")
          .contains("non_replicated_deduplication_window");
      assertThat(sql.queryLong("SELECT count() - uniqExact(id) FROM " + name)).isZero();
      DeadLetterTopic.assertEmpty(stack, name + "_dlq");
    } finally {
      dropView(stack, name);
    }
  }
}
