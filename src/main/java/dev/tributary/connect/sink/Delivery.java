package dev.tributary.connect.sink;

import dev.tributary.connect.sink.table.TableId;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * What {@code delivery} decides: the places in the life of a partition and of a batch at which its
 * modes differ.
 *
 * <p>A batch is filled, closed and sent until ClickHouse has acknowledged it. One that cannot be
 * inserted as it is (a row is bad, the table has changed, it is too large) is replaced by pieces
 * made from its records, which are batches of their own.
 *
 * <p>Threading: {@link #beforeAttempt}, {@link #afterAnswer} and {@link #beforeHandBack} are called
 * on a sender thread and may block, everything else on the task thread.
 */
interface Delivery extends AutoCloseable {

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

  /** Whether the record goes into a batch now; otherwise it is dealt with here. */
  boolean admits(SinkRecord record, TableId table);

  /** A transform holds the record back; {@link #released} tells when it comes after all. */
  void held(SinkRecord record);

  /** A record that was held back comes next, in its final form. */
  void released(SinkRecord record);

  /** Does what is due: called in every {@code put}, before records are taken in. */
  void work();

  /** The batch is closed and will be sent. */
  void announce(Batch batch);

  /**
   * The batch is about to be sent under its {@link Batch#token}, for the first time or again.
   *
   * @param attempt from 1
   * @param uncertain whether an earlier attempt failed in a way that may have left rows
   * @return false when all of it is there already
   * @throws InsertException when it must not be sent now; handled like a failed attempt
   */
  boolean beforeAttempt(Batch batch, int attempt, boolean uncertain) throws InsertException;

  /**
   * ClickHouse has acknowledged the batch.
   *
   * @throws InsertException when it is not sure what that means; handled like a failed attempt
   */
  void afterAnswer(Batch batch, boolean uncertain) throws InsertException;

  /**
   * The batch is not sent again as it is.
   *
   * @throws InsertException when it is not known what of it is there; handled like a failed attempt
   */
  void beforeHandBack(Batch batch, boolean uncertain) throws InsertException;

  /**
   * The records of a batch that came back which are not in ClickHouse.
   *
   * @param answered whether the batch was acknowledged
   */
  List<SinkRecord> missing(Batch batch, boolean answered);

  /** All rows of the batch are in ClickHouse. */
  void acknowledged(Batch batch);

  /**
   * These pieces, perhaps none, take the place of the batch. Its records that are {@link #missing}
   * and in no piece have been given up: to the dead letter queue, or with their partition.
   */
  void replaced(Batch batch, List<Batch> pieces);

  /**
   * The lowest offset of the partition that waits here for others; {@link Long#MAX_VALUE} without
   * any.
   */
  long oldestCollected(TopicPartition partition);

  /** All records of the partition below this offset have come, or never will. */
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
