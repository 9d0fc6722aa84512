package dev.tributary.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.kafka.FakeCluster;
import dev.tributary.connect.sink.clickhouse.FakeClickHouse;
import dev.tributary.connect.sink.clickhouse.FakeTable;
import dev.tributary.connect.sink.clickhouse.Fate;
import dev.tributary.connect.sink.clickhouse.Reach;
import dev.tributary.connect.util.ManualTime;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The whole sink task with {@code delivery=at_least_once}, on a ClickHouse in memory. */
class SinkTaskTest {

  private static final TopicPartition P0 = new TopicPartition("t", 0);
  private static final TopicPartition P1 = new TopicPartition("t", 1);

  private final FakeTable table = new FakeTable("t", "id Int64", "text String");
  private final SimulatedConnect connect;
  private final FakeClickHouse clickHouse;

  SinkTaskTest() {
    ManualTime time = new ManualTime();
    clickHouse = new FakeClickHouse(time).with(table);
    connect =
        new SimulatedConnect(time, new FakeCluster(), clickHouse)
            .topic("t", 2)
            .with("batch.max.rows", "10")
            .with("batch.max.delay.ms", "1000")
            .with("retry.backoff.ms", "100")
            .with("retry.backoff.max.ms", "1000");
  }

  private void send(TopicPartition partition, int count) {
    for (int i = 0; i < count; i++) {
      long id = connect.log(partition).size();
      connect.send(partition, Map.of("id", id + 1_000L * partition.partition(), "text", "x"));
    }
  }

  private List<Long> ids() {
    return table.rows().stream().map(row -> (Long) row.get("id")).sorted().toList();
  }

  private static Long[] upTo(long end) {
    return LongStream.range(0, end).boxed().toArray(Long[]::new);
  }

  private void refuse(long id, int code) {
    table.refuses(code, "bad row", row -> Long.valueOf(id).equals(row.get("id")));
  }

  private SimulatedTask withDeadLetters() {
    return connect.with("errors.deadletterqueue.topic.name", "dlq").start();
  }

  @Test
  void full_batch_goes_at_once_and_its_offsets_are_committed_when_it_is_stored() {
    SimulatedTask task = connect.start();
    send(P0, 12);
    task.poll(100);
    task.background.runDue();
    assertThat(ids()).containsExactly(upTo(10));
    task.poll(100);
    assertThat(task.done()).containsEntry(P0, 10L);
  }

  @Test
  void rest_goes_when_it_is_old_also_on_an_idle_topic() {
    SimulatedTask task = connect.start();
    send(P0, 3);
    task.poll(100);
    connect.time.advance(999);
    task.poll(100);
    task.background.runDue();
    assertThat(ids()).isEmpty();
    connect.time.advance(1);
    task.poll(100);
    task.background.runDue();
    assertThat(ids()).containsExactly(upTo(3));
    task.poll(100);
    assertThat(task.done()).containsEntry(P0, 3L);
  }

  @Test
  void framework_is_asked_to_come_back_when_a_batch_is_due() {
    SimulatedTask task = connect.start();
    send(P0, 1);
    task.poll(100);
    assertThat(task.timeoutMs).isEqualTo(1_000);
    connect.time.advance(400);
    task.poll(100);
    assertThat(task.timeoutMs).isEqualTo(600);
  }

  @Test
  void commit_that_was_not_asked_for_waits_for_inserts_in_flight() {
    SimulatedTask task = connect.start();
    send(P0, 10);
    task.poll(100);
    assertThat(task.done()).containsEntry(P0, 10L);
  }

  @Test
  void commit_does_not_wait_longer_than_a_worker_has_to_stop() {
    clickHouse.onInsert(attempt -> Fate.refused());
    SimulatedTask task = connect.start();
    send(P0, 10);
    task.poll(100);
    long before = connect.time.milliseconds();
    assertThat(task.done()).containsEntry(P0, 0L);
    assertThat(connect.time.milliseconds() - before).isLessThanOrEqualTo(3_000);
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 159, 202, 241, 252, 999})
  void passing_error_delays_rows_and_loses_doubles_or_rejects_none(int code) {
    clickHouse.onInsert(attempt -> attempt.number() <= 2 ? Fate.error(code, "no") : Fate.pass());
    SimulatedTask task = withDeadLetters();
    send(P0, 10);
    task.run(50);
    assertThat(ids()).containsExactly(upTo(10));
    assertThat(connect.deadLetters).isEmpty();
    assertThat(connect.committed(P0)).isEqualTo(10);
    assertThat(clickHouse.attempts())
        .hasSize(3)
        .extracting(one -> one.token())
        .containsOnly(token(0));
  }

  private String token(int attempt) {
    return clickHouse.attempts().get(attempt).token();
  }

  @Test
  void nothing_is_committed_during_an_outage_and_partitions_pause() {
    clickHouse.onInsert(attempt -> Fate.refused());
    SimulatedTask task = connect.with("insert.max.in.flight", "1").start();
    send(P0, 40);
    task.run(20);
    assertThat(task.paused).containsExactlyInAnyOrder(P0, P1);
    assertThat(connect.committed(P0)).isZero();
    clickHouse.onInsert(attempt -> Fate.pass());
    task.run(60);
    assertThat(task.paused).isEmpty();
    assertThat(ids()).containsExactly(upTo(40));
    assertThat(connect.committed(P0)).isEqualTo(40);
  }

  @Test
  void bad_row_is_found_by_halving_and_goes_to_the_queue_alone() {
    refuse(6, 469);
    SimulatedTask task = withDeadLetters();
    send(P0, 10);
    task.run(30);
    assertThat(ids()).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 7L, 8L, 9L);
    assertThat(connect.deadLetters)
        .singleElement()
        .satisfies(record -> assertThat(record.originalKafkaOffset()).isEqualTo(6));
    assertThat(connect.committed(P0)).isEqualTo(10);
  }

  @Test
  void offset_of_a_dead_letter_waits_until_the_queue_has_it() {
    refuse(6, 469);
    SimulatedTask task = withDeadLetters();
    task.holdsReports = true;
    send(P0, 10);
    task.run(30);
    assertThat(connect.committed(P0)).isEqualTo(6);
    task.reports.forEach(report -> report.complete(null));
    task.commit();
    assertThat(connect.committed(P0)).isEqualTo(10);
  }

  @Test
  void letter_that_the_queue_cannot_take_fails_the_task_and_is_never_committed() {
    refuse(6, 469);
    SimulatedTask task = withDeadLetters();
    task.holdsReports = true;
    send(P0, 10);
    task.run(30);
    task.reports.forEach(report -> report.completeExceptionally(new IllegalStateException("no")));
    assertThatThrownBy(() -> task.poll(1))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("topic t partition 0 offset 6");
    task.commit();
    assertThat(connect.committed(P0)).isEqualTo(6);
  }

  @Test
  void without_a_queue_a_bad_row_fails_the_task_with_its_coordinates() {
    refuse(6, 469);
    SimulatedTask task = connect.start();
    send(P0, 10);
    assertThatThrownBy(() -> task.run(30))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("topic t partition 0 offset 6");
    task.commit();
    assertThat(connect.committed(P0)).isLessThanOrEqualTo(6);
  }

  @Test
  void value_that_does_not_fit_goes_to_the_queue_alone_before_anything_is_sent() {
    SimulatedTask task = withDeadLetters();
    send(P0, 4);
    connect.send(P0, Map.of("id", "no number", "text", "x"));
    connect.send(P0, Map.of("id", 5L, "text", "x"));
    task.run(30);
    assertThat(ids()).containsExactly(0L, 1L, 2L, 3L, 5L);
    assertThat(connect.deadLetters).hasSize(1);
    assertThat(connect.committed(P0)).isEqualTo(6);
  }

  @Test
  void record_without_a_value_makes_no_row_and_holds_up_no_offset() {
    SimulatedTask task = connect.start();
    connect.send(P0, null);
    task.run(15);
    assertThat(clickHouse.attempts()).isEmpty();
    assertThat(connect.committed(P0)).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {241, 159})
  void batch_under_pressure_is_halved_after_three_attempts(int code) {
    clickHouse.onInsert(
        attempt -> attempt.rows().size() > 5 ? Fate.error(code, "no") : Fate.pass());
    SimulatedTask task = withDeadLetters();
    send(P0, 10);
    task.run(60);
    assertThat(clickHouse.attempts())
        .extracting(one -> one.rows().size())
        .containsExactly(10, 10, 10, 5, 5);
    assertThat(ids()).containsExactly(upTo(10));
    assertThat(connect.committed(P0)).isEqualTo(10);
  }

  @Test
  void single_row_under_pressure_fails_the_task() {
    clickHouse.onInsert(attempt -> Fate.error(241, "no"));
    SimulatedTask task = withDeadLetters();
    send(P0, 2);
    assertThatThrownBy(() -> task.run(200))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("1 rows for")
        .hasMessageContaining("more memory or time");
    assertThat(connect.committed(P0)).isZero();
    assertThat(connect.deadLetters).isEmpty();
  }

  @Test
  void batch_of_too_many_partitions_is_halved_at_once() {
    table.partitionBy(row -> String.valueOf(row.get("id"))).maxPartitions(3);
    SimulatedTask task = withDeadLetters();
    send(P0, 10);
    task.run(30);
    assertThat(clickHouse.attempts().get(0).rows()).hasSize(10);
    assertThat(clickHouse.attempts().get(1).rows()).hasSize(5);
    assertThat(ids()).containsExactly(upTo(10));
    assertThat(connect.committed(P0)).isEqualTo(10);
  }

  @Test
  void unknown_error_fails_the_task_at_the_row_that_has_it_and_the_rows_before_are_stored() {
    clickHouse.onInsert(
        attempt ->
            attempt.rows().stream().anyMatch(row -> "7".equals(String.valueOf(row.get("id"))))
                ? Fate.error(48, "no")
                : Fate.pass());
    SimulatedTask task = withDeadLetters();
    send(P0, 10);
    assertThatThrownBy(() -> task.run(30))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("ClickHouse did not take 1 rows");
    assertThat(ids()).containsExactly(upTo(7));
    assertThat(connect.deadLetters).isEmpty();
  }

  @Test
  void unknown_error_splits_no_batch_that_the_table_may_have_in_parts() {
    table.engine("MergeTree() PARTITION BY id", "");
    clickHouse.onInsert(attempt -> Fate.error(48, "no"));
    SimulatedTask task = withDeadLetters();
    send(P0, 10);
    assertThatThrownBy(() -> task.run(30))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("ClickHouse did not take 10 rows");
    assertThat(clickHouse.attempts()).hasSize(1);
  }

  @Test
  void table_that_has_changed_gets_the_batch_encoded_for_it() {
    SimulatedTask task = connect.start();
    send(P0, 10);
    task.poll(100);
    table.alter("id Int32", "text String");
    task.run(20);
    assertThat(clickHouse.attempts()).hasSize(2);
    assertThat(ids()).containsExactly(upTo(10));
    assertThat(connect.committed(P0)).isEqualTo(10);
  }

  @Test
  void schema_error_of_a_table_that_has_not_changed_fails_the_task() {
    clickHouse.onInsert(attempt -> Fate.error(53, "no"));
    SimulatedTask task = withDeadLetters();
    send(P0, 10);
    assertThatThrownBy(() -> task.run(20))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("ClickHouse did not take 10 rows");
    assertThat(clickHouse.attempts()).hasSize(1);
    assertThat(connect.committed(P0)).isZero();
  }

  @Test
  void unknown_table_is_tried_once_more_and_then_fails_the_task() {
    clickHouse.onInsert(attempt -> Fate.error(60, "no"));
    SimulatedTask task = withDeadLetters();
    send(P0, 10);
    assertThatThrownBy(() -> task.run(20)).isInstanceOf(ConnectException.class);
    assertThat(clickHouse.attempts()).hasSize(2);
  }

  @Test
  void string_that_is_too_long_is_bisected_although_it_looks_like_a_schema_error() {
    refuse(3, 131);
    SimulatedTask task = withDeadLetters();
    send(P0, 10);
    task.run(40);
    assertThat(ids()).containsExactly(0L, 1L, 2L, 4L, 5L, 6L, 7L, 8L, 9L);
    assertThat(connect.deadLetters).hasSize(1);
  }

  @Test
  void column_that_was_added_is_filled_without_a_restart() {
    SimulatedTask task = connect.start();
    send(P0, 10);
    task.run(10);
    table.alter("id Int64", "text String", "more Int64");
    task.run(40);
    connect.send(P0, Map.of("id", 99L, "text", "x", "more", 7L));
    task.run(20);
    assertThat(table.rows())
        .filteredOn(row -> Long.valueOf(99).equals(row.get("id")))
        .singleElement()
        .satisfies(row -> assertThat(row).containsEntry("more", 7L));
  }

  @Test
  void new_field_makes_a_column_where_tables_evolve() {
    SimulatedTask task = connect.with("table.evolve", "add").start();
    send(P0, 3);
    connect.send(P0, Map.of("id", 3L, "text", "x", "more", 7L));
    task.run(30);
    assertThat(ids()).containsExactly(upTo(4));
    assertThat(table.rows()).anySatisfy(row -> assertThat(row.get("more")).isEqualTo(7L));
  }

  @Test
  void server_that_cannot_be_asked_about_a_table_is_waited_for() {
    clickHouse.onSelect(sql -> Optional.of(FakeClickHouse.unreachable()));
    SimulatedTask task = withDeadLetters();
    send(P0, 10);
    task.run(10);
    assertThat(clickHouse.attempts()).isEmpty();
    assertThat(task.paused).contains(P0);
    assertThat(connect.committed(P0)).isZero();
    clickHouse.onSelect(sql -> Optional.empty());
    task.run(60);
    assertThat(ids()).containsExactly(upTo(10));
    assertThat(connect.committed(P0)).isEqualTo(10);
  }

  @Test
  void table_that_does_not_exist_fails_the_task_and_says_what_to_do() {
    clickHouse.drop(table);
    SimulatedTask task = withDeadLetters();
    send(P0, 1);
    assertThatThrownBy(() -> task.run(1))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("`default`.`t` does not exist")
        .hasMessageContaining("table.create=auto");
    task.commit();
    assertThat(connect.committed(P0)).isZero();
    assertThat(connect.deadLetters).isEmpty();
  }

  @Test
  void retry_that_the_server_knows_already_adds_nothing_on_a_table_with_a_window() {
    table.window(100);
    clickHouse.onInsert(attempt -> attempt.number() == 1 ? Fate.lostAnswer() : Fate.pass());
    SimulatedTask task = connect.start();
    send(P0, 10);
    task.run(30);
    assertThat(token(1)).isEqualTo(token(0));
    assertThat(ids()).containsExactly(upTo(10));
  }

  @Test
  void server_that_was_killed_gets_the_batch_under_another_token() {
    table.window(100);
    clickHouse.onInsert(
        attempt -> {
          if (attempt.number() == 1) {
            connect.time.advance(5_000);
            clickHouse.start();
            // The token is logged, the rows are not written.
            return Fate.noAnswer(Reach.tokensOnly());
          }
          return Fate.pass();
        });
    SimulatedTask task = connect.start();
    send(P0, 10);
    task.run(60);
    assertThat(token(1)).isNotEqualTo(token(0));
    assertThat(ids()).containsExactly(upTo(10));
  }

  @Test
  void rows_of_revoked_partitions_are_dropped_and_the_others_continue() {
    SimulatedTask task = connect.start();
    send(P0, 3);
    send(P1, 3);
    task.poll(100);
    task.revoke(Set.of(P1));
    task.run(15);
    assertThat(ids()).containsExactly(upTo(3));
    assertThat(connect.committed(P0)).isEqualTo(3);
    assertThat(connect.committed(P1)).isZero();
    task.assign(Set.of(P1));
    task.run(15);
    assertThat(ids()).containsExactly(0L, 1L, 2L, 1_000L, 1_001L, 1_002L);
    assertThat(connect.committed(P1)).isEqualTo(3);
  }

  @Test
  void batch_in_flight_of_partitions_that_are_all_gone_is_not_sent_again() {
    clickHouse.onInsert(attempt -> Fate.refused());
    SimulatedTask task = connect.start();
    send(P0, 10);
    task.run(3);
    task.revoke(new HashSet<>(task.assigned()));
    int attempts = clickHouse.attempts().size();
    task.run(50);
    assertThat(clickHouse.attempts()).hasSize(attempts);
    assertThat(connect.committed(P0)).isZero();
  }

  /** The next owner starts where the commit is, so what is in flight here must not be committed. */
  @Test
  void last_commit_before_a_revocation_has_only_what_is_stored() {
    clickHouse.onInsert(attempt -> attempt.number() == 1 ? Fate.pass() : Fate.refused());
    SimulatedTask task = connect.start();
    send(P0, 25);
    task.poll(100);
    task.background.runNext();
    task.revoke(Set.of(P0));
    assertThat(connect.committed(P0)).isEqualTo(10);
  }

  @Test
  void
      bad_row_that_a_changed_table_makes_of_a_waiting_batch_is_still_pending_when_it_fails_a_rebalance() {
    clickHouse.onInsert(attempt -> Fate.refused());
    SimulatedTask task =
        connect.with("insert.max.in.flight", "1").with("batch.max.rows", "2").start();
    send(P0, 1);
    send(P1, 1);
    task.poll(100);
    send(P0, 1);
    connect.send(P1, Map.of("id", 5_000_000_000L, "text", "x"));
    task.poll(100);
    table.alter("id Int8", "text String");
    clickHouse.onInsert(attempt -> Fate.error(53, "no"));
    assertThatThrownBy(
            () -> {
              task.run(20);
              task.revoke(Set.of(P0));
            })
        .isInstanceOf(DataException.class);
    assertThat(connect.committed(P1)).isZero();
    task.commit();
    assertThat(connect.committed(P1)).isZero();
  }

  @Test
  void held_memory_is_bounded_and_what_is_open_is_sent_before_more_is_taken() {
    connect.with("batch.max.bytes", "20000").with("batch.max.rows", "1000000");
    SimulatedTask task = connect.start();
    for (int i = 0; i < 1_000; i++) {
      connect.send(P0, Map.of("id", (long) i, "text", "x".repeat(500)));
    }
    task.run(100);
    assertThat(ids()).containsExactly(upTo(1_000));
    assertThat(clickHouse.attempts()).hasSizeGreaterThan(5);
    assertThat(clickHouse.attempts())
        .allSatisfy(attempt -> assertThat(attempt.rows().size()).isLessThan(60));
  }

  @Test
  void start_that_fails_closes_what_it_has_opened() {
    connect.exactlyOnce().with("batch.max.rows", "10");
    connect.properties.remove("state.bootstrap.servers");
    assertThatThrownBy(() -> new SimulatedTask(connect))
        .hasMessageContaining("state.bootstrap.servers");
    assertThat(clickHouse.isClosed()).isTrue();
    assertThat(connect.openBackgrounds()).isZero();
  }

  @Test
  void stop_closes_everything() {
    SimulatedTask task = connect.start();
    task.stop();
    assertThat(clickHouse.isClosed()).isTrue();
    assertThat(connect.openBackgrounds()).isZero();
  }
}
