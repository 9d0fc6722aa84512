package dev.tributary.connect.sink;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTaskContext;

/**
 * The partitions that the task owns, and which of them are paused: all of them under back-pressure,
 * and each one until it is ready. A partition is resumed when neither reason holds.
 *
 * <p>Confined to the task thread.
 */
final class AssignedPartitions {

  private final SinkTaskContext context;
  private final Set<TopicPartition> owned = new HashSet<>();
  private final Set<TopicPartition> unready = new HashSet<>();
  private boolean pressed;

  AssignedPartitions(SinkTaskContext context) {
    this.context = context;
  }

  boolean owns(TopicPartition partition) {
    return owned.contains(partition);
  }

  boolean ownsAll(Collection<TopicPartition> partitions) {
    return owned.containsAll(partitions);
  }

  boolean ownsPartitionOf(SinkRecord record) {
    return owned.contains(
        new TopicPartition(record.originalTopic(), record.originalKafkaPartition()));
  }

  boolean isPressed() {
    return pressed;
  }

  boolean isAnyUnready() {
    return !unready.isEmpty();
  }

  /**
   * Adds assigned partitions. The framework keeps pauses over a rebalance, so each partition is
   * paused or resumed explicitly.
   */
  void open(Collection<TopicPartition> partitions, boolean ready) {
    owned.addAll(partitions);
    if (ready) {
      unready.removeAll(partitions);
    } else {
      unready.addAll(partitions);
    }
    if (pressed || !ready) {
      context.pause(array(partitions));
    } else {
      context.resume(array(partitions));
    }
  }

  void close(Collection<TopicPartition> partitions) {
    owned.removeAll(partitions);
    unready.removeAll(partitions);
  }

  void press() {
    pressed = true;
    context.pause(array(owned));
  }

  void relieve() {
    pressed = false;
    List<TopicPartition> running = new ArrayList<>(owned);
    running.removeAll(unready);
    context.resume(array(running));
  }

  /** Resumes the partitions that have become ready. */
  void resumeReady(Predicate<TopicPartition> isReady) {
    List<TopicPartition> ready = unready.stream().filter(isReady).toList();
    ready.forEach(unready::remove);
    if (!pressed && !ready.isEmpty()) {
      context.resume(array(ready));
    }
  }

  private static TopicPartition[] array(Collection<TopicPartition> partitions) {
    return partitions.toArray(new TopicPartition[0]);
  }
}
