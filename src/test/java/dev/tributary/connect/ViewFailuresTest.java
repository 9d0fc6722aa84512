package dev.tributary.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.kafka.FakeCluster;
import dev.tributary.connect.sink.clickhouse.FakeClickHouse;
import dev.tributary.connect.sink.clickhouse.FakeTable;
import dev.tributary.connect.sink.clickhouse.FakeView;
import dev.tributary.connect.util.ManualTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Materialized views that refuse rows which their table has taken, on a ClickHouse and a Kafka in
 * memory: the table has each row once, no good record goes to the dead letter queue, no offset is
 * committed, and the view is complete once it is mended.
 */
class ViewFailuresTest {

  private static final TopicPartition P0 = new TopicPartition("t", 0);
  private static final String[] COLUMNS = {
    "id Int64", "_topic String", "_partition Int32", "_offset Int64"
  };

  private final ManualTime time = new ManualTime();
  private final FakeCluster cluster = new FakeCluster();
  private final FakeTable table = new FakeTable("t", COLUMNS).window(1_000);
  private final FakeTable target = new FakeTable("target", COLUMNS).window(1_000);
  private final FakeClickHouse clickHouse = new FakeClickHouse(time).with(table).with(target);
  private final SimulatedConnect connect =
      new SimulatedConnect(time, cluster, clickHouse)
          .topic("t", 1)
          .with("metadata.columns", "topic:_topic,partition:_partition,offset:_offset")
          .with("batch.max.rows", "10")
          .with("batch.max.delay.ms", "1000")
          .with("retry.backoff.ms", "100")
          .with("retry.backoff.max.ms", "1000")
          .with("errors.deadletterqueue.topic.name", "dlq");

  private void send(int count) {
    for (int i = 0; i < count; i++) {
      connect.send(P0, Map.of("id", (long) connect.log(P0).size()));
    }
  }

  private SimulatedTask restart() {
    cluster.loseInFlight();
    return connect.start();
  }

  private static Map<Long, Integer> once(long end) {
    Map<Long, Integer> expected = new HashMap<>();
    LongStream.range(0, end).forEach(offset -> expected.put(offset, 1));
    return expected;
  }

  private static Map<Long, Integer> rows(FakeTable of) {
    return of.offsets("t", 0);
  }

  private FakeView refusing(int code) {
    return clickHouse
        .view("v", table, target)
        .refuses(code, "the view refuses", row -> Long.valueOf(7).equals(row.get("id")));
  }

  private void assertComplete(int end) {
    assertThat(rows(table)).isEqualTo(once(end));
    assertThat(rows(target)).isEqualTo(once(end));
    assertThat(connect.committed(P0)).isEqualTo(end);
    assertThat(connect.deadLetters).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {395, 376, 469, 349, 131, 60, 497, 12345})
  void exactly_once_stops_and_fills_the_view_once_it_is_mended(int code) {
    connect.exactlyOnce();
    FakeView view = refusing(code);
    SimulatedTask task = connect.start();
    send(30);
    assertThatThrownBy(() -> task.run(60))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("not in all materialized views")
        .hasMessageContaining("restart the task");
    assertThat(task.preCommit()).isEmpty();
    assertThat(rows(table)).containsExactlyInAnyOrderEntriesOf(once(rows(table).size()));
    assertThat(rows(target)).doesNotContainKey(7L);
    assertThat(connect.committed(P0)).isZero();

    SimulatedTask again = restart();
    assertThatThrownBy(() -> again.run(60)).hasMessageContaining("not in all materialized views");
    assertThat(connect.committed(P0)).isZero();

    view.fix();
    restart().run(80);
    assertComplete(30);
  }

  @Test
  void too_many_partitions_for_the_target_of_a_view_do_not_split_the_batch() {
    connect.exactlyOnce();
    target.partitionBy(row -> String.valueOf(row.get("id"))).maxPartitions(5);
    clickHouse.view("v", table, target);
    SimulatedTask task = connect.start();
    send(10);
    assertThatThrownBy(() -> task.run(60)).hasMessageContaining("not in all materialized views");
    assertThat(rows(table)).isEqualTo(once(10));
    target.maxPartitions(100);
    restart().run(60);
    assertComplete(10);
  }

  @ParameterizedTest
  @CsvSource({"241, true", "241, false", "159, true", "159, false", "242, true", "242, false"})
  void error_of_a_view_that_passes_is_retried_as_a_whole(int code, boolean exactly) {
    if (exactly) {
      connect.exactlyOnce();
    }
    FakeView view = refusing(code);
    SimulatedTask task = connect.start();
    send(10);
    task.run(60);
    assertThat(rows(table)).isEqualTo(once(10));
    assertThat(connect.committed(P0)).isZero();
    assertThat(clickHouse.attempts())
        .hasSizeGreaterThan(4)
        .allSatisfy(attempt -> assertThat(attempt.rows()).hasSize(10));
    view.fix();
    task.run(60);
    assertComplete(10);
  }

  @Test
  void at_least_once_repeats_the_batch_under_its_token_until_the_view_is_mended() {
    FakeView view = refusing(395);
    SimulatedTask task = connect.start();
    send(10);
    task.run(60);
    assertThat(rows(table)).isEqualTo(once(10));
    assertThat(connect.committed(P0)).isZero();
    view.fix();
    task.run(60);
    assertComplete(10);
  }

  @Test
  void at_least_once_gives_up_after_the_retry_timeout() {
    connect.with("retry.timeout.ms", "1000");
    refusing(395);
    SimulatedTask task = connect.start();
    send(10);
    assertThatThrownBy(() -> task.run(2_000)).isInstanceOf(ConnectException.class);
    assertThat(rows(table)).isEqualTo(once(10));
    assertThat(connect.deadLetters).isEmpty();
  }

  @Test
  void at_least_once_fails_at_once_where_each_repetition_would_store_the_rows_again() {
    table.window(0);
    refusing(395);
    SimulatedTask task = connect.start();
    send(10);
    assertThatThrownBy(() -> task.run(60))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("default.v")
        .hasMessageContaining("non_replicated_deduplication_window");
    assertThat(rows(table)).isEqualTo(once(10));
    assertThat(connect.deadLetters).isEmpty();
    assertThat(clickHouse.attempts()).hasSize(1);
  }

  @Test
  void row_that_the_table_itself_refuses_is_found_although_views_read_the_table() {
    connect.exactlyOnce();
    clickHouse.view("v", table, target);
    table.refuses(395, "the table refuses", row -> Long.valueOf(7).equals(row.get("id")));
    SimulatedTask task = connect.start();
    send(10);
    task.run(120);
    Map<Long, Integer> others = once(10);
    others.remove(7L);
    assertThat(rows(table)).isEqualTo(others);
    assertThat(rows(target)).isEqualTo(others);
    assertThat(connect.deadLetters).hasSize(1);
    assertThat(connect.committed(P0)).isEqualTo(10);
  }

  @Test
  void view_on_the_target_of_a_view_is_filled_too() {
    connect.exactlyOnce();
    FakeTable second = new FakeTable("second", COLUMNS).window(1_000);
    clickHouse.with(second);
    clickHouse.view("v1", table, target);
    FakeView view =
        clickHouse
            .view("v2", target, second)
            .refuses(395, "refused", row -> Long.valueOf(7).equals(row.get("id")));
    SimulatedTask task = connect.start();
    send(10);
    assertThatThrownBy(() -> task.run(60)).hasMessageContaining("default.v");
    assertThat(rows(target)).isEqualTo(once(10));
    view.fix();
    restart().run(60);
    assertComplete(10);
    assertThat(rows(second)).isEqualTo(once(10));
  }

  @Test
  void insert_that_the_table_may_have_forgotten_is_not_repeated_and_its_statement_is_named() {
    connect.exactlyOnce();
    FakeView view = refusing(395);
    SimulatedTask task = connect.start();
    send(10);
    assertThatThrownBy(() -> task.run(60)).isInstanceOf(ConnectException.class);
    for (int i = 0; i < 500; i++) { // half the window
      clickHouse.insertDirectly(table.id(), List.of(Map.of("id", 1_000L + i)));
    }
    view.fix();
    int attempts = clickHouse.attempts().size();
    assertThatThrownBy(() -> restart().run(60))
        .hasMessageContaining("INSERT INTO `default`.`target`")
        .hasMessageContaining("additional_table_filters")
        .hasMessageContaining("BETWEEN 0 AND 9")
        .hasMessageContaining("set the offset of t-0 to 10");
    assertThat(clickHouse.attempts()).hasSize(attempts);
    assertThat(rows(table)).isEqualTo(once(10));
  }

  @Test
  void view_that_is_made_while_the_task_runs_and_refuses_stops_it_until_the_user_has_filled_it() {
    connect.exactlyOnce();
    SimulatedTask task = connect.start();
    send(10);
    task.run(60);
    refusing(395);
    connect.send(P0, Map.of("id", 7L));
    assertThatThrownBy(() -> task.run(60)).hasMessageContaining("not in all materialized views");
    assertThatThrownBy(() -> restart().run(60))
        .hasMessageContaining("INSERT INTO `default`.`target`");
    assertThat(rows(table)).isEqualTo(once(11));
    assertThat(connect.committed(P0)).isEqualTo(10);
  }

  @Test
  void view_that_is_dropped_is_owed_nothing() {
    connect.exactlyOnce();
    FakeView view = refusing(395);
    SimulatedTask task = connect.start();
    send(10);
    assertThatThrownBy(() -> task.run(60)).isInstanceOf(ConnectException.class);
    clickHouse.drop(view);
    restart().run(60);
    assertThat(rows(table)).isEqualTo(once(10));
    assertThat(connect.committed(P0)).isEqualTo(10);
  }
}
