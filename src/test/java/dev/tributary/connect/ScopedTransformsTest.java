package dev.tributary.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.record.Records;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.Test;

/** State that is restored in the background, as in front of our own sink task. */
class ScopedTransformsTest extends ScopedTransformsFixture {

  @Test
  void a_partition_is_ready_when_its_marks_are_there_before_any_record() {
    accepted("a", "b");
    cluster.holdReads();
    Task task = new Task();
    assertThat(task.scope.isEmpty()).isFalse();
    task.open(2);
    soon().until(() -> metric("restore-remaining-records") == 1);
    assertThat(task.scope.isReady(ORDERS_0)).isFalse();
    assertThat(metric("restore-state")).isEqualTo(1);
    assertThat(metric("keys-held")).isZero();

    cluster.releaseReads();
    task.awaitReady();
    assertThat(metric("keys-held")).isEqualTo(2);
    assertThat(metric("bytes-held")).isPositive();
    assertThat(metric("restore-state")).isZero();
    assertThat(metric("restore-remaining-records")).isZero();
    int readings = cluster.readings;
    assertThat(task.passes(2, "a")).isFalse();
    assertThat(task.passes(3, "c")).isTrue();
    assertThat(cluster.readings).isEqualTo(readings);
  }

  @Test
  void the_transform_uses_what_the_task_has_opened() {
    Task task = new Task();
    assertThat(cluster.opened).isEqualTo(1);
    task.passes(0, "a");
    assertThat(cluster.opened).isEqualTo(1);
    task.dedup.close();
    assertThat(task.scope.isEmpty()).isTrue();
    assertThatCode(task.transforms::close).doesNotThrowAnyException();
  }

  @Test
  void the_state_topic_is_made_while_the_task_still_joins_its_group() {
    Task task = new Task();
    soon().until(() -> cluster.describe("shop-state").isPresent());
    assertThat(cluster.describe("shop-state").orElseThrow().partitions()).isEqualTo(2);
    assertThat(task.scope.isReady(ORDERS_0)).isTrue();
    assertThat(cluster.consumersOpened).isZero();
  }

  @Test
  void what_is_not_there_when_the_task_starts_is_looked_up_again() {
    Task task = new Task("topics", "orders, later");
    awaitNoStateThread();
    cluster.withTopic("later", 1, Map.of());
    TopicPartition later = new TopicPartition("later", 0);
    task.scope.opened(Map.of(later, 0L));
    soon().until(() -> task.scope.isReady(later));
    assertThat(task.dedup.apply(Records.at("later", 0, 0, T, "key", Records.map("id", "a"))))
        .isNotNull();
  }

  @Test
  void a_short_class_name_is_found_too() {
    assertThat(new Task("transforms.dedup.type", "Deduplicate").scope.isEmpty()).isFalse();
    assertThat(new Task("transforms", "other").scope.isEmpty()).isTrue();
  }

  @Test
  void a_record_that_comes_all_the_same_waits_for_its_partition() throws Exception {
    accepted("a");
    cluster.holdReads();
    Task task = new Task();
    task.open(1);
    Thread taskThread = Thread.currentThread();
    CompletableFuture<Void> release =
        CompletableFuture.runAsync(
            () -> {
              try {
                soon().until(() -> taskThread.getState() == Thread.State.WAITING);
              } finally {
                cluster.releaseReads();
              }
            });
    assertThat(task.passes(1, "a")).isFalse();
    release.get();
    assertThat(cluster.consumersOpened).isEqualTo(2);
  }

  @Test
  void partitions_of_one_rebalance_are_read_in_one_pass() {
    accepted("a");
    int before = cluster.consumersOpened;
    Task task = new Task();
    task.scope.opened(Map.of(ORDERS_0, 1L, ORDERS_1, 0L));
    task.awaitReady();
    soon().until(() -> task.scope.isReady(ORDERS_1));
    assertThat(cluster.consumersOpened).isEqualTo(before + 1);
    assertThat(task.passes(1, 0, "a")).isTrue();
    assertThat(task.passes(1, "a")).isFalse();
  }

  @Test
  void two_source_topics_share_one_pass_over_a_state_partition() {
    cluster.withTopic("returns", 1, Map.of());
    TopicPartition returns = new TopicPartition("returns", 0);
    accepted("a");
    Task task = new Task();
    task.scope.opened(Map.of(ORDERS_0, 1L, returns, 0L));
    task.awaitReady();
    soon().until(() -> task.scope.isReady(returns));
    assertThat(metric("keys-held")).isEqualTo(1);
    assertThat(task.passes(1, "a")).isFalse();
    SinkRecord other = Records.at("returns", 0, 0, T, "key", Records.map("id", "a"));
    assertThat(task.dedup.apply(other)).isNotNull();
  }

  @Test
  void a_rebalance_in_the_middle_cancels_and_starts_over() {
    accepted("a");
    cluster.holdReads();
    Task task = new Task();
    task.open(1);
    soon().until(() -> metric("restore-remaining-records") == 1);
    task.scope.closed(List.of(ORDERS_0));
    soon().until(() -> metric("restore-remaining-records") == 0);
    assertThat(metric("restore-state")).isZero();

    // Meanwhile another task had the partition.
    cluster.releaseReads();
    accepted("a", "b");
    Task again = new Task();
    again.open(2);
    again.awaitReady();
    assertThat(again.passes(2, "b")).isFalse();
    assertThat(again.passes(3, "a")).isFalse();
  }

  @Test
  void a_partition_that_comes_back_while_the_cancelled_restore_still_runs_gets_a_fresh_one() {
    accepted("a");
    cluster.holdReads();
    Task task = new Task();
    task.open(1);
    task.scope.closed(List.of(ORDERS_0));
    task.open(0);
    assertThat(task.scope.isReady(ORDERS_0)).isFalse();
    cluster.releaseReads();
    task.awaitReady();
    // From position 0 on: the accepted record is redelivered and not its own duplicate.
    assertThat(task.passes(0, "a")).isTrue();
    assertThat(task.passes(1, "a")).isFalse();
    assertThat(metric("restore-state")).isZero();
  }

  @Test
  void a_failed_restore_stops_the_task_in_put_and_in_apply() {
    accepted("a");
    cluster.readFailure = new KafkaException("broker on fire");
    Task task = new Task();
    task.open(1);
    soon()
        .untilAsserted(
            () ->
                assertThatThrownBy(() -> task.scope.isReady(ORDERS_0))
                    .isInstanceOf(StateUnavailableError.class)
                    .hasMessageContaining("State cannot be read from topic 'shop-state'")
                    .hasMessageContaining("broker on fire"));
    assertThatThrownBy(() -> task.passes(1, "a"))
        .isInstanceOf(StateUnavailableError.class)
        .hasMessageContaining("broker on fire");
  }

  @Test
  void a_partition_without_room_for_its_marks_never_becomes_ready() {
    int marks = 40_000;
    try (Task before = new Task()) {
      for (int offset = 0; offset < marks; offset++) {
        before.passes(0, offset, "a" + offset);
        before.passes(1, offset, "b" + offset);
      }
      before.scope.flush();
    }
    // Room for those of one partition.
    Task task = new Task("transforms.dedup.state.max.bytes", String.valueOf(2 << 20));
    task.open(marks);
    task.awaitReady();
    task.scope.opened(Map.of(ORDERS_1, (long) marks));
    for (int i = 0; i < 2; i++) {
      soon()
          .untilAsserted(
              () ->
                  assertThatThrownBy(() -> task.scope.isReady(ORDERS_1))
                      .isInstanceOf(StateUnavailableError.class)
                      .hasMessageContaining("state.max.bytes"));
    }
  }

  @Test
  void an_unfit_state_topic_stops_the_task_before_any_record() {
    cluster.withTopic("shop-state", 2, Map.of("cleanup.policy", "delete"));
    Task task = new Task();
    task.open(0);
    soon()
        .untilAsserted(
            () ->
                assertThatThrownBy(() -> task.scope.isReady(ORDERS_0))
                    .hasMessageContaining("cleanup.policy"));
  }

  @Test
  void closing_ends_a_running_restore_and_its_clients_promptly() {
    accepted("a");
    cluster.holdReads();
    Task task = new Task();
    task.open(1);
    soon().until(() -> metric("restore-remaining-records") == 1);
    int before = cluster.consumersClosed.get();
    task.close();
    soon().atMost(1, TimeUnit.SECONDS).until(() -> cluster.consumersClosed.get() == before + 1);
    awaitNoStateThread();
  }

  @Test
  void the_thread_is_gone_when_there_is_nothing_to_restore() {
    Task task = new Task();
    task.open(0);
    task.awaitReady();
    awaitNoStateThread();
    task.scope.closed(List.of(ORDERS_0));
    task.open(0);
    task.awaitReady();
  }

  @Test
  void metrics_show_up_when_the_zombie_of_the_task_before_is_gone() {
    Task zombie = new Task();
    zombie.passes(0, "z");
    zombie.scope.polled();
    Task task = new Task();
    task.open(1);
    task.awaitReady();
    task.passes(1, "a");
    task.passes(2, "b");
    assertThat(metric("records-passed-total")).isEqualTo(1);
    Utils.closeQuietly(zombie.pluginMetrics, "metrics");
    task.scope.committed(Map.of(ORDERS_0, 1L));
    assertThat(metric("records-passed-total")).isEqualTo(2);
    assertThat(metric("keys-held")).isEqualTo(3);
  }

  @Test
  void partitions_that_were_never_opened_are_closed_without_harm() {
    Task task = new Task();
    task.scope.closed(List.of(ORDERS_0, new TopicPartition("gone", 7)));
    assertThat(task.scope.isReady(ORDERS_1)).isTrue();
  }

  @Test
  void a_recreated_source_topic_is_noticed_when_offsets_step_back() {
    Task task = new Task();
    task.open(0);
    task.awaitReady();
    assertThat(task.passes(0, "a")).isTrue();
    assertThat(task.passes(1, "b")).isTrue();
    task.scope.flush();
    cluster.withTopic("orders", 2, Map.of());
    assertThat(task.passes(0, "b")).isTrue();
    assertThat(task.passes(1, "a")).isTrue();
    assertThat(task.passes(2, "b")).isFalse();
    assertThat(metric("records-redelivered-total")).isZero();
  }

  @Test
  void a_rewind_within_the_same_topic_keeps_the_marks() {
    Task task = new Task();
    task.open(0);
    task.awaitReady();
    task.passes(0, "a");
    task.passes(1, "b");
    int readings = cluster.readings;
    assertThat(task.passes(0, "a")).isTrue();
    assertThat(task.passes(1, "b")).isTrue();
    assertThat(task.passes(2, "a")).isFalse();
    assertThat(cluster.readings).isEqualTo(readings);
  }
}
