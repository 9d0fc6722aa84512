package dev.tributary.connect.sink.insert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.sink.batch.SmallBatches;
import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.clickhouse.FailureKind;
import dev.tributary.connect.sink.clickhouse.InsertException;
import dev.tributary.connect.sink.clickhouse.InsertRequest;
import dev.tributary.connect.sink.clickhouse.RetryPolicy;
import dev.tributary.connect.sink.clickhouse.StubClickHouse;
import dev.tributary.connect.util.ManualBackground;
import dev.tributary.connect.util.ManualTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class InsertSenderTest {

  private static final TopicPartition A = new TopicPartition("t", 0);
  private static final TopicPartition B = new TopicPartition("t", 1);
  private static final long BACKOFF_MS = 100;
  private static final long HOUR_MS = 3_600_000;

  private final ManualTime time = new ManualTime();
  private final ManualBackground background = new ManualBackground(time);

  /** What happens in the background, in its order. */
  private final List<String> events = new ArrayList<>();

  /** When each request was sent. */
  private final List<Long> sentMs = new ArrayList<>();

  private final Queue<StubInsert.Step> answers = new ArrayDeque<>();
  private boolean hasAnotherServer;
  private InsertSender sender = sender(-1);

  private InsertSender sender(long timeoutMs) {
    return new InsertSender(
        "task",
        new StubClickHouse() {
          @Override
          public void insert(InsertRequest request) throws InsertException {
            events.add("send");
            sentMs.add(time.milliseconds());
            StubInsert.Step answer = answers.poll();
            if (answer != null) {
              answer.run();
            }
          }

          @Override
          public boolean hasAnotherServer() {
            return hasAnotherServer;
          }
        },
        new RetryPolicy(BACKOFF_MS, 8 * BACKOFF_MS, timeoutMs),
        2,
        background.factory().start("insert", 2),
        time);
  }

  private static InsertException failure(FailureKind kind, boolean uncertain) {
    return InsertException.of(new ClickHouseException(kind, 0, kind.name(), null), uncertain);
  }

  private static StubInsert.Step fails(FailureKind kind) {
    return fails(failure(kind, false));
  }

  private static StubInsert.Step fails(InsertException failure) {
    return () -> {
      throw failure;
    };
  }

  private StubInsert insert(TopicPartition partition) {
    return new StubInsert(SmallBatches.of(partition, 1), events);
  }

  private StubInsert insert() {
    return insert(A);
  }

  /** Sends it and lets everything happen until it has ended. */
  private Outcome outcomeOf(StubInsert insert) {
    sender.send(insert);
    assertThat(sender.awaitOne(HOUR_MS)).isTrue();
    List<Outcome> outcomes = sender.takeOutcomes();
    assertThat(outcomes).hasSize(1);
    assertThat(outcomes.get(0).insert()).isSameAs(insert);
    assertThat(sender.isIdle()).isTrue();
    return outcomes.get(0);
  }

  private FailureKind failureKind(Outcome outcome) {
    return outcome.failure().orElseThrow().kind();
  }

  private long pauseMs(int retry) {
    return sentMs.get(retry) - sentMs.get(retry - 1);
  }

  @Test
  void batch_that_is_taken_at_once_is_sent_once_and_verified() {
    Outcome outcome = outcomeOf(insert());
    assertThat(outcome.failure()).isEmpty();
    assertThat(outcome.abandoned()).isFalse();
    assertThat(events).containsExactly("before", "send", "verify");
    assertThat(sender.isFailing()).isFalse();
  }

  @Test
  void batch_that_is_there_already_is_acknowledged_without_being_sent() {
    StubInsert insert = insert();
    insert.there = true;
    assertThat(outcomeOf(insert).failure()).isEmpty();
    assertThat(events).containsExactly("before");
  }

  @Test
  void passing_failure_is_retried_after_pauses_that_grow_to_the_longest() {
    for (int i = 0; i < 6; i++) {
      answers.add(fails(FailureKind.TRANSIENT));
    }
    assertThat(outcomeOf(insert()).failure()).isEmpty();
    assertThat(sentMs).hasSize(7);
    assertThat(pauseMs(1)).isBetween(50L, 100L);
    assertThat(pauseMs(2)).isBetween(100L, 200L);
    assertThat(pauseMs(3)).isBetween(200L, 400L);
    assertThat(pauseMs(4)).isBetween(400L, 800L);
    assertThat(pauseMs(6)).isBetween(400L, 800L);
  }

  @Test
  void nothing_is_sent_before_the_insert_is_ready() {
    StubInsert insert = insert();
    CompletableFuture<Void> ready = new CompletableFuture<>();
    insert.ready = ready;
    sender.send(insert);
    background.runDue();
    assertThat(events).isEmpty();
    ready.complete(null);
    background.runDue();
    assertThat(events).containsExactly("before", "send", "verify");
  }

  @Test
  void each_attempt_waits_again_and_one_that_never_gets_ready_is_tried_to_learn_why() {
    StubInsert insert = insert();
    CompletableFuture<Void> again = new CompletableFuture<>();
    answers.add(
        () -> {
          insert.ready = again;
          throw failure(FailureKind.TRANSIENT, false);
        });
    sender.send(insert);
    assertThat(sender.awaitOne(1_000)).isFalse();
    assertThat(events).containsExactly("before", "send");
    again.completeExceptionally(new IllegalStateException("no intent"));
    background.runDue();
    assertThat(events).containsExactly("before", "send", "before", "send", "verify");
  }

  @Test
  void doubt_that_one_attempt_has_left_stays_with_all_later_ones() {
    answers.add(fails(FailureKind.TRANSIENT));
    answers.add(fails(failure(FailureKind.UNREACHABLE, true)));
    answers.add(fails(FailureKind.TRANSIENT));
    assertThat(outcomeOf(insert()).failure()).isEmpty();
    assertThat(events)
        .containsExactly(
            "before",
            "send",
            "before",
            "send",
            "before uncertainly",
            "send",
            "before uncertainly",
            "send",
            "verify uncertainly");
  }

  @Test
  void doubt_about_a_batch_that_is_handed_back_is_verified() {
    answers.add(fails(failure(FailureKind.DATA, true)));
    assertThat(failureKind(outcomeOf(insert()))).isEqualTo(FailureKind.DATA);
    assertThat(events).containsExactly("before", "send", "hand back uncertainly");
  }

  @Test
  void acknowledgement_that_cannot_be_verified_is_not_one() {
    StubInsert insert =
        insert()
            .onVerify(
                fails(
                    InsertException.unverified(
                        new ClickHouseException(FailureKind.UNREACHABLE, 0, "away", null))));
    assertThat(outcomeOf(insert).failure()).isEmpty();
    assertThat(events)
        .containsExactly(
            "before", "send", "verify", "before uncertainly", "send", "verify uncertainly");
  }

  @Test
  void batch_is_handed_back_to_be_made_smaller_at_the_third_time_of_pressure() {
    for (int i = 0; i < 3; i++) {
      answers.add(fails(FailureKind.PRESSURE));
    }
    Outcome outcome = outcomeOf(insert());
    assertThat(failureKind(outcome)).isEqualTo(FailureKind.PRESSURE);
    assertThat(outcome.abandoned()).isFalse();
    assertThat(events)
        .containsExactly("before", "send", "before", "send", "before", "send", "hand back");
  }

  @Test
  void pressure_that_passes_hands_nothing_back() {
    answers.add(fails(FailureKind.PRESSURE));
    answers.add(fails(FailureKind.PRESSURE));
    assertThat(outcomeOf(insert()).failure()).isEmpty();
    assertThat(sentMs).hasSize(3);
  }

  @ParameterizedTest
  @EnumSource(
      value = FailureKind.class,
      names = {"UNREACHABLE", "TRANSIENT", "PRESSURE"},
      mode = EnumSource.Mode.EXCLUDE)
  void failure_that_no_retry_fixes_is_verified_and_handed_back_at_once(FailureKind kind) {
    answers.add(fails(kind));
    assertThat(failureKind(outcomeOf(insert()))).isEqualTo(kind);
    assertThat(events).containsExactly("before", "send", "hand back");
  }

  @Test
  void batch_is_not_handed_back_while_nobody_knows_what_of_it_is_there() {
    answers.add(fails(FailureKind.DATA));
    answers.add(fails(FailureKind.DATA));
    StubInsert insert = insert().onVerify(fails(FailureKind.UNREACHABLE));
    assertThat(failureKind(outcomeOf(insert))).isEqualTo(FailureKind.DATA);
    assertThat(events)
        .containsExactly("before", "send", "hand back", "before", "send", "hand back");
    assertThat(pauseMs(1)).isBetween(50L, 100L);
  }

  @Test
  void question_that_will_never_be_answered_is_why_the_batch_is_handed_back() {
    answers.add(fails(FailureKind.DATA));
    StubInsert insert = insert().onVerify(fails(FailureKind.DENIED));
    assertThat(failureKind(outcomeOf(insert))).isEqualTo(FailureKind.DENIED);
  }

  @Test
  void attempt_that_must_not_be_made_counts_as_one_that_failed() {
    StubInsert insert = insert().beforeAttempt(fails(FailureKind.TRANSIENT));
    assertThat(outcomeOf(insert).failure()).isEmpty();
    assertThat(events).containsExactly("before", "before", "send", "verify");
  }

  @Test
  void retry_timeout_ends_the_retries_and_not_a_moment_before() {
    sender = sender(1_000);
    StubInsert insert = insert();
    for (int i = 0; i < 3; i++) {
      answers.add(fails(FailureKind.TRANSIENT));
    }
    answers.add(
        () -> {
          time.advance(sentMs.get(0) + 999 - time.milliseconds());
          throw failure(FailureKind.TRANSIENT, false);
        });
    answers.add(fails(FailureKind.TRANSIENT));
    answers.add(fails(FailureKind.TRANSIENT));
    assertThat(failureKind(outcomeOf(insert))).isEqualTo(FailureKind.TRANSIENT);
    assertThat(sentMs).hasSize(5);
    assertThat(events).doesNotContain("verify");
  }

  @Test
  void retry_timeout_counts_from_when_the_batch_was_given_over() {
    sender = sender(1_000);
    StubInsert insert = insert();
    CompletableFuture<Void> ready = new CompletableFuture<>();
    insert.ready = ready;
    sender.send(insert);
    time.advance(1_000);
    ready.complete(null);
    answers.add(fails(FailureKind.TRANSIENT));
    background.runDue();
    assertThat(sender.takeOutcomes()).hasSize(1);
    assertThat(sentMs).hasSize(1);
  }

  @Test
  void pressure_that_is_given_up_is_verified_first_since_the_batch_continues_in_pieces() {
    sender = sender(0);
    answers.add(fails(FailureKind.PRESSURE));
    answers.add(fails(FailureKind.PRESSURE));
    StubInsert insert = insert().onVerify(fails(FailureKind.TRANSIENT));
    assertThat(failureKind(outcomeOf(insert))).isEqualTo(FailureKind.PRESSURE);
    assertThat(events)
        .containsExactly("before", "send", "hand back", "before", "send", "hand back");
  }

  @Test
  void later_failure_that_is_retried_is_not_handed_back_because_of_earlier_pressure() {
    for (int i = 0; i < 3; i++) {
      answers.add(fails(FailureKind.PRESSURE));
    }
    answers.add(fails(FailureKind.UNREACHABLE));
    StubInsert insert = insert().onVerify(fails(FailureKind.TRANSIENT));
    assertThat(outcomeOf(insert).failure()).isEmpty();
  }

  @Test
  void another_server_is_tried_without_a_pause() {
    hasAnotherServer = true;
    answers.add(fails(FailureKind.UNREACHABLE));
    assertThat(outcomeOf(insert()).failure()).isEmpty();
    assertThat(pauseMs(1)).isZero();
  }

  @Test
  void server_that_answers_is_not_taken_for_one_that_is_away() {
    hasAnotherServer = true;
    answers.add(fails(FailureKind.TRANSIENT));
    assertThat(outcomeOf(insert()).failure()).isEmpty();
    assertThat(pauseMs(1)).isBetween(50L, 100L);
  }

  @Test
  void only_server_is_tried_again_after_a_pause() {
    answers.add(fails(FailureKind.UNREACHABLE));
    assertThat(outcomeOf(insert()).failure()).isEmpty();
    assertThat(pauseMs(1)).isBetween(50L, 100L);
  }

  @Test
  void insert_abandoned_before_its_first_attempt_is_never_sent() {
    sender.send(insert());
    sender.abandon(batch -> true);
    Outcome outcome = sender.takeOutcomes().get(0);
    assertThat(outcome.abandoned()).isTrue();
    assertThat(outcome.failure().orElseThrow())
        .hasMessageContaining("not sent: its partitions have been revoked");
    background.runDue();
    assertThat(events).isEmpty();
  }

  @Test
  void insert_abandoned_between_two_attempts_ends_at_once_with_its_last_failure() {
    answers.add(fails(FailureKind.TRANSIENT));
    sender.send(insert());
    background.runDue();
    assertThat(sender.takeOutcomes()).isEmpty();
    sender.abandon(batch -> true);
    Outcome outcome = sender.takeOutcomes().get(0);
    assertThat(outcome.abandoned()).isTrue();
    assertThat(failureKind(outcome)).isEqualTo(FailureKind.TRANSIENT);
    time.advance(1_000);
    background.runDue();
    assertThat(sentMs).hasSize(1);
  }

  @Test
  void attempt_under_way_is_not_cut_off_and_tells_what_it_has_done() {
    answers.add(() -> sender.abandon(batch -> true));
    Outcome outcome = outcomeOf(insert());
    assertThat(outcome.failure()).isEmpty();
    assertThat(outcome.abandoned()).isTrue();
  }

  @Test
  void attempt_under_way_that_fails_after_it_was_abandoned_is_the_last_one() {
    answers.add(
        () -> {
          sender.abandon(batch -> true);
          throw failure(FailureKind.PRESSURE, true);
        });
    Outcome outcome = outcomeOf(insert());
    assertThat(failureKind(outcome)).isEqualTo(FailureKind.PRESSURE);
    assertThat(outcome.abandoned()).isTrue();
    assertThat(events).containsExactly("before", "send");
  }

  @Test
  void insert_abandoned_while_it_is_verified_is_not_sent_again() {
    answers.add(fails(FailureKind.DATA));
    StubInsert insert =
        insert()
            .onVerify(
                () -> {
                  sender.abandon(batch -> true);
                  throw failure(FailureKind.UNREACHABLE, false);
                });
    Outcome outcome = outcomeOf(insert);
    assertThat(failureKind(outcome)).isEqualTo(FailureKind.DATA);
    assertThat(outcome.abandoned()).isTrue();
    assertThat(sentMs).hasSize(1);
  }

  @Test
  void only_what_is_named_is_abandoned() {
    sender.send(insert(A));
    sender.send(insert(B));
    sender.abandon(batch -> batch.offsets().containsKey(B));
    background.runDue();
    assertThat(sender.takeOutcomes()).extracting(Outcome::abandoned).containsExactly(false, true);
    assertThat(sentMs).hasSize(1);
  }

  @Test
  void fault_of_our_own_before_an_attempt_surfaces_and_the_batch_stays_in_flight() {
    RuntimeException fault = new IllegalStateException("a bug");
    StubInsert insert =
        insert()
            .beforeAttempt(
                () -> {
                  throw fault;
                });
    sender.send(insert);
    background.runDue();
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> sender.takeOutcomes())
          .isInstanceOf(ConnectException.class)
          .hasCause(fault);
      assertThat(sender.inserts()).containsExactly(insert);
    }
  }

  @Test
  void failure_that_speaks_for_itself_surfaces_as_it_is() {
    ConnectException failure = new ConnectException("the state cannot be written");
    answers.add(
        () -> {
          throw failure;
        });
    sender.send(insert());
    background.runDue();
    assertThatThrownBy(() -> sender.takeOutcomes()).isSameAs(failure);
  }

  @Test
  void error_stops_the_task_as_an_error() {
    AssertionError error = new AssertionError("state");
    StubInsert insert =
        insert()
            .onVerify(
                () -> {
                  throw error;
                });
    sender.send(insert);
    background.runDue();
    assertThatThrownBy(() -> sender.takeOutcomes()).isSameAs(error);
    assertThat(sender.isIdle()).isFalse();
  }

  @Test
  void outcomes_before_a_fault_are_handed_over_first() {
    StubInsert good = insert(A);
    StubInsert bad =
        insert(B)
            .beforeAttempt(
                () -> {
                  throw new IllegalStateException("a bug");
                });
    sender.send(good);
    sender.send(bad);
    background.runDue();
    assertThat(sender.takeOutcomes()).extracting(Outcome::insert).containsExactly(good);
    assertThatThrownBy(() -> sender.takeOutcomes()).isInstanceOf(ConnectException.class);
    assertThat(sender.inserts()).containsExactly(bad);
  }

  @Test
  void outcomes_come_in_the_order_in_which_the_batches_were_sent() {
    StubInsert first = insert(A);
    StubInsert second = insert(B);
    answers.add(fails(FailureKind.TRANSIENT));
    sender.send(first);
    sender.send(second);
    assertThat(sender.awaitOne(HOUR_MS)).isTrue();
    assertThat(sender.takeOutcomes()).extracting(Outcome::insert).containsExactly(first, second);
  }

  @Test
  void outcome_need_not_wait_for_those_of_batches_sent_before() {
    answers.add(fails(FailureKind.TRANSIENT));
    StubInsert first = insert(A);
    StubInsert second = insert(B);
    sender.send(first);
    sender.send(second);
    background.runDue();
    assertThat(sender.takeOutcomes()).extracting(Outcome::insert).containsExactly(second);
    assertThat(sender.inserts()).containsExactly(first);
  }

  @Test
  void there_is_room_until_as_many_are_in_flight_as_may_be() {
    assertThat(sender.isIdle()).isTrue();
    sender.send(insert(A));
    assertThat(sender.isIdle()).isFalse();
    assertThat(sender.hasRoom()).isTrue();
    sender.send(insert(B));
    assertThat(sender.hasRoom()).isFalse();
    background.runDue();
    assertThat(sender.hasRoom()).isFalse(); // a batch is in flight until its outcome is taken
    assertThat(sender.takeOutcomes()).hasSize(2);
    assertThat(sender.hasRoom()).isTrue();
  }

  @Test
  void failing_is_what_it_does_from_the_first_failure_to_the_next_success() {
    answers.add(fails(FailureKind.TRANSIENT));
    sender.send(insert());
    background.runDue();
    assertThat(sender.isFailing()).isTrue();
    assertThat(sender.awaitOne(HOUR_MS)).isTrue();
    assertThat(sender.isFailing()).isFalse();
  }

  @Test
  void waiting_ends_when_the_time_is_up_or_there_is_nothing_to_wait_for() {
    assertThat(sender.awaitOne(1_000)).isTrue();
    StubInsert insert = insert();
    insert.ready = new CompletableFuture<>();
    sender.send(insert);
    long before = time.milliseconds();
    assertThat(sender.awaitOne(1_000)).isFalse();
    assertThat(time.milliseconds() - before).isEqualTo(1_000);
  }

  @Test
  void close_sends_nothing_more_and_ends_its_threads() {
    sender.send(insert());
    sender.close();
    background.runDue();
    assertThat(events).isEmpty();
    assertThat(sender.takeOutcomes()).extracting(Outcome::abandoned).containsExactly(true);
    assertThat(background.open()).isZero();
  }
}
