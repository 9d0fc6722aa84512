package dev.tributary.connect.sink.offsets;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/**
 * The one answer to the question which offsets are not done: what Kafka Connect's {@code
 * SubmittedRecords} is to a source.
 *
 * <p>A record is entered when it comes and is struck off only when its row is in ClickHouse, it is
 * in the dead letter queue, or it need not be inserted. Whatever happens to it in between, also an
 * exception, leaves it here, so its offset is not committed. A record that comes twice is here
 * twice.
 *
 * <p>Confined to the task thread.
 */
public final class PendingOffsets {

  private static final class Partition {
    final TopicPartition id;

    /** Delivered by the framework, not admitted yet. */
    final OffsetBag waiting = new OffsetBag();

    /** Admitted by the delivery, and not done. */
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

  /** Where the last record was from: mostly where the next one is from. */
  private @Nullable Partition last;

  /**
   * @param oldestHeld the oldest offset of a partition that a transform holds back, {@link
   *     Long#MAX_VALUE} without any
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

  /** The record has come. */
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

  /** The record, which was admitted, is in ClickHouse or in the dead letter queue. */
  public void done(SinkRecord record) {
    long offset = record.originalKafkaOffset();
    of(record).admitted.remove(offset, offset + 1);
  }

  /** All records of a batch are in ClickHouse: these, by partition. */
  public void done(Map<TopicPartition, OffsetRuns> batch) {
    batch.forEach(
        (id, offsets) -> {
          Partition partition = partitions.get(id);
          if (partition != null) {
            offsets.forEachRun(partition.admitted::remove);
          }
        });
  }

  /** The lowest offset that is not done; {@link Long#MAX_VALUE} when there is none. */
  public long oldest(TopicPartition id) {
    Partition partition = partitions.get(id);
    return partition == null
        ? oldestHeld.applyAsLong(id)
        : Math.min(
            oldestHeld.applyAsLong(id),
            Math.min(partition.waiting.first(), partition.admitted.first()));
  }

  /** The lowest offset that was not admitted yet; {@link Long#MAX_VALUE} when there is none. */
  public long oldestWaiting(TopicPartition id) {
    Partition partition = partitions.get(id);
    return partition == null ? Long.MAX_VALUE : partition.waiting.first();
  }

  /** The offsets below a bound that were admitted and are not done. */
  public OffsetSet admittedBelow(TopicPartition id, long bound) {
    Partition partition = partitions.get(id);
    return partition == null ? OffsetSet.EMPTY : partition.admitted.below(bound);
  }

  /** The partitions are gone: their next owner gets what is pending again. */
  public void forget(Collection<TopicPartition> gone) {
    partitions.keySet().removeAll(gone);
    last = null;
  }
}
