package dev.tributary.connect.sink.exactly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.clickhouse.FailureKind;
import dev.tributary.connect.sink.clickhouse.FakeClickHouse;
import dev.tributary.connect.sink.clickhouse.InsertException;
import dev.tributary.connect.sink.clickhouse.InsertRequest.LastCheck;
import dev.tributary.connect.sink.insert.Insert;
import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.progress.FencedException;
import dev.tributary.connect.sink.progress.Intent;
import dev.tributary.connect.state.StubMember;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.junit.jupiter.api.Test;

/** Attempts of an insert of {@link ExactlyOnce}: when they are sent, and what has arrived. */
class ExactInsertTest extends ExactInsertFixture {

  @Test
  void insert_is_ready_when_its_intent_is_durable() {
    Insert insert = begin(0, 1, 2);
    assertThat(insert.whenReady()).isNotDone();
    world.background.runDue();
    assertThat(insert.whenReady()).isCompleted();
    assertThat(openIntents().keySet())
        .extracting(Intent::offsets)
        .containsExactly(OffsetSet.range(0, 3));
  }

  @Test
  void intent_is_written_after_the_state_of_the_transforms() {
    CompletableFuture<Void> durable = new CompletableFuture<>();
    world.scope.join(
        new StubMember("dedup") {
          @Override
          public CompletableFuture<Void> durable() {
            return durable;
          }
        });
    Insert insert = begin(0);
    world.background.runDue();
    assertThat(insert.whenReady()).isNotDone();
    durable.complete(null);
    world.background.runDue();
    assertThat(insert.whenReady()).isCompleted();
  }

  @Test
  void insert_without_doubt_asks_no_table() throws Exception {
    Insert insert = sent(0, 1);
    insert.verify(false);
    assertThat(world.rows.countsAsked).isZero();
    assertThat(insert.missing(true)).isEmpty();
    assertThat(offsets(insert.missing(false))).containsExactly(0L, 1L);
  }

  @Test
  void token_is_that_of_the_intent_on_every_attempt() throws Exception {
    Insert insert = sent(0, 1);
    String token = insert.token();
    assertThat(token).isNotEmpty();
    assertThat(insert.beforeAttempt(true)).isTrue();
    assertThat(insert.token()).isEqualTo(token);
    assertThat(sent(2).token()).isNotEqualTo(token);
  }

  @Test
  void insert_that_arrived_without_an_answer_is_not_sent_again() throws Exception {
    Insert insert = sent(0, 1);
    world.rows.insert(0, 1);
    assertThat(insert.beforeAttempt(true)).isFalse();
    assertThat(insert.missing(true)).isEmpty();
  }

  @Test
  void insert_that_has_not_arrived_is_sent_again() throws Exception {
    Insert insert = sent(0, 1);
    assertThat(insert.beforeAttempt(true)).isTrue();
    assertThat(offsets(insert.missing(false))).containsExactly(0L, 1L);
    assertThat(world.fenced).isEmpty();
  }

  @Test
  void rest_of_an_insert_that_has_arrived_in_part_gets_another_token() throws Exception {
    Insert insert = sent(0, 1, 2);
    world.rows.insert(1);
    world.onFence = () -> world.rows.insert(2);
    assertThat(insert.beforeAttempt(true)).isFalse();
    assertThat(world.fenced).containsExactly(insert.token());
    assertThat(offsets(insert.missing(true))).containsExactly(0L);
  }

  @Test
  void insert_that_cannot_be_fenced_now_keeps_its_token() throws Exception {
    Insert insert = sent(0, 1);
    world.rows.insert(1);
    world.fenceFailure = FakeClickHouse.unreachable();
    assertThat(insert.beforeAttempt(true)).isTrue();
  }

  @Test
  void batch_is_handed_back_only_when_its_attempts_are_fenced() throws Exception {
    Insert insert = sent(0, 1);
    world.onFence = () -> world.rows.insert(0);
    InsertException failure = answered(FailureKind.PRESSURE, 241);
    assertThat(insert.beforeHandBack(failure, true)).isSameAs(failure);
    assertThat(world.fenced).containsExactly(insert.token());
    assertThat(offsets(insert.missing(false))).containsExactly(1L);

    world.fenceFailure = new ClickHouseException(FailureKind.TRANSIENT, 373, "locked", null);
    assertFails(() -> insert.beforeHandBack(failure, true), FailureKind.TRANSIENT, true);
    assertThat(world.rows.countsAsked).isEqualTo(1);
  }

  @Test
  void certain_failure_is_handed_back_without_a_question() throws Exception {
    Insert insert = sent(0, 1);
    InsertException failure = answered(FailureKind.DENIED, 516);
    assertThat(insert.beforeHandBack(failure, false)).isSameAs(failure);
    assertThat(world.fenced).isEmpty();
    assertThat(world.rows.countsAsked).isZero();
  }

  @Test
  void rows_that_an_acknowledged_insert_lacks_are_looked_for_again_when_it_is_fenced()
      throws Exception {
    Insert insert = sent(0, 1);
    world.onFence = () -> world.rows.insert(1);
    world.rows.insert(0);
    insert.verify(true);
    assertThat(world.fenced).containsExactly(insert.token());
    assertThat(insert.missing(true)).isEmpty();
  }

  @Test
  void doubt_is_never_forgotten() throws Exception {
    Insert insert = sent(0, 1);
    assertThat(insert.beforeAttempt(true)).isTrue();
    world.rows.insert(0);
    insert.verify(false);
    assertThat(offsets(insert.missing(true))).containsExactly(1L);
    assertThat(insert.beforeAttempt(false)).isFalse();
    assertThat(world.rows.countsAsked).isEqualTo(5);
  }

  @Test
  void doubt_that_comes_with_the_verification_is_looked_into() throws Exception {
    Insert insert = sent(0, 1);
    world.rows.insert(0, 1);
    insert.verify(true);
    assertThat(insert.missing(false)).isEmpty();
  }

  @Test
  void attempt_knows_nothing_of_what_an_earlier_one_has_found() throws Exception {
    Insert insert = sent(0, 1);
    insert.verify(true);
    world.rows.fail(FailureKind.UNREACHABLE);
    assertFails(() -> insert.beforeAttempt(false), FailureKind.UNREACHABLE, true);
    assertThat(insert.missing(true)).isEmpty();
  }

  @Test
  void table_that_cannot_be_asked_leaves_it_open_what_is_there() throws Exception {
    Insert insert = sent(0, 1);
    world.rows.fail(FailureKind.UNREACHABLE);
    assertFails(() -> insert.verify(true), FailureKind.UNREACHABLE, true);
    world.rows.fail(FailureKind.DATA);
    assertFails(() -> insert.verify(true), FailureKind.PERMANENT, true);
  }

  @Test
  void nothing_is_sent_on_an_old_proof_when_another_task_has_taken_over() throws Exception {
    Insert insert = ready(0, 1);
    claimElsewhere();
    assertThat(insert.beforeAttempt(false)).isTrue();
    LastCheck lastCheck = insert.lastCheck().orElseThrow();
    lastCheck.run(); // what still goes is dropped by its token, or its session is closed
    world.time.advance(10_000);
    assertFails(lastCheck::run, FailureKind.TRANSIENT, false);
    assertThatThrownBy(lastCheck::run)
        .hasMessageStartingWith("not sent: ")
        .hasCauseInstanceOf(FencedException.class);
  }

  @Test
  void intent_of_a_fenced_task_is_never_sent() {
    claimElsewhere();
    Insert insert = begin(0, 1);
    world.background.runDue();
    assertFails(() -> insert.beforeAttempt(false), FailureKind.TRANSIENT, false);
    assertThatThrownBy(() -> insert.beforeAttempt(false))
        .hasMessageStartingWith("not sent: ")
        .hasCauseInstanceOf(FencedException.class);
    assertThat(insert.token()).isEmpty();
  }

  @Test
  void intent_is_asked_for_again_when_the_table_could_not_be_asked_what_it_had_before()
      throws Exception {
    world.rows.fail(FailureKind.UNREACHABLE);
    Insert insert = begin(0, 1);
    world.background.runDue();
    assertFails(() -> insert.beforeAttempt(false), FailureKind.UNREACHABLE, false);
    assertThat(insert.whenReady()).isNotDone();
    world.rows.failure = null;
    world.background.runDue();
    assertThat(insert.whenReady()).isCompleted();
    assertThat(insert.beforeAttempt(false)).isTrue();
  }

  @Test
  void state_that_cannot_be_written_stops_the_task() {
    world.cluster.transactionFailure = new TopicAuthorizationException("progress");
    Insert insert = begin(0, 1);
    world.background.runDue();
    assertThatThrownBy(() -> insert.beforeAttempt(false)).isInstanceOf(StateUnavailableError.class);
  }

  @Test
  void fault_that_does_not_pass_hands_the_batch_back() {
    world.rows.beforeAnswer =
        () -> {
          throw new IllegalStateException("a bug");
        };
    Insert insert = begin(0, 1);
    world.background.runDue();
    assertFails(() -> insert.beforeAttempt(false), FailureKind.PERMANENT, false);
    assertThatThrownBy(() -> insert.beforeAttempt(false)).hasMessage("not sent: a bug");
  }
}
