package dev.tributary.connect;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.kafka.FakeCluster;
import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.sink.clickhouse.Attempt;
import dev.tributary.connect.sink.clickhouse.FakeClickHouse;
import dev.tributary.connect.sink.clickhouse.FakeTable;
import dev.tributary.connect.sink.clickhouse.Fate;
import dev.tributary.connect.sink.clickhouse.Reach;
import dev.tributary.connect.state.StubMember;
import dev.tributary.connect.state.TaskScope;
import dev.tributary.connect.util.ManualTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.junit.jupiter.api.Test;

/**
 * The whole sink task with {@code delivery=exactly_once}, on a ClickHouse and a Kafka in memory.
 */
class ExactSinkTaskTest {

  private static final TopicPartition P0 = new TopicPartition("t", 0);
  private static final TopicPartition P1 = new TopicPartition("t", 1);

  private final ManualTime time = new ManualTime();
  private final FakeCluster cluster = new FakeCluster();
  private final FakeTable table =
      new FakeTable("t", "id Int64", "_topic String", "_partition Int32", "_offset Int64")
          .window(1_000);
  private final FakeClickHouse clickHouse = new FakeClickHouse(time).with(table);
  private final SimulatedConnect connect =
      new SimulatedConnect(time, cluster, clickHouse)
          .topic("t", 2)
          .exactlyOnce()
          .with("batch.max.rows", "10")
          .with("batch.max.delay.ms", "1000")
          .with("retry.backoff.ms", "100")
          .with("retry.backoff.max.ms", "1000");

  private void send(TopicPartition partition, int count) {
    for (int i = 0; i < count; i++) {
      connect.send(partition, Map.of("id", (long) connect.log(partition).size()));
    }
  }

  private void assertOnce(TopicPartition partition, long from, long end) {
    Map<Long, Integer> expected = new HashMap<>();
    LongStream.range(from, end).forEach(offset -> expected.put(offset, 1));
    assertThat(table.offsets(partition.topic(), partition.partition())).isEqualTo(expected);
  }

  private String token(int attempt) {
    return clickHouse.attempts().get(attempt).token();
  }

  private void onAttempt(int number, Fate fate) {
    clickHouse.onInsert(attempt -> attempt.number() == number ? fate : Fate.pass());
  }

  /** What is left when its process is gone: nothing but what it has sent. */
  private SimulatedTask afterKill() {
    cluster.loseInFlight();
    return connect.start();
  }

  @Test
  void nothing_is_inserted_before_the_new_epoch_is_committed() {
    SimulatedTask task = connect.start();
    send(P0, 10);
    task.background.runDue();
    task.poll(100);
    assertThat(task.paused).containsExactlyInAnyOrder(P0, P1);
    assertThat(connect.commit(P0)).isNull();
    task.run(3);
    OffsetAndMetadata commit = connect.commit(P0);
    assertThat(commit).isNotNull();
    assertThat(commit.metadata()).startsWith("tributary:1:");
    assertThat(clickHouse.attempts()).isEmpty();
    task.run(20);
    assertOnce(P0, 0, 10);
    assertThat(connect.committed(P0)).isEqualTo(10);
  }

  @Test
  void batches_hold_rows_of_one_partition() {
    SimulatedTask task = connect.start();
    send(P0, 15);
    send(P1, 15);
    task.run(60);
    assertThat(clickHouse.attempts())
        .allSatisfy(attempt -> assertThat(Set.copyOf(attempt.values("_partition"))).hasSize(1));
    assertOnce(P0, 0, 15);
    assertOnce(P1, 0, 15);
  }

  @Test
  void answer_that_is_lost_is_looked_up_in_the_table_and_not_sent_again() {
    onAttempt(1, Fate.lostAnswer());
    SimulatedTask task = connect.start();
    send(P0, 10);
    task.run(40);
    assertThat(clickHouse.attempts()).hasSize(1);
    assertOnce(P0, 0, 10);
    assertThat(connect.committed(P0)).isEqualTo(10);
  }

  @Test
  void request_that_is_lost_is_sent_again_under_its_token() {
    onAttempt(1, Fate.lostRequest());
    SimulatedTask task = connect.start();
    send(P0, 10);
    task.run(40);
    assertThat(token(1)).isEqualTo(token(0));
    assertOnce(P0, 0, 10);
  }

  /** A server that died between logging the token and writing the rows answers with success. */
  @Test
  void rows_that_are_missing_after_a_success_go_in_under_another_token() {
    onAttempt(1, Fate.noAnswer(Reach.tokensOnly()));
    SimulatedTask task = connect.start();
    send(P0, 10);
    task.run(60);
    assertOnce(P0, 0, 10);
    assertThat(clickHouse.attempts()).hasSize(3);
    assertThat(token(1)).isEqualTo(token(0));
    assertThat(token(2)).isNotEqualTo(token(0));
    assertThat(connect.committed(P0)).isEqualTo(10);
  }

  @Test
  void partition_of_the_table_that_is_missing_goes_in_alone() {
    table.partitionBy(row -> row.get("id") instanceof Long id && id % 2 == 0 ? "even" : "odd");
    onAttempt(
        1, Fate.noAnswer(Reach.killedAfter(1, 1))); // both tokens, rows of the first partition only
    SimulatedTask task = connect.start();
    send(P0, 10);
    task.run(60);
    assertOnce(P0, 0, 10);
    assertThat(connect.committed(P0)).isEqualTo(10);
    assertThat(clickHouse.attempts().get(clickHouse.attempts().size() - 1).values("id"))
        .containsExactly(1L, 3L, 5L, 7L, 9L);
  }

  @Test
  void late_request_that_arrives_after_its_retry_adds_nothing() {
    onAttempt(1, Fate.late());
    SimulatedTask task = connect.start();
    send(P0, 10);
    task.run(40);
    assertOnce(P0, 0, 10);
    assertThat(clickHouse.landLate(0).orElseThrow().code()).isEqualTo(372); // its session is closed
    assertOnce(P0, 0, 10);
  }

  @Test
  void next_owner_sends_what_was_announced_as_it_was() {
    clickHouse.onInsert(attempt -> Fate.lostRequest());
    SimulatedTask first = connect.start();
    send(P0, 13);
    first.run(8);
    String announced = token(0);
    clickHouse.onInsert(attempt -> Fate.pass());
    clickHouse.attempts().clear();

    SimulatedTask second = afterKill();
    second.run(60);
    assertOnce(P0, 0, 13);
    assertThat(clickHouse.attempts())
        .anySatisfy(
            attempt -> {
              assertThat(attempt.token()).isEqualTo(announced);
              assertThat(attempt.rows()).hasSize(10);
            });
    assertThat(connect.committed(P0)).isEqualTo(13);
  }

  @Test
  void next_owner_finds_what_had_arrived_and_inserts_none_of_it() {
    SimulatedTask first = connect.start();
    send(P0, 10);
    first.run(4);
    clickHouse.onInsert(attempt -> Fate.lostAnswer());
    for (int i = 0; i < 4 && clickHouse.attempts().isEmpty(); i++) {
      first.poll(100);
      first.background.runDue();
    }
    assertOnce(P0, 0, 10);
    assertThat(connect.committed(P0)).isZero();
    clickHouse.onInsert(attempt -> Fate.pass());

    afterKill().run(60);
    assertOnce(P0, 0, 10);
    assertThat(connect.committed(P0)).isEqualTo(10);
  }

  @Test
  void zombie_that_continues_inserts_nothing_more_and_its_late_request_is_dropped() {
    clickHouse.onInsert(attempt -> Fate.late());
    SimulatedTask zombie = connect.start();
    send(P0, 10);
    zombie.run(8);
    clickHouse.onInsert(attempt -> Fate.pass());
    SimulatedTask owner = afterKill();
    owner.run(60);
    assertOnce(P0, 0, 10);

    int attempts = clickHouse.attempts().size();
    time.advance(11_000); // its proof of ownership is older than that
    send(P0, 10);
    zombie.background.runDue();
    zombie.poll(100);
    zombie.background.runDue();
    assertThat(clickHouse.attempts()).hasSize(attempts);
    for (int late = 0; late < clickHouse.late().size(); late++) {
      assertThat(clickHouse.landLate(late).orElseThrow().code()).isEqualTo(372);
    }
    owner.run(40);
    assertOnce(P0, 0, 20);
  }

  @Test
  void fenced_task_commits_nothing_new_and_claims_its_partition_again_after_a_while() {
    SimulatedTask task = connect.start();
    send(P0, 10);
    task.run(20);
    SimulatedTask other = connect.start();
    other.run(5);
    send(P0, 10);
    time.advance(11_000);
    task.run(3);
    long committed = connect.committed(P0);
    task.run(30);
    assertThat(task.paused).contains(P0);
    assertThat(connect.committed(P0)).isEqualTo(committed);
    task.run(80); // the other one is gone, and this one is still assigned
    assertOnce(P0, 0, 20);
    assertThat(connect.committed(P0)).isEqualTo(20);
  }

  /** What a transform held there is gone with the partition, and is delivered again. */
  @Test
  void fenced_partition_is_claimed_again_while_a_transform_holds_its_records() {
    Holder holder = new Holder(record -> record.originalKafkaOffset() == 12);
    SimulatedTask task = new SimulatedTask(connect);
    TaskScope.current().orElseThrow().join(holder);
    task.transforms.add(holder::apply);
    task.assign(connect.partitions());
    send(P0, 10);
    task.run(20);
    connect.start().run(5);
    send(P0, 10);
    time.advance(11_000);
    task.run(30);
    assertThat(task.paused).contains(P0);
    time.advance(5_000);
    task.poll(100); // claims it again
    assertThat(holder.letGo()).isFalse();
    task.run(80);
    assertThat(connect.committed(P0)).isEqualTo(12);
    assertThat(holder.letGo()).isTrue();
    task.run(40);
    assertOnce(P0, 0, 20);
    assertThat(connect.committed(P0)).isEqualTo(20);
  }

  @Test
  void bad_row_of_an_inherited_insert_is_pending_until_it_is_inserted() {
    clickHouse.onInsert(attempt -> Fate.lostRequest());
    SimulatedTask first = connect.start();
    send(P0, 10);
    first.run(8);
    clickHouse.onInsert(attempt -> Fate.pass());
    table.alter("id UInt8", "_topic String", "_partition Int32", "_offset Int64");
    connect
        .log(P0)
        .set(4, new SimulatedConnect.Source(time.milliseconds(), null, Map.of("id", 300L)));

    SimulatedTask second = afterKill();
    assertThatThrownBy(() -> second.run(60)).isInstanceOf(DataException.class);
    second.commit();
    assertThat(connect.committed(P0)).isZero();

    table.alter("id Int64", "_topic String", "_partition Int32", "_offset Int64");
    afterKill().run(60);
    assertOnce(P0, 0, 10);
    assertThat(connect.committed(P0)).isEqualTo(10);
  }

  @Test
  void bad_row_is_found_by_halving_and_the_rest_is_there_once() {
    table.refuses(469, "bad", row -> Long.valueOf(6).equals(row.get("id")));
    SimulatedTask task = connect.with("errors.deadletterqueue.topic.name", "dlq").start();
    send(P0, 10);
    task.run(60);
    Map<Long, Integer> expected = new HashMap<>();
    LongStream.range(0, 10).filter(id -> id != 6).forEach(id -> expected.put(id, 1));
    assertThat(table.offsets("t", 0)).isEqualTo(expected);
    assertThat(connect.deadLetters).hasSize(1);
    assertThat(connect.committed(P0)).isEqualTo(10);
    assertThat(clickHouse.attempts()).extracting(Attempt::token).doesNotHaveDuplicates();
  }

  /** The marks of a batch must be durable before its rows can be: else a crash drops them. */
  @Test
  void intent_waits_until_the_state_of_the_transforms_is_durable() {
    CompletableFuture<Void> durable = new CompletableFuture<>();
    SimulatedTask task = new SimulatedTask(connect);
    TaskScope.current()
        .orElseThrow()
        .join(
            new StubMember("dedup") {
              @Override
              public CompletableFuture<Void> durable() {
                return durable;
              }
            });
    task.assign(Set.of(P0));
    send(P0, 10);
    task.run(20);
    assertThat(clickHouse.attempts()).isEmpty();
    assertThat(connect.committed(P0)).isZero();
    durable.complete(null);
    task.run(20);
    assertOnce(P0, 0, 10);
  }

  @Test
  void state_that_cannot_be_written_stops_the_task_before_anything_is_inserted() {
    SimulatedTask task = connect.start();
    task.run(5);
    cluster.transactionFailure =
        new org.apache.kafka.common.errors.TopicAuthorizationException("no");
    send(P0, 10);
    assertThatThrownBy(() -> task.run(20)).isInstanceOf(StateUnavailableError.class);
    assertThat(clickHouse.attempts()).isEmpty();
    task.commit();
    assertThat(connect.committed(P0)).isZero();
  }

  @Test
  void progress_that_is_gone_stops_the_task() {
    SimulatedTask task = connect.start();
    send(P0, 10);
    task.run(30);
    for (int partition = 0; partition < 8; partition++) {
      cluster.log("shop-progress", partition).clear();
    }
    SimulatedTask next = connect.start();
    assertThatThrownBy(() -> next.run(5))
        .isInstanceOf(StateUnavailableError.class)
        .hasMessageContaining("is gone from its topic");
  }

  @Test
  void offsets_that_a_user_has_reset_are_a_new_start() {
    SimulatedTask task = connect.start();
    send(P0, 10);
    task.run(30);
    task.stop();
    connect.cluster.commit(SimulatedConnect.GROUP, P0, new OffsetAndMetadata(5));
    afterKill().run(40);
    Map<Long, Integer> expected = new HashMap<>();
    LongStream.range(0, 10).forEach(id -> expected.put(id, id < 5 ? 1 : 2));
    assertThat(table.offsets("t", 0)).isEqualTo(expected);
    assertThat(clickHouse.attempts()).extracting(Attempt::token).doesNotHaveDuplicates();
  }

  @Test
  void table_that_cannot_keep_the_promise_is_refused_with_the_statement() {
    table.window(10);
    SimulatedTask task = connect.start();
    send(P0, 10);
    assertThatThrownBy(() -> task.run(20))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("ALTER TABLE `default`.`t` MODIFY SETTING");
    assertThat(clickHouse.attempts()).isEmpty();
  }

  @Test
  void partition_that_comes_back_continues_without_a_new_epoch() {
    SimulatedTask task = connect.start();
    send(P0, 10);
    task.run(20);
    String metadata = requireNonNull(connect.commit(P0)).metadata();
    task.revoke(Set.of(P0));
    task.background.runDue();
    task.assign(Set.of(P0));
    send(P0, 10);
    task.run(40);
    assertOnce(P0, 0, 20);
    assertThat(requireNonNull(connect.commit(P0)).metadata()).isEqualTo(metadata);
  }

  @Test
  void stop_closes_clients_and_threads() {
    SimulatedTask task = connect.start();
    send(P0, 10);
    task.run(20);
    task.stop();
    assertThat(connect.openBackgrounds()).isZero();
    assertThat(clickHouse.isClosed()).isTrue();
    assertThat(cluster.producersClosed.get()).isEqualTo(List.of(P0, P1).size());
  }
}
