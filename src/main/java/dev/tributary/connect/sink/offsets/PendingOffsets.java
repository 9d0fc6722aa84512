package dev.tributary.connect.sink.offsets;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/**
 * Tracks which offsets are not done: for a sink what Kafka Connect's {@code SubmittedRecords} is
 * for a source.
 *
 * <p>A record is added when it is delivered and removed only when it is stored in ClickHouse or in
 * the dead letter queue, or need not be inserted. Anything else that happens to it, including an
 * exception, leaves it pending, so its offset is not committed. A record that is delivered twice is
 * pending twice.
 *
 * <p>Confined to the task thread.
 */
public final class PendingOffsets {

  private static final class Partition {
    final TopicPartition id;

    /** Delivered by the framework and not admitted yet. */
    final OffsetBag waiting = new OffsetBag();

    /** Admitted by the delivery and not done yet. */
    final OffsetBag admitted = new OffsetBag();

    Partition(TopicPartition id) {
      this.id = id;
    }

    boolean isOf(SinkRecord record) {
      return id.partition() == record.originalKafkaPartition()
          && id.topic().equals(record.originalTopic());
    }
  }

  private final ToLongFunction<TopicPartition> oldestHeld;
  private final Map<TopicPartition, Partition> partitions = new HashMap<>();

  /** The partition of the last record, which mostly is that of the next one. */
  private @Nullable Partition last;

  /**
   * @param oldestHeld the lowest offset of a partition that a transform holds, {@link
   *     Long#MAX_VALUE} if none
   */
  public PendingOffsets(ToLongFunction<TopicPartition> oldestHeld) {
    this.oldestHeld = oldestHeld;
  }

  private Partition of(SinkRecord record) {
    Partition partition = last;
    if (partition == null || !partition.isOf(record)) {
      partition =
          partitions.computeIfAbsent(
              new TopicPartition(record.originalTopic(), record.originalKafkaPartition()),
              Partition::new);
      last = partition;
    }
    return partition;
  }

  /** The record was delivered. */
  public void waiting(SinkRecord record) {
    of(record).waiting.add(record.originalKafkaOffset());
  }

  /** The record, which was waiting, is to be inserted or rejected. */
  public void admitted(SinkRecord record) {
    Partition partition = of(record);
    long offset = record.originalKafkaOffset();
    partition.waiting.remove(offset, offset + 1);
    partition.admitted.add(offset);
  }

  /** The record, which was waiting, need not be inserted. */
  public void dropped(SinkRecord record) {
    long offset = record.originalKafkaOffset();
    of(record).waiting.remove(offset, offset + 1);
  }

  /** The record, which was admitted, is stored in ClickHouse or in the dead letter queue. */
  public void done(SinkRecord record) {
    long offset = record.originalKafkaOffset();
    of(record).admitted.remove(offset, offset + 1);
  }

  /** All records of a batch are stored; their offsets by partition. */
  public void done(Map<TopicPartition, OffsetRuns> batch) {
    batch.forEach(
        (id, offsets) -> {
          Partition partition = partitions.get(id);
          if (partition != null) {
            offsets.forEachRun(partition.admitted::remove);
          }
        });
  }

  /** The lowest offset that is not done; {@link Long#MAX_VALUE} if there is none. */
  public long oldest(TopicPartition id) {
    Partition partition = partitions.get(id);
    return partition == null
        ? oldestHeld.applyAsLong(id)
        : Math.min(
            oldestHeld.applyAsLong(id),
            Math.min(partition.waiting.first(), partition.admitted.first()));
  }

  /** The lowest offset that is not admitted yet; {@link Long#MAX_VALUE} if there is none. */
  public long oldestWaiting(TopicPartition id) {
    Partition partition = partitions.get(id);
    return partition == null ? Long.MAX_VALUE : partition.waiting.first();
  }

  /** The offsets below a bound that are admitted and not done. */
  public OffsetSet admittedBelow(TopicPartition id, long bound) {
    Partition partition = partitions.get(id);
    return partition == null ? OffsetSet.EMPTY : partition.admitted.below(bound);
  }

  /** Forgets revoked partitions, whose next owner reads the pending records again. */
  public void forget(Collection<TopicPartition> gone) {
    partitions.keySet().removeAll(gone);
    last = null;
  }
}
