package dev.tributary.connect.sink;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class AssignedPartitionsTest {

  private static final TopicPartition A = new TopicPartition("orders", 0);
  private static final TopicPartition B = new TopicPartition("orders", 1);

  private final RecordingContext context = new RecordingContext();

  /** What the framework keeps paused, over rebalances too. */
  private final Set<TopicPartition> paused = context.paused;

  private final AssignedPartitions pauses = new AssignedPartitions(context);

  @Test
  void a_partition_runs_only_when_its_state_is_there() {
    pauses.open(List.of(A, B), false);
    assertThat(paused).containsExactlyInAnyOrder(A, B);
    pauses.resumeReady(A::equals);
    assertThat(paused).containsExactly(B);
    assertThat(pauses.isAnyUnready()).isTrue();
    pauses.resumeReady(partition -> true);
    assertThat(paused).isEmpty();
    assertThat(pauses.isAnyUnready()).isFalse();
  }

  @Test
  void pressure_and_missing_state_hold_a_partition_each_by_itself() {
    pauses.open(List.of(A), true);
    pauses.open(List.of(B), false);
    pauses.press();
    assertThat(paused).containsExactlyInAnyOrder(A, B);
    pauses.resumeReady(partition -> true);
    assertThat(paused).containsExactlyInAnyOrder(A, B);
    pauses.relieve();
    assertThat(paused).isEmpty();

    pauses.close(List.of(B));
    pauses.open(List.of(B), false);
    pauses.press();
    pauses.relieve();
    assertThat(paused).containsExactly(B);
  }

  @Test
  void a_pause_that_survived_a_rebalance_is_lifted_or_kept_as_it_is_now() {
    pauses.open(List.of(A, B), true);
    pauses.press();
    pauses.close(List.of(A, B));
    pauses.relieve();
    assertThat(paused).containsExactlyInAnyOrder(A, B);
    pauses.open(List.of(A), true);
    assertThat(paused).containsExactly(B);
    pauses.press();
    pauses.open(List.of(B), true);
    assertThat(paused).containsExactlyInAnyOrder(A, B);
  }

  @Test
  void a_partition_that_is_closed_is_not_waited_for() {
    pauses.open(List.of(A), false);
    pauses.close(List.of(A, B));
    assertThat(pauses.isAnyUnready()).isFalse();
    assertThat(pauses.owns(A)).isFalse();
  }
}
