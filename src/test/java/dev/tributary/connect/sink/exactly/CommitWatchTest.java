package dev.tributary.connect.sink.exactly;

import static dev.tributary.connect.kafka.WatchedCluster.once;
import static dev.tributary.connect.sink.exactly.ExactWorld.P0;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CommitWatchTest {

  private static final TopicPartition P1 = new TopicPartition("t", 1);

  private final ExactWorld world = new ExactWorld();
  private final CommitWatch watch =
      new CommitWatch(
          world.cluster, ExactWorld.GROUP, world.background.factory().start("watch", 1));

  @AfterEach
  void close() {
    world.close();
  }

  /** When it looked, in milliseconds from now on. */
  private List<Long> looks(long forMs) {
    List<Long> looks = new ArrayList<>();
    long start = world.time.milliseconds();
    world.cluster.beforeCommits = () -> looks.add(world.time.milliseconds() - start);
    for (long ms = 0; ms < forMs; ms += 10) {
      world.pass(10);
    }
    return looks;
  }

  @Test
  void commit_is_looked_for_until_it_carries_the_metadata() {
    CompletableFuture<Void> committed = watch.whenCommitted(P0, "mine");
    world.pass(50);
    world.commit(P0, 7, "someone's");
    world.pass(100);
    assertThat(committed).isNotDone();
    world.commit(P0, 7, "mine");
    world.pass(199);
    assertThat(committed).isNotDone();
    world.pass(1);
    assertThat(committed).isCompleted();
    assertThat(looks(5_000)).isEmpty();
  }

  @Test
  void pauses_grow_to_a_second() {
    var unused = watch.whenCommitted(P0, "mine");
    assertThat(looks(4_600)).containsExactly(50L, 150L, 350L, 750L, 1_550L, 2_550L, 3_550L, 4_550L);
  }

  @Test
  void all_partitions_are_looked_for_in_one_request() {
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (int partition = 0; partition < 10; partition++) {
      all.add(watch.whenCommitted(new TopicPartition("t", partition), "mine"));
      world.commit(new TopicPartition("t", partition), 7, "mine");
    }
    world.pass(50);
    assertThat(world.cluster.commitsAsked).isEqualTo(1);
    assertThat(all).allSatisfy(one -> assertThat(one).isCompleted());
  }

  @Test
  void partition_that_begins_to_wait_is_looked_for_soon_together_with_the_others() {
    CompletableFuture<Void> first = watch.whenCommitted(P0, "mine");
    looks(3_000);
    int asked = world.cluster.commitsAsked;
    CompletableFuture<Void> second = watch.whenCommitted(P1, "mine");
    world.commit(P0, 7, "mine");
    world.commit(P1, 7, "mine");
    world.pass(50);
    assertThat(first).isCompleted();
    assertThat(second).isCompleted();
    assertThat(world.cluster.commitsAsked).isEqualTo(asked + 1);
    assertThat(looks(5_000)).isEmpty();
  }

  @Test
  void sooner_look_takes_the_place_of_the_one_that_was_due_later() {
    var unused = watch.whenCommitted(P0, "mine");
    looks(3_000);
    var unused2 = watch.whenCommitted(P1, "mine");
    assertThat(looks(1_600)).containsExactly(50L, 150L, 350L, 750L, 1_550L);
  }

  @Test
  void partition_that_waits_after_all_others_are_found_is_looked_for() {
    var unused = watch.whenCommitted(P0, "mine");
    world.commit(P0, 7, "mine");
    world.pass(50);
    CompletableFuture<Void> later = watch.whenCommitted(P1, "mine");
    world.commit(P1, 7, "mine");
    world.pass(50);
    assertThat(later).isCompleted();
  }

  @Test
  void partitions_that_begin_to_wait_one_after_the_other_do_not_put_the_look_off() {
    for (int partition = 0; partition < 5; partition++) {
      var unused = watch.whenCommitted(new TopicPartition("t", partition), "mine");
      world.pass(10);
    }
    assertThat(world.cluster.commitsAsked).isEqualTo(1);
  }

  @Test
  void partition_that_begins_to_wait_during_a_look_is_in_the_next_one() {
    var unused = watch.whenCommitted(P0, "mine");
    List<CompletableFuture<Void>> second = new ArrayList<>();
    world.pass(50);
    world.cluster.beforeCommits = once(() -> second.add(watch.whenCommitted(P1, "mine")));
    world.pass(100);
    world.commit(P1, 7, "mine");
    world.pass(50);
    assertThat(second).singleElement().satisfies(one -> assertThat(one).isCompleted());
    assertThat(looks(400)).containsExactly(100L, 300L); // one row of looks, not two
  }

  @Test
  void partition_of_which_another_is_found_stays_waiting() {
    CompletableFuture<Void> first = watch.whenCommitted(P0, "mine");
    CompletableFuture<Void> second = watch.whenCommitted(P1, "mine");
    world.commit(P0, 7, "mine");
    world.pass(50);
    assertThat(first).isCompleted();
    assertThat(second).isNotDone();
    world.commit(P1, 7, "mine");
    world.pass(100);
    assertThat(second).isCompleted();
  }

  @Test
  void commit_is_looked_for_again_when_kafka_does_not_answer() {
    world.commit(P0, 7, "mine");
    world.cluster.beforeCommits =
        once(
            () -> {
              throw new TimeoutException("no coordinator");
            });
    CompletableFuture<Void> committed = watch.whenCommitted(P0, "mine");
    world.pass(50);
    assertThat(committed).isNotDone();
    world.pass(100);
    assertThat(committed).isCompleted();
  }

  @Test
  void nothing_is_requested_for_a_partition_that_is_forgotten() {
    CompletableFuture<Void> committed = watch.whenCommitted(P0, "mine");
    world.commit(P0, 7, "mine");
    watch.forget(committed);
    assertThat(looks(5_000)).isEmpty();
    assertThat(committed).isNotDone();
    CompletableFuture<Void> later = watch.whenCommitted(P1, "mine");
    assertThat(looks(200)).containsExactly(50L, 150L);
    assertThat(later).isNotDone();
  }
}
