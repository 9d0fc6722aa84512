package dev.tributary.connect.sink;

import dev.tributary.connect.sink.exactly.Intent;
import dev.tributary.connect.sink.exactly.OffsetSet;
import dev.tributary.connect.sink.exactly.PartitionProgress;
import dev.tributary.connect.state.FencedException;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A batch's way into its table exactly once: its intent, and what is known of its rows.
 *
 * <p>Made on the task thread, then used by the sender thread that has the batch, then by the task
 * thread again.
 */
final class Announcement {

  /**
   * How long after it was first sent an insert that is there is sent again, under its token, to
   * reach the materialized views as well: long before the table can have forgotten the token.
   */
  private static final long VIEWS_NS = TimeUnit.SECONDS.toNanos(60);

  private final PartitionProgress progress;
  private final Supplier<CompletableFuture<Intent>> request;

  /** The offsets of the batch: those of the intent, or some of them. */
  private final OffsetSet offsets;

  /** Whether it may have been sent without an answer, by this task or by one before. */
  private volatile boolean uncertain;

  private volatile CompletableFuture<Intent> intent;
  private volatile @Nullable OffsetSet present;
  private volatile long firstSentNs;
  private volatile boolean sent;

  Announcement(
      PartitionProgress progress,
      OffsetSet offsets,
      boolean inherited,
      Supplier<CompletableFuture<Intent>> request) {
    this.progress = progress;
    this.offsets = offsets;
    this.uncertain = inherited;
    this.request = request;
    this.intent = request.get();
  }

  /** As {@link Delivery#beforeAttempt}; sets the batch's token. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread at a time
  boolean beforeAttempt(Batch batch, boolean failedUncertainly, boolean feedsViews)
      throws InsertException {
    uncertain |= failedUncertainly;
    present = null;
    Intent durable = awaitIntent();
    batch.setToken(progress.token(durable));
    if (uncertain && isThere(durable)) {
      return feedsViews && sent && System.nanoTime() - firstSentNs < VIEWS_NS;
    }
    try {
      progress.confirm();
    } catch (FencedException e) {
      throw InsertException.lost(e);
    }
    if (!sent) {
      firstSentNs = System.nanoTime();
      sent = true;
    }
    return true;
  }

  private Intent awaitIntent() throws InsertException {
    try {
      return intent.get();
    } catch (ExecutionException e) {
      Throwable cause = PartitionProgress.reason(e.getCause() == null ? e : e.getCause());
      if (cause instanceof FencedException) {
        throw InsertException.lost(cause);
      } else if (cause instanceof SQLException) {
        intent = request.get();
        throw InsertException.of(cause, false);
      } else if (cause instanceof Error error) {
        throw error;
      }
      throw InsertException.of(cause, false);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw InsertException.lost(e);
    }
  }

  /**
   * Finds out what of the batch is there, where that is not certain. Otherwise all or nothing of it
   * is, as ClickHouse has said.
   *
   * @throws InsertException when the table cannot be asked
   */
  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread at a time
  void verify(boolean failedUncertainly) throws InsertException {
    uncertain |= failedUncertainly;
    if (uncertain) {
      isThere(awaitIntent());
    }
  }

  private boolean isThere(Intent durable) throws InsertException {
    try {
      OffsetSet found = progress.present(durable).intersect(offsets);
      present = found;
      return offsets.minus(found).isEmpty();
    } catch (SQLException e) {
      throw InsertException.unverified(e);
    }
  }

  /** What was found to be there; empty where nobody has looked. */
  Optional<OffsetSet> present() {
    return Optional.ofNullable(present);
  }

  OffsetSet offsets() {
    return offsets;
  }

  PartitionProgress progress() {
    return progress;
  }

  /** The intent; empty if it is not durable, so that nothing was sent. */
  Optional<Intent> intent() {
    return intent.isDone() && !intent.isCompletedExceptionally()
        ? Optional.of(intent.join())
        : Optional.empty();
  }
}
