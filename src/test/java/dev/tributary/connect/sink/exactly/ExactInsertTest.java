package dev.tributary.connect.sink.exactly;

import static dev.tributary.connect.sink.exactly.ExactWorld.P0;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.sink.batch.SmallBatches;
import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.clickhouse.FailureKind;
import dev.tributary.connect.sink.clickhouse.FakeClickHouse;
import dev.tributary.connect.sink.clickhouse.InsertException;
import dev.tributary.connect.sink.clickhouse.InsertRequest.LastCheck;
import dev.tributary.connect.sink.insert.Delivery;
import dev.tributary.connect.sink.insert.Insert;
import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.progress.FencedException;
import dev.tributary.connect.sink.progress.Intent;
import dev.tributary.connect.sink.progress.TokenAge;
import dev.tributary.connect.state.StubMember;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The inserts that {@link ExactlyOnce} begins. */
class ExactInsertTest {

  private final ExactWorld world = new ExactWorld();
  private final ExactlyOnce delivery = world.delivery();

  ExactInsertTest() {
    delivery.opened(Map.of(P0, 0L));
    world.background.runDue();
    assertThat(delivery.work()).isEmpty();
    OffsetAndMetadata commit = delivery.commit(P0, new OffsetAndMetadata(0)).orElseThrow();
    world.commit(P0, 0, commit.metadata());
    world.pass(50);
    assertThat(delivery.isReady(P0)).isTrue();
  }

  @AfterEach
  void close() {
    world.close();
  }

  private Insert begin(long... offsets) {
    return delivery.begin(SmallBatches.of(P0, offsets));
  }

  private Insert ready(long... offsets) {
    Insert insert = begin(offsets);
    world.background.runDue();
    assertThat(insert.whenReady()).isCompleted();
    return insert;
  }

  /** One whose rows were sent without an answer. */
  private Insert sent(long... offsets) throws InsertException {
    Insert insert = ready(offsets);
    assertThat(insert.beforeAttempt(false)).isTrue();
    return insert;
  }

  private static List<Long> offsets(List<SinkRecord> records) {
    return records.stream().map(SinkRecord::originalKafkaOffset).toList();
  }

  /** The open intents that another task finds when it claims the partition. */
  private Map<Intent, OffsetSet> openIntents() {
    return world.done(world.claims().claim(P0, 0)).restored().intents();
  }

  private void claimElsewhere() {
    world.done(world.claims().claim(P0, 0));
  }

  private static void assertFails(ThrowingCallable call, FailureKind kind, boolean uncertain) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            InsertException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(kind);
              assertThat(e.isUncertain()).isEqualTo(uncertain);
            });
  }

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
  void stored_insert_is_repeated_for_the_views_while_its_token_is_surely_known() throws Exception {
    world.addView();
    Insert insert = sent(0, 1);
    world.rows.insert(0, 1);
    assertThat(insert.beforeAttempt(true)).isTrue();
    assertThat(offsets(insert.missing(false))).containsExactly(0L, 1L); // the views may lack them
    assertThat(insert.missing(true)).isEmpty();
    world.tokensAreKnown = false;
    assertFails(() -> insert.beforeAttempt(true), FailureKind.VIEW, true);
    assertThatThrownBy(() -> insert.beforeAttempt(true))
        .hasMessageContaining("INSERT INTO the view's target")
        .hasMessageContaining("set the offset of t-0 to 2");
  }

  @Test
  void stored_insert_is_not_repeated_when_no_view_reads_the_table_any_more() throws Exception {
    world.addView();
    Insert insert = sent(0, 1);
    world.rows.insert(0, 1);
    world.views.clear();
    assertThat(insert.beforeAttempt(true)).isFalse();
    assertThat(insert.missing(true)).isEmpty();
  }

  @Test
  void unanswered_insert_that_is_not_stored_keeps_its_token_when_views_read_the_table()
      throws Exception {
    world.addView();
    Insert insert = sent(0, 1);
    assertThat(insert.beforeAttempt(true)).isTrue(); // a view may have its rows already
    assertThat(world.fenced).isEmpty();
  }

  @Test
  void partly_stored_insert_is_repeated_as_a_whole_when_views_read_the_table() throws Exception {
    world.addView();
    Insert insert = sent(0, 1);
    world.rows.insert(0);
    assertThat(insert.beforeAttempt(true)).isTrue();
    assertFails(
        () -> insert.beforeHandBack(answered(FailureKind.PRESSURE, 241), true),
        FailureKind.TRANSIENT,
        true);
    assertThat(offsets(insert.missing(false))).containsExactly(0L, 1L);
  }

  private static InsertException answered(FailureKind kind, int code) {
    return InsertException.of(new ClickHouseException(kind, code, "answered", null), true);
  }

  @Test
  void error_of_a_view_fails_the_task_and_takes_no_row_for_missing_or_done() throws Exception {
    world.addView();
    Insert insert = sent(0, 1);
    world.rows.insert(0, 1);
    InsertException handedBack = insert.beforeHandBack(answered(FailureKind.DATA, 395), true);
    assertThat(handedBack.kind()).isEqualTo(FailureKind.VIEW);
    assertThat(handedBack.code()).isEqualTo(395);
    assertThat(offsets(insert.missing(false))).containsExactly(0L, 1L);
    assertThat(openIntents())
        .hasSize(1)
        .allSatisfy((intent, stored) -> assertThat(stored).isEqualTo(OffsetSet.EMPTY));
  }

  @Test
  void view_that_is_newer_than_the_insert_is_owed_by_the_record() throws Exception {
    Insert insert = sent(0, 1);
    world.rows.insert(0, 1);
    world.addView();
    assertThat(insert.beforeHandBack(answered(FailureKind.DATA, 395), true).kind())
        .isEqualTo(FailureKind.VIEW);
    assertThat(openIntents().keySet())
        .extracting(Intent::tokenAge)
        .containsExactly(Optional.of(TokenAge.UNKNOWN));
  }

  @Test
  void error_of_the_table_itself_is_handed_back_as_it_is() throws Exception {
    world.addView();
    Insert insert = sent(0, 1);
    InsertException failure = answered(FailureKind.DATA, 469);
    assertThat(insert.beforeHandBack(failure, true)).isSameAs(failure);
    assertThat(offsets(insert.missing(false))).containsExactly(0L, 1L);
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

  @Test
  void stored_batch_is_no_longer_an_open_intent_once_the_next_one_is_written() throws Exception {
    Insert stored = sent(0, 1);
    world.rows.insert(0, 1);
    stored.stored();
    ready(2, 3);
    assertThat(openIntents().keySet())
        .extracting(Intent::offsets)
        .containsExactly(OffsetSet.of(2, 3));
  }

  @Test
  void pieces_take_the_place_of_their_batch_each_under_a_token_of_its_own() throws Exception {
    Insert insert = sent(0, 1, 2, 3);
    List<Insert> pieces =
        insert.replacedBy(List.of(SmallBatches.of(P0, 0, 1), SmallBatches.of(P0, 2, 3)));
    world.background.runDue();
    assertThat(pieces.get(0).beforeAttempt(false)).isTrue();
    assertThat(pieces.get(1).beforeAttempt(false)).isTrue();
    assertThat(List.of(insert.token(), pieces.get(0).token(), pieces.get(1).token()))
        .doesNotHaveDuplicates();
    assertThat(openIntents().keySet())
        .extracting(Intent::offsets)
        .containsExactly(OffsetSet.of(0, 1), OffsetSet.of(2, 3));
  }

  @Test
  void rest_of_a_batch_continues_under_another_token_and_its_stored_rows_are_done()
      throws Exception {
    Insert insert = sent(0, 1, 2);
    world.rows.insert(0, 1);
    insert.verify(true);
    List<Insert> rest = insert.replacedBy(List.of(SmallBatches.of(P0, 2)));
    world.background.runDue();
    assertThat(rest.get(0).beforeAttempt(false)).isTrue();
    assertThat(rest.get(0).token()).isNotEqualTo(insert.token());
    assertThat(openIntents().keySet()).extracting(Intent::offsets).containsExactly(OffsetSet.of(2));
  }

  @Test
  void batch_that_was_given_up_leaves_no_intent() throws Exception {
    assertThat(sent(0).replacedBy(List.of())).isEmpty();
    ready(1);
    assertThat(openIntents().keySet()).extracting(Intent::offsets).containsExactly(OffsetSet.of(1));
  }

  @Test
  void pieces_of_a_batch_that_was_never_announced_are_announced_themselves() throws Exception {
    Insert insert = begin(0, 1);
    List<Insert> pieces = insert.replacedBy(List.of(SmallBatches.of(P0, 0)));
    world.background.runDue();
    assertThat(pieces.get(0).beforeAttempt(false)).isTrue();
  }

  /** A next owner's inserts of what this one had announced, in batches of one record each. */
  private List<Insert> successors(long... offsets) {
    ready(offsets);
    world.rebuilt =
        records -> records.stream().map(record -> SmallBatches.of(List.of(record))).toList();
    ExactlyOnce next = world.delivery();
    next.opened(Map.of(P0, 0L));
    world.background.runDue();
    assertThat(next.work()).isEmpty();
    for (long offset : offsets) {
      assertThat(next.admit(SmallBatches.record(P0, offset), SmallBatches.TABLE.id()))
          .isEqualTo(Delivery.Admission.KEEP);
    }
    List<Insert> inserts = next.work();
    world.background.runDue();
    return inserts;
  }

  @Test
  void pieces_of_a_previous_owner_are_sent_when_its_insert_is_fenced_and_nothing_of_it_arrived()
      throws Exception {
    List<Insert> pieces = successors(0, 1);
    assertThat(world.rows.fenced).hasSize(1);
    assertThat(pieces.get(0).beforeAttempt(false)).isTrue();
    assertThat(pieces.get(1).beforeAttempt(false)).isTrue();
  }

  @Test
  void piece_of_a_previous_owner_that_arrived_before_it_was_fenced_is_not_sent() throws Exception {
    world.rows.onFence = () -> world.rows.insert(0);
    List<Insert> pieces = successors(0, 1);
    assertThat(pieces.get(0).beforeAttempt(false)).isFalse();
    assertThat(pieces.get(0).missing(true)).isEmpty();
    assertThat(pieces.get(1).beforeAttempt(false)).isTrue();
  }

  @Test
  void batch_of_a_partition_that_is_gone_is_its_next_owners() throws Exception {
    Insert insert = sent(0, 1);
    delivery.closed(List.of(P0));
    insert.stored();
    assertThat(insert.replacedBy(List.of(SmallBatches.of(P0, 0)))).isEmpty();
    world.background.runDue();
    assertThat(openIntents().keySet())
        .extracting(Intent::offsets)
        .containsExactly(OffsetSet.of(0, 1));
  }
}
