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
 * What {@code delivery} decides: the places in the life of a partition at which its modes differ.
 * Those in the life of a batch are in {@link Insert}.
 *
 * <p>Confined to the task thread.
 */
public interface Delivery extends AutoCloseable {

  /** What becomes of a record. */
  enum Admission {
    /** It goes into a batch. */
    TAKE,
    /** The delivery keeps it, to send it later by itself. */
    KEEP,
    /** It is in its table, or another copy of it is on its way there, or its next owner's. */
    DROP
  }

  /** Whether rows of several source partitions may share a batch. */
  boolean mixesPartitions();

  /** Whether partitions must be made ready before their records may come. */
  boolean needsPositions();

  /** The task has these partitions, and the next record of each has this offset or a later one. */
  void opened(Map<TopicPartition, Long> positions);

  /**
   * Whether the partition's records may come.
   *
   * @throws org.apache.kafka.connect.errors.ConnectException if they never may
   */
  boolean isReady(TopicPartition partition);

  /** The task does not have these partitions any more. */
  void closed(Collection<TopicPartition> partitions);

  /** What becomes of a record that is next in its partition. */
  Admission admit(SinkRecord record, TableId table);

  /** A transform holds the record back; {@link #released} tells when it comes after all. */
  void held(SinkRecord record);

  /** A record that was held back comes next, in its final form. */
  void released(SinkRecord record);

  /**
   * Does what is due: called in every {@code put}, before records are taken in.
   *
   * @return inserts of records that were kept, to be sent
   */
  List<Insert> work();

  /**
   * The partitions that were found to belong to another owner since the last call. Their records
   * are to be forgotten, and none may come until they are ready again.
   */
  List<TopicPartition> takeFenced();

  /** Begins the way of a closed batch, which has rows. */
  Insert begin(Batch batch);

  /** All records of the partition below this offset have been admitted, or never will be. */
  void position(TopicPartition partition, long position);

  /**
   * What to commit for a partition.
   *
   * @param offset below which all is done
   * @return empty when nothing must be committed at the moment, for no partition
   */
  Optional<OffsetAndMetadata> commit(TopicPartition partition, OffsetAndMetadata offset);

  @Override
  void close();
}
