package dev.tributary.connect.sink;

import dev.tributary.connect.sink.Batch.OffsetRange;
import dev.tributary.connect.state.TaskScope;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkTaskContext;

/**
 * When a task's offsets are committed, and which.
 *
 * <p>An offset may be committed when every record below it is in ClickHouse, in the dead letter
 * queue or dropped by a transform, and the transforms' state is durable. Confined to the task
 * thread.
 */
final class Commits {

  /** How long a commit waits for inserts under way; well inside the worker's 5 s to stop. */
  private static final long WAIT_FOR_INSERTS_MS = 3_000;

  /** The shortest time between two commits because of rows that are in ClickHouse. */
  private static final long REQUEST_MS = 1_000;

  private final SinkTaskContext context;
  private final Time time;
  private final TaskScope scope;
  private final Delivery delivery;
  private final DeadLetters deadLetters;
  private final Outbox outbox;
  private final Intake intake;
  private final Pauses pauses;
  private final Supplier<List<Batch>> pending;

  /** Opened, but the framework has not said yet where they start. */
  private final Set<TopicPartition> unpositioned = new HashSet<>();

  private final Map<TopicPartition, Long> committing = new HashMap<>();
  private long nextRequestMs;

  /** Whether the task has asked for a commit that has not come yet. */
  private boolean asked;

  /**
   * @param pending all batches that are not acknowledged
   */
  Commits(
      SinkTaskContext context,
      Time time,
      TaskScope scope,
      Delivery delivery,
      DeadLetters deadLetters,
      Outbox outbox,
      Intake intake,
      Pauses pauses,
      Supplier<List<Batch>> pending) {
    this.context = context;
    this.time = time;
    this.scope = scope;
    this.delivery = delivery;
    this.deadLetters = deadLetters;
    this.outbox = outbox;
    this.intake = intake;
    this.pauses = pauses;
    this.pending = pending;
  }

  void request() {
    asked = true;
    context.requestCommit();
  }

  /** A crash repeats what was inserted since the last commit: keeps that short. */
  void inserted() {
    long now = time.milliseconds();
    if (now >= nextRequestMs) {
      request();
      nextRequestMs = now + REQUEST_MS;
    }
  }

  /** Takes on partitions that must know where they start. */
  void open(Collection<TopicPartition> partitions) {
    unpositioned.addAll(partitions);
    // The framework says in preCommit where the partitions start, and nowhere else.
    request();
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
    if (!asked) {
      awaitInserts();
    }
    asked = false;
    // Mostly through by now. After a commit that failed this is too much, and costs a restore at
    // most: a step back reads the state topic again, which is cut by the group's own offsets only.
    scope.committed(committing);
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    for (Map.Entry<TopicPartition, OffsetAndMetadata> entry : current.entrySet()) {
      TopicPartition partition = entry.getKey();
      if (pauses.owns(partition)) {
        delivery.position(partition, Math.min(entry.getValue().offset(), intake.oldest(partition)));
        long oldest = oldestPending(partition);
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
    while (!outbox.isIdle()) {
      long left = deadline - time.milliseconds();
      if (left <= 0 || !outbox.awaitOne(left)) {
        return;
      }
      try {
        outbox.work(time.milliseconds());
      } catch (ConnectException e) {
        return; // the next put throws it; what has arrived can still be committed
      }
    }
  }

  private long oldestPending(TopicPartition partition) {
    long oldest =
        Math.min(
            Math.min(deadLetters.oldestPending(partition), scope.oldestHeld(partition)),
            delivery.oldestCollected(partition));
    for (Batch batch : pending.get()) {
      OffsetRange range = batch.offsets().get(partition);
      if (range != null) {
        oldest = Math.min(oldest, range.first);
      }
    }
    return Math.min(oldest, intake.oldest(partition));
  }
}
