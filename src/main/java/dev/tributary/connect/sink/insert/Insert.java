package dev.tributary.connect.sink.insert;

import dev.tributary.connect.sink.batch.Batch;
import dev.tributary.connect.sink.clickhouse.InsertException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * The way of one batch into its table, made by {@link Delivery#begin}: under which token it is
 * sent, and what is known of its rows.
 *
 * <p>Threading: made on the task thread, then used by one sender thread at a time, then by the task
 * thread again. {@link #beforeAttempt} and {@link #verify} are called on a sender thread and may
 * block, everything else is called on the task thread, {@link #batch} and {@link #token} on both.
 */
public interface Insert {

  Batch batch();

  /** What ClickHouse knows the insert by when it comes again; chosen by {@link #beforeAttempt}. */
  String token();

  /** Completes, in whatever way, when an attempt can be made. */
  CompletableFuture<?> whenReady();

  /**
   * The batch is about to be sent, for the first time or again.
   *
   * @param uncertain whether an earlier attempt failed in a way that may have left rows
   * @return false when all of it is there already
   * @throws InsertException when it must not be sent now; handled like a failed attempt
   */
  boolean beforeAttempt(boolean uncertain) throws InsertException;

  /**
   * ClickHouse has acknowledged the batch, or it is not sent again as it is.
   *
   * @throws InsertException when it is not known what of it is there; handled like a failed attempt
   */
  void verify(boolean uncertain) throws InsertException;

  /**
   * The records that are not in ClickHouse, in the order of the batch.
   *
   * @param answered whether the batch was acknowledged
   */
  List<SinkRecord> missing(boolean answered);

  /** All rows of the batch are in ClickHouse. */
  void stored();

  /**
   * These pieces, perhaps none, take the place of the batch. Its records that are {@link #missing}
   * and in no piece have been given up: to the dead letter queue, or with their partition.
   *
   * @return the way of each piece
   */
  List<Insert> replacedBy(List<Batch> pieces);
}
