package dev.tributary.connect.sink.exactly;

import static dev.tributary.connect.kafka.WatchedCluster.once;
import static dev.tributary.connect.sink.exactly.ExactWorld.P0;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.sink.batch.SmallBatches;
import dev.tributary.connect.sink.clickhouse.FailureKind;
import dev.tributary.connect.sink.exactly.OwnedPartition.Claimed;
import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.progress.FencedException;
import dev.tributary.connect.sink.progress.Intent;
import dev.tributary.connect.sink.progress.ProgressWriter;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A claim that is released at any of its steps does nothing from then on. */
class CancelledClaimsTest {

  private static final TopicPartition P1 = new TopicPartition("t", 1);

  private final ExactWorld world = new ExactWorld();
  private final PartitionClaims claims = world.claims();

  @AfterEach
  void close() {
    world.close();
  }

  /** A claim of P0, and a hook that releases it the first time that it runs. */
  private CompletableFuture<Claimed> claim = new CompletableFuture<>();

  private Runnable claimAndRelease() {
    claim = claims.claim(P0, 7);
    return once(() -> claims.release(claim));
  }

  private CompletableFuture<List<Intent>> intend(ProgressWriter progress, long... offsets) {
    return progress.intend(
        SmallBatches.TABLE.id(), List.of(OffsetSet.of(offsets)), Optional.empty());
  }

  /** A partition with inserts that its owner has announced before it went. */
  private void leaveIntents(int count) {
    PartitionClaims earlier = world.claims();
    Claimed claimed = world.claim(earlier, P0, 7);
    for (int i = 0; i < count; i++) {
      var unused = intend(claimed.progress(), 7 + i);
      world.background.runDue();
    }
    earlier.close();
  }

  private int progressRecords() {
    return world.cluster.log("progress", 0).size();
  }

  @Test
  void claim_released_before_its_turn_asks_nobody() {
    int[] described = new int[1];
    world.cluster.beforeDescribe = () -> described[0]++;
    claimAndRelease().run();
    world.pass(60_000);
    assertThat(claim).isCancelled();
    assertThat(described[0]).isZero();
    assertThat(world.cluster.transactionalProducers).isZero();
  }

  @Test
  void claim_released_while_the_topic_is_prepared_does_not_look_at_its_source() {
    Runnable release = claimAndRelease();
    int[] described = new int[1];
    world.cluster.beforeDescribe =
        () -> {
          described[0]++;
          release.run();
        };
    world.background.runDue();
    assertThat(described[0]).isEqualTo(2); // the progress topic, before and after it is created
    assertThat(world.cluster.transactionalProducers).isZero();
  }

  @Test
  void claim_released_before_it_fences_fences_nobody() {
    world.claim(claims, P1, 0); // the progress topic is prepared
    world.cluster.beforeDescribe = claimAndRelease();
    world.background.runDue();
    assertThat(claim).isCancelled();
    assertThat(world.cluster.transactionalProducers).isEqualTo(1);
  }

  @Test
  void claim_released_before_it_takes_a_kept_record_leaves_it_kept() {
    claims.release(completed(claims.claim(P0, 7)));
    world.cluster.beforeDescribe = claimAndRelease();
    world.background.runDue();
    assertThat(world.cluster.producersClosed).hasValue(0);
    assertThat(completed(claims.claim(P0, 7))).isCompleted();
    assertThat(world.cluster.transactionalProducers).isEqualTo(1);
  }

  private CompletableFuture<Claimed> completed(CompletableFuture<Claimed> one) {
    world.done(one);
    return one;
  }

  @Test
  void claim_released_while_it_fences_closes_its_producer_and_starts_no_other() {
    world.cluster.beforeFencing = claimAndRelease();
    world.background.runDue();
    world.pass(60_000);
    assertThat(claim).isCancelled();
    assertThat(world.cluster.transactionalProducers).isEqualTo(1);
    assertThat(world.cluster.producersClosed).hasValue(1);
    assertThat(world.cluster.commitsAsked).isZero();
  }

  @Test
  void claim_released_while_kafka_is_away_fences_nobody_when_it_is_back() {
    Runnable release = claimAndRelease();
    int[] tries = new int[1];
    world.cluster.beforeFencing =
        () -> {
          if (++tries[0] == 3) {
            release.run();
          }
          throw new TimeoutException("away");
        };
    world.background.runDue();
    world.pass(60_000);
    assertThat(tries[0]).isEqualTo(3);
    assertThat(world.cluster.producersClosed).hasValue(world.cluster.transactionalProducers);
  }

  @Test
  void claim_released_once_it_has_fenced_writes_nothing_and_its_record_is_kept() {
    world.cluster.beforeCommits = claimAndRelease();
    world.background.runDue();
    assertThat(claim).isCancelled();
    assertThat(progressRecords()).isZero();
    assertThat(world.cluster.producersClosed).hasValue(0);
    Claimed again = world.done(claims.claim(P0, 7));
    assertThat(again.progress().isFenced()).isFalse();
    assertThat(world.cluster.transactionalProducers).isEqualTo(1);
    assertThat(progressRecords()).isEqualTo(1);
  }

  @Test
  void claim_released_during_its_write_does_not_repeat_it() {
    Runnable release = claimAndRelease();
    world.cluster.beforeWrite =
        () -> {
          release.run();
          throw new TimeoutException("no answer");
        };
    world.background.runDue();
    assertThat(claim).isCancelled();
    assertThat(progressRecords()).isZero();
    assertThat(world.cluster.transactionalProducers).isEqualTo(1);
    assertThat(world.cluster.producersClosed).hasValue(1);
    assertThatNothingIsLeftToDo();
  }

  private void assertThatNothingIsLeftToDo() {
    world.time.advance(60_000);
    assertThat(world.background.runNext()).as("anything is left to do").isFalse();
  }

  @Test
  void claim_released_while_another_task_claims_at_the_same_time_does_not_claim_again() {
    world.cluster.beforeCommits = once(() -> world.done(world.claims().claim(P0, 7)));
    claim = claims.claim(P0, 7);
    world.background.runDue();
    assertThat(claim).isNotDone();
    claims.release(claim);
    world.pass(60_000);
    assertThat(world.cluster.transactionalProducers).isEqualTo(2);
  }

  @Test
  void claim_released_between_two_queries_makes_no_other() {
    leaveIntents(2);
    world.rows.beforeAnswer = claimAndRelease();
    world.background.runDue();
    world.pass(60_000);
    assertThat(claim).isCancelled();
    assertThat(world.rows.countsAsked).isEqualTo(1);
  }

  @Test
  void claim_released_during_a_query_that_fails_does_not_repeat_it() {
    leaveIntents(1);
    world.rows.fail(FailureKind.UNREACHABLE);
    world.rows.beforeAnswer = claimAndRelease();
    world.background.runDue();
    assertThat(world.rows.countsAsked).isEqualTo(1);
    assertThatNothingIsLeftToDo();
  }

  @Test
  void claim_released_while_a_table_is_away_queries_no_longer_and_keeps_its_record() {
    leaveIntents(1);
    int before = world.cluster.transactionalProducers;
    world.rows.fail(FailureKind.UNREACHABLE);
    claim = claims.claim(P0, 7);
    world.background.runDue();
    world.pass(1_000);
    int asked = world.rows.countsAsked;
    claims.release(claim);
    world.rows.failure = null;
    world.pass(60_000);
    assertThat(claim).isCancelled();
    assertThat(world.rows.countsAsked).isEqualTo(asked);
    assertThat(world.done(claims.claim(P0, 7)).restored().intents()).hasSize(1);
    assertThat(world.cluster.transactionalProducers).isEqualTo(before + 1);
  }

  @Test
  void next_owner_stays_owner_when_a_released_claim_had_to_wait() {
    leaveIntents(1);
    world.rows.fail(FailureKind.UNREACHABLE);
    CompletableFuture<Claimed> running = claims.claim(P0, 7);
    world.background.runDue();
    CompletableFuture<Claimed> queued = claims.claim(P1, 0);
    claims.release(running);
    claims.release(queued);
    world.rows.failure = null;
    PartitionClaims next = world.claims();
    CompletableFuture<Claimed> first = next.claim(P0, 7);
    CompletableFuture<Claimed> second = next.claim(P1, 0);
    world.pass(60_000);
    assertThat(intended(first)).isCompleted();
    assertThat(intended(second)).isCompleted();
  }

  private CompletableFuture<List<Intent>> intended(CompletableFuture<Claimed> one) {
    CompletableFuture<List<Intent>> intents = intend(one.join().progress(), 9);
    world.background.runDue();
    return intents;
  }

  @Test
  void owner_released_during_a_write_does_not_repeat_it_and_fences_nobody() {
    claim = completed(claims.claim(P0, 7));
    ProgressWriter progress = claim.join().progress();
    CompletableFuture<List<Intent>> intents = intend(progress, 7);
    world.cluster.beforeWrite =
        () -> {
          claims.release(claim);
          throw new TimeoutException("no answer");
        };
    world.background.runDue();
    world.pass(60_000);
    assertThatThrownBy(intents::join).hasCauseInstanceOf(FencedException.class);
    assertThat(progress.isFenced()).isTrue();
    assertThat(world.cluster.transactionalProducers).isEqualTo(1);
    assertThat(world.cluster.producersClosed).hasValue(1);
  }

  @Test
  void owner_released_between_the_queries_for_its_intents_makes_no_other() {
    claim = completed(claims.claim(P0, 7));
    ProgressWriter progress = claim.join().progress();
    world.rows.beforeAnswer = () -> claims.release(claim);
    world.rows.insert(100);
    CompletableFuture<List<Intent>> intents = intend(progress, 7); // needs ceiling and counts
    world.background.runDue();
    assertThat(intents).isCompletedExceptionally();
    assertThat(world.rows.ceilingsAsked).isEqualTo(1);
    assertThat(world.rows.countsAsked).isZero();
    assertThat(progressRecords()).isEqualTo(1);
  }

  @Test
  void owner_that_is_released_may_insert_nothing_more() throws Exception {
    claim = completed(claims.claim(P0, 7));
    ProgressWriter progress = claim.join().progress();
    progress.confirm();
    claims.release(claim);
    assertThatThrownBy(progress::confirm).isInstanceOf(FencedException.class);
  }

  @Test
  void commit_of_a_released_partition_is_looked_for_no_longer() {
    claim = completed(claims.claim(P0, 7));
    CompletableFuture<Void> committed = claims.whenCommitted(claim);
    world.pass(50);
    int asked = world.cluster.commitsAsked;
    claims.release(claim);
    world.pass(60_000);
    assertThat(world.cluster.commitsAsked).isEqualTo(asked);
    assertThat(committed).isNotDone();
    assertThat(claims.whenCommitted(claim)).isNotDone();
    world.pass(60_000);
    assertThat(world.cluster.commitsAsked).isEqualTo(asked);
  }

  @Test
  void commit_of_a_new_epoch_is_found() {
    claim = completed(claims.claim(P0, 7));
    CompletableFuture<Void> committed = claims.whenCommitted(claim);
    world.pass(50);
    assertThat(committed).isNotDone();
    world.commit(P0, 7, claim.join().progress().metadata());
    world.pass(100);
    assertThat(committed).isCompleted();
  }

  @Test
  void claim_during_which_its_task_ends_owns_nothing() {
    claim = claims.claim(P0, 7);
    world.cluster.beforeCommits = once(claims::close);
    world.background.runDue();
    assertThat(claim).isCancelled();
    assertThat(progressRecords()).isZero();
    assertThat(world.cluster.producersClosed).hasValue(1);
  }

  @Test
  void claim_during_whose_fencing_its_task_ends_closes_its_producer() {
    claim = claims.claim(P0, 7);
    world.cluster.beforeProducer = once(claims::close);
    world.background.runDue();
    assertThat(claim).isCancelled();
    assertThat(world.cluster.producersClosed).hasValue(1);
    assertThat(progressRecords()).isZero();
  }
}
