package dev.tributary.connect.sink;

import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.sink.insert.Delivery;
import dev.tributary.connect.sink.offsets.CommitRequests;
import dev.tributary.connect.sink.offsets.PendingOffsets;
import dev.tributary.connect.state.TaskScope;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.connect.errors.ConnectException;

/**
 * When a task's offsets are committed, and which.
 *
 * <p>An offset may be committed when every record below it is in ClickHouse, in the dead letter
 * queue or dropped by a transform, and the transforms' state is durable. Confined to the task
 * thread.
 */
final class OffsetCommits {

  /** How long a commit waits for inserts under way; well inside the worker's 5 s to stop. */
  private static final long WAIT_FOR_INSERTS_MS = 3_000;

  private final Time time;
  private final TaskScope scope;
  private final Delivery delivery;
  private final DeadLetters deadLetters;
  private final InsertQueue inserts;
  private final PendingOffsets pending;
  private final AssignedPartitions partitions;
  private final CommitRequests requests;

  /** Opened, but the framework has not said yet where they start. */
  private final Set<TopicPartition> unpositioned = new HashSet<>();

  private final Map<TopicPartition, Long> committing = new HashMap<>();

  OffsetCommits(
      Time time,
      TaskScope scope,
      Delivery delivery,
      DeadLetters deadLetters,
      InsertQueue inserts,
      PendingOffsets pending,
      AssignedPartitions partitions,
      CommitRequests requests) {
    this.time = time;
    this.scope = scope;
    this.delivery = delivery;
    this.deadLetters = deadLetters;
    this.inserts = inserts;
    this.pending = pending;
    this.partitions = partitions;
    this.requests = requests;
  }

  /** Takes on partitions that must know where they start. */
  void open(Collection<TopicPartition> partitions) {
    unpositioned.addAll(partitions);
    // The framework says in preCommit where the partitions start, and nowhere else.
    requests.request();
  }

  boolean isPositioned(TopicPartition partition) {
    return !unpositioned.contains(partition);
  }

  void close(Collection<TopicPartition> partitions) {
    unpositioned.removeAll(partitions);
    committing.keySet().removeAll(partitions);
  }

  /** See {@link StartedSinkTask#preCommit}. */
  Map<TopicPartition, OffsetAndMetadata> preCommit(Map<TopicPartition, OffsetAndMetadata> current) {
    position(current);
    if (!requests.takeAsked()) {
      awaitInserts();
    }
    deadLetters.settle();
    // Mostly through by now. After a commit that failed this is too much, and costs a restore at
    // most: a step back reads the state topic again, which is cut by the group's own offsets only.
    scope.committed(committing);
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    for (Map.Entry<TopicPartition, OffsetAndMetadata> entry : current.entrySet()) {
      TopicPartition partition = entry.getKey();
      if (partitions.owns(partition)) {
        delivery.position(
            partition, Math.min(entry.getValue().offset(), pending.oldestWaiting(partition)));
        long oldest = pending.oldest(partition);
        Optional<OffsetAndMetadata> offset =
            delivery.commit(
                partition,
                oldest < entry.getValue().offset()
                    ? new OffsetAndMetadata(oldest)
                    : entry.getValue());
        if (offset.isEmpty()) {
          committing.clear();
          return Map.of(); // a commit for others would also be one for this partition
        }
        offsets.put(partition, offset.get());
      }
    }
    scope.flush();
    committing.clear();
    offsets.forEach((partition, offset) -> committing.put(partition, offset.offset()));
    return offsets;
  }

  /** Has the transforms begin to restore; paused as it is, a partition is still where it starts. */
  private void position(Map<TopicPartition, OffsetAndMetadata> current) {
    Map<TopicPartition, Long> positions = new HashMap<>();
    current.forEach(
        (partition, offset) -> {
          if (unpositioned.remove(partition)) {
            positions.put(partition, offset.offset());
          }
        });
    if (!positions.isEmpty()) {
      scope.opened(positions);
      delivery.opened(positions);
    }
  }

  /**
   * Inserts that end now need not be repeated by the partitions' next owner. A commit that the task
   * did not ask for is the last one before partitions go; or it is due because the task, for as
   * long as the worker's interval, had no reason to ask for one, and then the wait does no harm.
   */
  private void awaitInserts() {
    long deadline = time.milliseconds() + WAIT_FOR_INSERTS_MS;
    while (!inserts.isIdle()) {
      long left = deadline - time.milliseconds();
      if (left <= 0 || !inserts.awaitOne(left)) {
        return;
      }
      try {
        inserts.settle(time.milliseconds());
        inserts.send();
      } catch (ConnectException | StateUnavailableError e) {
        return; // the next put throws it; what has arrived can still be committed
      }
    }
  }
}
