package dev.tributary.connect.sink.insert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.sink.batch.Batch;
import dev.tributary.connect.sink.batch.SmallBatches;
import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.clickhouse.FailureKind;
import dev.tributary.connect.sink.clickhouse.InsertException;
import dev.tributary.connect.sink.clickhouse.ListRows;
import dev.tributary.connect.sink.clickhouse.StubClickHouse;
import dev.tributary.connect.state.StubMember;
import dev.tributary.connect.state.TaskScope;
import dev.tributary.connect.util.ManualTime;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AtLeastOnceTest {

  private static final TopicPartition P0 = new TopicPartition("t", 0);

  private final ManualTime time = new ManualTime();
  private long startedMs = time.milliseconds() - 60_000;
  private int asked;
  private boolean answersWithoutRow;
  private @Nullable ClickHouseException failure;

  private final TaskScope scope = TaskScope.enter("shop", "connect-shop", Map.of());

  private final AtLeastOnce delivery =
      new AtLeastOnce(
          new StubClickHouse() {
            @Override
            public <T> T select(String sql, List<String> parameters, RowsReader<T> reader)
                throws ClickHouseException {
              assertThat(sql).isEqualTo("SELECT uptime()");
              asked++;
              ClickHouseException thrown = failure;
              if (thrown != null) {
                throw thrown;
              }
              long uptime = (time.milliseconds() - startedMs) / 1_000;
              return reader.read(
                  new ListRows(answersWithoutRow ? List.of() : List.of(List.of(uptime))));
            }
          },
          scope,
          time);

  private final Insert insert = delivery.begin(SmallBatches.of(P0, 3, 4));

  @AfterEach
  void leave() {
    scope.close();
  }

  /** A transform whose state becomes durable when the test completes it. */
  private CompletableFuture<Void> join(boolean decidesAcrossPartitions) {
    CompletableFuture<Void> durable = new CompletableFuture<>();
    scope.join(
        new StubMember("dedup") {
          @Override
          public CompletableFuture<Void> durable() {
            return durable;
          }

          @Override
          public boolean decidesAcrossPartitions() {
            return decidesAcrossPartitions;
          }
        });
    return durable;
  }

  private String tokenOfNextAttempt() throws InsertException {
    assertThat(insert.beforeAttempt(false)).isTrue();
    return insert.token();
  }

  private void restartServer() {
    startedMs = time.milliseconds();
  }

  @Test
  void first_attempt_asks_nothing_and_each_insert_has_a_token_of_its_own() throws Exception {
    String token = tokenOfNextAttempt();
    assertThat(asked).isZero();
    Insert other = delivery.begin(SmallBatches.of(P0, 3, 4));
    assertThat(other.beforeAttempt(false)).isTrue();
    assertThat(other.token()).isNotEqualTo(token);
  }

  @Test
  void retry_keeps_its_token_while_the_server_runs() throws Exception {
    String token = tokenOfNextAttempt();
    time.advance(30_000);
    assertThat(tokenOfNextAttempt()).isEqualTo(token);
    time.advance(3_600_000);
    assertThat(tokenOfNextAttempt()).isEqualTo(token);
    assertThat(asked).isEqualTo(2);
  }

  @Test
  void retry_has_another_token_when_the_server_has_restarted_meanwhile() throws Exception {
    String token = tokenOfNextAttempt();
    time.advance(10_000);
    restartServer();
    time.advance(5_000);
    assertThat(tokenOfNextAttempt()).isNotEqualTo(token);
  }

  @Test
  void new_token_is_kept_while_the_server_runs_on() throws Exception {
    tokenOfNextAttempt();
    time.advance(10_000);
    restartServer();
    time.advance(5_000);
    String token = tokenOfNextAttempt();
    time.advance(1_000);
    assertThat(tokenOfNextAttempt()).isEqualTo(token);
  }

  @Test
  void uptime_that_may_be_off_by_a_second_or_two_is_no_proof() throws Exception {
    restartServer();
    time.advance(1_999);
    String token = tokenOfNextAttempt();
    time.advance(10_000);
    assertThat(tokenOfNextAttempt()).isNotEqualTo(token); // 11 s of uptime, sent 10 s ago
  }

  @Test
  void uptime_that_is_longer_by_the_slack_is_proof_enough() throws Exception {
    restartServer();
    time.advance(2_000);
    String token = tokenOfNextAttempt();
    time.advance(10_000);
    assertThat(tokenOfNextAttempt()).isEqualTo(token);
  }

  @Test
  void server_that_does_not_tell_its_uptime_is_taken_for_one_that_has_restarted() throws Exception {
    String token = tokenOfNextAttempt();
    answersWithoutRow = true;
    assertThat(tokenOfNextAttempt()).isNotEqualTo(token);
  }

  @Test
  void nothing_is_sent_again_while_the_server_cannot_be_asked() throws Exception {
    String token = tokenOfNextAttempt();
    failure = new ClickHouseException(FailureKind.UNREACHABLE, 0, "away", null);
    assertThatThrownBy(() -> insert.beforeAttempt(true))
        .isInstanceOfSatisfying(
            InsertException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(FailureKind.UNREACHABLE);
              assertThat(e.isUncertain()).isFalse();
            });
    failure = null;
    assertThat(tokenOfNextAttempt()).isEqualTo(token);
  }

  @Test
  void batch_does_not_wait_for_state_that_decides_the_same_when_records_come_again() {
    var unused = join(false);
    assertThat(delivery.begin(SmallBatches.of(P0, 5)).whenReady()).isCompleted();
  }

  @Test
  void batch_waits_for_decisions_that_another_order_of_partitions_would_change() throws Exception {
    CompletableFuture<Void> durable = join(true);
    Insert waiting = delivery.begin(SmallBatches.of(P0, 5, 6));
    List<Insert> pieces = waiting.replacedBy(List.of(SmallBatches.of(P0, 5)));
    assertThat(waiting.whenReady()).isNotDone();
    assertThat(pieces.get(0).whenReady()).isNotDone();
    durable.complete(null);
    assertThat(waiting.whenReady()).isCompleted();
    assertThat(pieces.get(0).whenReady()).isCompleted();
    assertThat(waiting.beforeAttempt(false)).isTrue();
  }

  @Test
  void batch_whose_decisions_cannot_be_made_durable_is_not_sent() {
    CompletableFuture<Void> durable = join(true);
    Insert waiting = delivery.begin(SmallBatches.of(P0, 5));
    durable.completeExceptionally(new StateUnavailableError("no broker"));
    assertThat(waiting.whenReady()).isCompletedExceptionally();
    assertThatThrownBy(() -> waiting.beforeAttempt(false))
        .hasRootCauseInstanceOf(StateUnavailableError.class);
  }

  @Test
  void acknowledged_batch_misses_nothing_and_one_that_was_not_misses_all() throws Exception {
    insert.verify(true);
    assertThat(asked).isZero();
    assertThat(insert.missing(true)).isEmpty();
    assertThat(insert.missing(false)).isEqualTo(insert.batch().records()).hasSize(2);
    assertThat(insert.whenReady()).isCompleted();
  }

  @Test
  void pieces_are_inserts_of_their_own() {
    Batch one = SmallBatches.of(P0, 3);
    Batch two = SmallBatches.of(P0, 4);
    List<Insert> pieces = insert.replacedBy(List.of(one, two));
    assertThat(pieces).extracting(Insert::batch).containsExactly(one, two);
    assertThat(pieces).extracting(Insert::token).doesNotHaveDuplicates();
    assertThat(pieces.get(0).token()).isNotEqualTo(insert.token());
  }

  @Test
  void partitions_need_nothing_and_every_record_is_taken() {
    delivery.opened(Map.of(P0, 3L));
    assertThat(delivery.isReady(P0)).isTrue();
    assertThat(delivery.needsPositions()).isFalse();
    assertThat(delivery.mixesPartitions()).isTrue();
    assertThat(delivery.admit(SmallBatches.record(P0, 3), SmallBatches.TABLE.id()))
        .isEqualTo(Delivery.Admission.TAKE);
    assertThat(delivery.commit(P0, new OffsetAndMetadata(5, "x")))
        .contains(new OffsetAndMetadata(5, "x"));
    assertThat(delivery.work()).isEmpty();
    assertThat(delivery.takeFenced()).isEmpty();
  }
}
