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
 * Decides when a task's offsets are committed, and which.
 *
 * <p>An offset may be committed when every record below it is stored in ClickHouse or in the dead
 * letter queue, or was dropped by a transform, and the state of the transforms is durable. Confined
 * to the task thread.
 */
final class OffsetCommits {

  /**
   * How long a commit waits for inserts in flight; well within the 5 s that the worker gives a task
   * to stop.
   */
  private static final long WAIT_FOR_INSERTS_MS = 3_000;

  private final Time time;
  private final TaskScope scope;
  private final Delivery delivery;
  private final DeadLetters deadLetters;
  private final InsertQueue inserts;
  private final PendingOffsets pending;
  private final AssignedPartitions partitions;
  private final CommitRequests requests;

  /** Opened partitions whose start position the framework has not reported yet. */
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

  /** Adds partitions whose start position must be known before they are ready. */
  void open(Collection<TopicPartition> partitions) {
    unpositioned.addAll(partitions);
    // The framework reports start positions only through preCommit.
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
    // The previous commit has mostly succeeded by now. If it failed, these offsets are too high,
    // which costs a restore at most: after a rewind the state topic is read again, and that is
    // truncated only up to the offsets that the group has committed.
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
          return Map.of(); // the framework would commit this partition together with the others
        }
        offsets.put(partition, offset.get());
      }
    }
    scope.flush();
    committing.clear();
    offsets.forEach((partition, offset) -> committing.put(partition, offset.offset()));
    return offsets;
  }

  /**
   * Starts the restore of the transforms. A partition is paused until then, so its current offset
   * is its start position.
   */
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
   * Waits for inserts in flight, so that the next owner of the partitions need not repeat them. A
   * commit that the task did not request is either the last one before a revocation or a periodic
   * one, which is only due if the task had no reason to request one for a whole interval; then the
   * wait does no harm.
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
        return; // the next put throws it again; what is stored can still be committed
      }
    }
  }
}
