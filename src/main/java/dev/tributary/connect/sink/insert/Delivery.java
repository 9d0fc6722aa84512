package dev.tributary.connect.sink.insert;

import dev.tributary.connect.sink.batch.Batch;
import dev.tributary.connect.sink.table.TableId;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * The guarantee that {@code delivery} selects: every step of a partition at which its modes differ.
 * The steps of a batch are in {@link Insert}.
 *
 * <p>Confined to the task thread.
 */
public interface Delivery extends AutoCloseable {

  /** What to do with a record. */
  enum Admission {
    /** It is added to a batch. */
    TAKE,
    /** The delivery keeps it and sends it later, see {@link #work}. */
    KEEP,
    /**
     * It is stored already, another copy of it is in flight, or the next owner of the partition
     * reads it.
     */
    DROP
  }

  /** Whether rows of several source partitions may share a batch. */
  boolean mixesPartitions();

  /** Whether partitions must become ready before their records may be delivered. */
  boolean needsPositions();

  /** The task owns these partitions; the next record of each has this offset or a later one. */
  void opened(Map<TopicPartition, Long> positions);

  /**
   * Whether the partition's records may be delivered.
   *
   * @throws org.apache.kafka.connect.errors.ConnectException if it can never become ready
   */
  boolean isReady(TopicPartition partition);

  /** These partitions are revoked. */
  void closed(Collection<TopicPartition> partitions);

  /** Decides what to do with the next record of a partition. */
  Admission admit(SinkRecord record, TableId table);

  /** A transform holds the record; {@link #released} is called if it is emitted later. */
  void held(SinkRecord record);

  /** A held record is emitted in its final form and is admitted next. */
  void released(SinkRecord record);

  /**
   * Does what is due; called in every {@code put} before its records are added.
   *
   * @return inserts of kept records, to be sent
   */
  List<Insert> work();

  /**
   * The partitions that were found to be fenced since the last call. The caller drops their records
   * and pauses them until they are ready again.
   */
  List<TopicPartition> takeFenced();

  /** Begins the insert of a closed batch, which has rows. */
  Insert begin(Batch batch);

  /**
   * All records of the partition below this offset have been admitted, or will never be delivered.
   */
  void position(TopicPartition partition, long position);

  /**
   * The offset and metadata to commit for a partition.
   *
   * @param offset all records below it are done
   * @return empty if no partition may be committed now
   */
  Optional<OffsetAndMetadata> commit(TopicPartition partition, OffsetAndMetadata offset);

  @Override
  void close();
}
