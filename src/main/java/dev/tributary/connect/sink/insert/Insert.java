package dev.tributary.connect.sink.insert;

import dev.tributary.connect.sink.batch.Batch;
import dev.tributary.connect.sink.clickhouse.InsertException;
import dev.tributary.connect.sink.clickhouse.InsertRequest.LastCheck;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * The insert of one batch, created by {@link Delivery#begin}: the token it is sent under, and which
 * of its rows are known to be stored.
 *
 * <p>Threading: created on the task thread, then used by one sender thread at a time, then by the
 * task thread again. {@link #beforeAttempt} and {@link #verify} are called on a sender thread and
 * may block, everything else is called on the task thread, {@link #batch} and {@link #token} on
 * both.
 */
public interface Insert {

  Batch batch();

  /** The deduplication token of the insert; chosen by {@link #beforeAttempt}. */
  String token();

  /** Completes, normally or not, when an attempt can be made. */
  CompletableFuture<?> whenReady();

  /**
   * The batch is about to be sent, for the first time or again.
   *
   * @param uncertain whether an earlier attempt failed in a way that may have left rows
   * @return false if all of its rows are stored already
   * @throws InsertException if it must not be sent now; handled like a failed attempt
   */
  boolean beforeAttempt(boolean uncertain) throws InsertException;

  /** Runs before the first byte of an attempt is sent; empty if the insert is not fenced. */
  default Optional<LastCheck> lastCheck() {
    return Optional.empty();
  }

  /**
   * Finds out which rows are stored, after ClickHouse has acknowledged the batch.
   *
   * @throws InsertException if that is unknown; handled like a failed attempt
   */
  void verify(boolean uncertain) throws InsertException;

  /**
   * Finds out which rows are stored, once no attempt can store more of them, before the batch is
   * handed back to be replaced, rejected, or to fail the task.
   *
   * @param failure why the last attempt failed
   * @return why the batch is handed back
   * @throws InsertException if it must not be handed back now; handled like a failed attempt
   */
  InsertException beforeHandBack(InsertException failure, boolean uncertain) throws InsertException;

  /**
   * The records that are not stored, in the order of the batch.
   *
   * @param answered whether the batch was acknowledged
   */
  List<SinkRecord> missing(boolean answered);

  /** All rows of the batch are stored. */
  void stored();

  /**
   * Replaces the batch by these pieces, perhaps none. Its records that are {@link #missing} and in
   * no piece went to the dead letter queue, or their partition was revoked.
   *
   * @return the insert of each piece
   */
  List<Insert> replacedBy(List<Batch> pieces);
}
