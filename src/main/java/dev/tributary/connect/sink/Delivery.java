package dev.tributary.connect.sink;

import java.util.List;

/**
 * What {@code delivery} decides: the places in a batch's life at which its modes differ.
 *
 * <p>A batch is filled, closed and sent until ClickHouse has acknowledged it. One that cannot be
 * inserted as it is (a row is bad, the table has changed, it is too large) is replaced by pieces
 * made from its records, which are batches of their own.
 *
 * <p>Threading: {@link #beforeAttempt} is called on a sender thread, everything else on the task
 * thread.
 */
interface Delivery extends AutoCloseable {

  /** Whether rows of several source partitions may share a batch. */
  boolean mixesPartitions();

  /**
   * The batch is about to be sent under its {@link Batch#token}, for the first time or again. May
   * block until what must be durable before it is.
   *
   * @param attempt from 1
   * @throws InsertException when it must not be sent now; handled like a failed attempt
   */
  void beforeAttempt(Batch batch, int attempt) throws InsertException;

  /**
   * ClickHouse has acknowledged the batch.
   *
   * @param uncertain whether an earlier attempt failed in a way that may have left rows
   * @return what must be inserted in its place, because rows are not there; mostly nothing
   */
  List<Batch> acknowledged(Batch batch, boolean uncertain);

  /**
   * The batch will not be sent again as it is; these pieces, perhaps none, take its place. Its
   * records that are in no piece have been given up: to the dead letter queue, or with their
   * partition.
   *
   * @param uncertain whether an attempt failed in a way that may have left rows
   * @return the pieces to send, mostly those given
   */
  List<Batch> replaced(Batch batch, boolean uncertain, List<Batch> pieces);

  @Override
  void close();
}
