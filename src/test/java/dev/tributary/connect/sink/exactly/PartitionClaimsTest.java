package dev.tributary.connect.sink.exactly;

import static dev.tributary.connect.kafka.WatchedCluster.once;
import static dev.tributary.connect.sink.exactly.ExactWorld.P0;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.sink.batch.SmallBatches;
import dev.tributary.connect.sink.clickhouse.FailureKind;
import dev.tributary.connect.sink.exactly.OwnedPartition.Claimed;
import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.progress.DoneOffsets;
import dev.tributary.connect.sink.progress.Intent;
import dev.tributary.connect.sink.progress.ProgressWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PartitionClaimsTest {

  private final ExactWorld world = new ExactWorld();
  private final PartitionClaims claims = world.claims();

  @AfterEach
  void close() {
    world.close();
  }

  private CompletableFuture<Claimed> begin() {
    CompletableFuture<Claimed> claim = claims.claim(P0, 7);
    world.background.runDue();
    return claim;
  }

  private Intent intend(ProgressWriter progress, long... offsets) {
    CompletableFuture<List<Intent>> intents =
        progress.intend(SmallBatches.TABLE.id(), List.of(OffsetSet.of(offsets)), Optional.empty());
    world.background.runDue();
    return intents.join().get(0);
  }

  /** A partition with an insert that its owner has announced before it went. */
  private Intent leaveIntent(long... offsets) {
    PartitionClaims earlier = world.claims();
    Claimed claimed = world.claim(earlier, P0, 7);
    Intent intent = intend(claimed.progress(), offsets);
    earlier.close();
    return intent;
  }

  @Test
  void new_partition_starts_a_new_epoch_where_the_framework_is() {
    Claimed claimed = begin().join();
    assertThat(claimed.position()).isEqualTo(7);
    assertThat(claimed.rewound()).isFalse();
    assertThat(claimed.restored().newEpoch()).isTrue();
    assertThat(claimed.restored().intents()).isEmpty();
    assertThat(claimed.restored().doneOffsets()).isEqualTo(DoneOffsets.NONE);
    assertThat(world.cluster.describe("progress")).isPresent();
    assertThat(world.rows.countsAsked).isZero();
  }

  @Test
  void claim_does_not_run_on_the_thread_that_asks_for_it() {
    CompletableFuture<Claimed> claim = claims.claim(P0, 7);
    assertThat(claim).isNotDone();
    assertThat(world.cluster.transactionalProducers).isZero();
  }

  @Test
  void
      partition_whose_metadata_was_committed_resumes_with_its_open_intents_and_their_stored_rows() {
    Intent intent = leaveIntent(7, 8, 9);
    world.rows.insert(8);
    Claimed claimed = begin().join();
    assertThat(claimed.restored().newEpoch()).isFalse();
    assertThat(claimed.restored().intents()).containsOnlyKeys(intent);
    assertThat(claimed.restored().intents()).containsEntry(intent, OffsetSet.of(8));
  }

  @Test
  void offset_without_our_metadata_is_a_new_start() {
    leaveIntent(7, 8, 9);
    world.commit(P0, 3, "");
    Claimed claimed = begin().join();
    assertThat(claimed.restored().newEpoch()).isTrue();
    assertThat(claimed.restored().intents()).isEmpty();
    assertThat(claimed.rewound()).isFalse();
  }

  @Test
  void offset_of_a_deleted_topic_of_that_name_is_no_position_in_the_new_one() {
    world.commit(P0, 100, "tributary:1:" + Uuid.randomUuid() + ":5");
    Claimed claimed = world.done(claims.claim(P0, 100));
    assertThat(claimed.rewound()).isTrue();
    assertThat(claimed.position()).isZero();
    assertThat(claimed.restored().newEpoch()).isTrue();
  }

  @Test
  void topic_that_is_in_another_cluster_than_the_state_stops_the_task() {
    CompletableFuture<Claimed> claim = claims.claim(new TopicPartition("elsewhere", 0), 0);
    world.background.runDue();
    assertThatThrownBy(claim::join)
        .hasCauseInstanceOf(StateUnavailableError.class)
        .hasMessageContaining("Topic 'elsewhere' is not in the Kafka cluster of the state")
        .hasMessageContaining("'state.bootstrap.servers'");
    assertThat(world.cluster.transactionalProducers).isZero();
  }

  @Test
  void kafka_that_fails_fails_the_claim_and_says_of_what() {
    world.cluster.beforeCommits =
        () -> {
          throw new TimeoutException("no coordinator");
        };
    assertThatThrownBy(begin()::join)
        .hasCauseInstanceOf(ConnectException.class)
        .hasMessageContaining("t-0 cannot be claimed, Kafka says: no coordinator");
    assertThat(world.cluster.producersClosed).hasValue(1);
  }

  @Test
  void progress_topic_is_prepared_once_a_task() {
    int[] described = new int[1];
    world.cluster.beforeDescribe = () -> described[0]++;
    world.claim(claims, P0, 0);
    int first = described[0];
    world.claim(claims, new TopicPartition("t", 1), 0);
    assertThat(described[0] - first).isEqualTo(1); // the source topic alone
  }

  @Test
  void partition_that_comes_back_continues_under_its_record_and_fences_nobody() {
    CompletableFuture<Claimed> first = begin();
    world.commit(P0, 7, first.join().progress().metadata());
    claims.release(first);
    world.background.runDue();
    Claimed again = begin().join();
    assertThat(world.cluster.transactionalProducers).isEqualTo(1);
    assertThat(world.cluster.producersClosed).hasValue(0);
    assertThat(again.restored().newEpoch()).isFalse();
    intend(again.progress(), 7); // and can write
    assertThat(first.join().progress().isFenced()).isTrue();
  }

  @Test
  void record_that_had_another_owner_meanwhile_is_opened_again() {
    CompletableFuture<Claimed> first = begin();
    world.commit(P0, 7, first.join().progress().metadata());
    claims.release(first);
    world.background.runDue();
    Claimed other = world.claim(world.claims(), P0, 7);
    intend(other.progress(), 7, 8);
    Claimed again = begin().join();
    assertThat(world.cluster.transactionalProducers).isEqualTo(3);
    assertThat(world.cluster.producersClosed).hasValue(1);
    assertThat(again.restored().intents()).hasSize(1);
    assertThatThrownBy(() -> intend(other.progress(), 9))
        .hasMessageContaining("another task has claimed it");
  }

  @Test
  void record_with_a_new_epoch_of_a_later_owner_is_not_taken_for_one_that_is_lost() {
    CompletableFuture<Claimed> first = begin(); // gone before its metadata was committed
    claims.release(first);
    world.background.runDue();
    intend(world.claim(world.claims(), P0, 7).progress(), 7, 8);
    Claimed again = begin().join();
    assertThat(again.restored().newEpoch()).isFalse();
    assertThat(again.restored().intents()).hasSize(1);
  }

  @Test
  void record_of_a_fenced_owner_is_not_kept() {
    CompletableFuture<Claimed> first = begin();
    world.commit(P0, 7, first.join().progress().metadata());
    world.claim(world.claims(), P0, 7);
    assertThatThrownBy(() -> intend(first.join().progress(), 7)).isNotNull();
    claims.release(first);
    world.background.runDue();
    begin().join();
    assertThat(world.cluster.transactionalProducers).isEqualTo(3);
  }

  @Test
  void two_tasks_that_claim_at_once_do_not_fence_each_other_without_end() {
    world.cluster.beforeCommits = once(() -> world.done(world.claims().claim(P0, 7)));
    CompletableFuture<Claimed> claim = begin();
    world.pass(4_999);
    assertThat(claim).isNotDone();
    assertThat(world.cluster.transactionalProducers).isEqualTo(2);
    world.pass(1);
    assertThat(claim).isCompleted();
    assertThat(world.cluster.transactionalProducers).isEqualTo(3);
  }

  @Test
  void table_that_is_away_is_asked_again_with_pauses_that_grow_to_five_seconds() {
    leaveIntent(7, 8);
    List<Long> asked = new ArrayList<>();
    world.rows.beforeAnswer = () -> asked.add(world.time.milliseconds());
    world.rows.fail(FailureKind.UNREACHABLE);
    CompletableFuture<Claimed> claim = begin();
    for (int i = 0; i < 200; i++) {
      world.pass(100);
    }
    assertThat(claim).isNotDone();
    List<Long> pauses = new ArrayList<>();
    for (int i = 1; i < asked.size(); i++) {
      pauses.add(asked.get(i) - asked.get(i - 1));
    }
    assertThat(pauses).startsWith(200L, 400L, 800L, 1_600L, 3_200L, 5_000L, 5_000L);
    world.rows.failure = null;
    world.rows.insert(7);
    world.pass(5_000);
    assertThat(claim.join().restored().intents()).containsValue(OffsetSet.of(7));
    assertThat(world.cluster.transactionalProducers).isEqualTo(2);
  }

  @Test
  void table_that_may_not_be_asked_fails_the_claim() {
    leaveIntent(7, 8);
    world.rows.fail(FailureKind.DENIED);
    assertThatThrownBy(begin()::join)
        .hasCauseInstanceOf(ConnectException.class)
        .hasMessageContaining(
            "open inserts from t-0 could not be looked up in their tables: the table");
  }

  @Test
  void fault_while_a_table_is_asked_again_fails_the_claim_and_is_not_lost() {
    leaveIntent(7, 8);
    world.rows.fail(FailureKind.UNREACHABLE);
    CompletableFuture<Claimed> claim = begin();
    IllegalStateException fault = new IllegalStateException("a bug");
    world.rows.beforeAnswer =
        () -> {
          throw fault;
        };
    world.pass(200);
    assertThatThrownBy(claim::join).hasCause(fault);
  }

  @Test
  void at_most_64_records_are_kept_open() {
    List<CompletableFuture<Claimed>> all = new ArrayList<>();
    for (int partition = 0; partition < 65; partition++) {
      all.add(claims.claim(new TopicPartition("t", partition), 0));
    }
    world.background.runDue();
    all.forEach(claims::release);
    world.background.runDue();
    assertThat(world.cluster.producersClosed).hasValue(1);
    claims.close();
    assertThat(world.cluster.producersClosed).hasValue(65);
  }

  @Test
  void close_ends_every_ownership_and_closes_every_record() {
    CompletableFuture<Claimed> kept = begin();
    claims.release(kept);
    world.background.runDue();
    Claimed held = world.claim(claims, new TopicPartition("t", 1), 0);
    CompletableFuture<Claimed> givenUp = claims.claim(new TopicPartition("t", 2), 0);
    world.background.runDue();
    claims.release(givenUp);
    int open = world.background.open();
    claims.close();
    assertThat(held.progress().isFenced()).isTrue();
    assertThat(world.cluster.producersClosed).hasValue(3);
    assertThat(world.background.open()).isEqualTo(open - 1);
  }
}
