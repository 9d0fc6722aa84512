package dev.tributary.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.sink.clickhouse.Attempt;
import dev.tributary.connect.sink.clickhouse.Fate;
import dev.tributary.connect.sink.clickhouse.Reach;
import dev.tributary.connect.state.StubMember;
import dev.tributary.connect.state.TaskScope;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.Test;

/** One sink task with {@code delivery=exactly_once}, whatever its inserts come to. */
class ExactSinkTaskTest extends ExactSinkTaskFixture {

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
