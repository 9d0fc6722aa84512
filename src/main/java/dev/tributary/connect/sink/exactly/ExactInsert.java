package dev.tributary.connect.sink.exactly;

import dev.tributary.connect.sink.batch.Batch;
import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.clickhouse.InsertException;
import dev.tributary.connect.sink.insert.Insert;
import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.progress.FencedException;
import dev.tributary.connect.sink.progress.Intent;
import dev.tributary.connect.sink.progress.ProgressWriter;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/**
 * The exactly-once state of one insert: its durable intent and which of its rows are known to be
 * stored.
 */
final class ExactInsert implements Insert {

  /**
   * For this long after it was first sent, an insert whose rows are stored is sent again under its
   * token, so that its rows also reach the materialized views: much shorter than the table
   * remembers the token.
   */
  private static final long VIEWS_NS = TimeUnit.SECONDS.toNanos(60);

  private final ExactlyOnce delivery;
  private final OwnedPartition owner;
  private final Batch batch;
  private final ProgressWriter progress;
  private final Supplier<CompletableFuture<Intent>> request;
  private final Time time;

  /** The offsets of the batch: those of the intent, or some of them. */
  private final OffsetSet offsets;

  /** Whether an attempt of this task or a previous owner may have been sent without an answer. */
  private volatile boolean uncertain;

  private volatile CompletableFuture<Intent> intent;
  private volatile String token = "";
  private volatile @Nullable OffsetSet present;
  private volatile long firstSentNs;
  private volatile boolean sent;

  /**
   * @param inherited whether a previous owner may have sent it
   * @param request requests the intent; called again if that failed because a table could not be
   *     queried
   */
  ExactInsert(
      ExactlyOnce delivery,
      OwnedPartition owner,
      Batch batch,
      OffsetSet offsets,
      boolean inherited,
      Supplier<CompletableFuture<Intent>> request,
      Time time) {
    this.delivery = delivery;
    this.owner = owner;
    this.batch = batch;
    this.progress = owner.progress();
    this.offsets = offsets;
    this.uncertain = inherited;
    this.request = request;
    this.time = time;
    this.intent = request.get();
  }

  @Override
  public Batch batch() {
    return batch;
  }

  @Override
  public String token() {
    return token;
  }

  @Override
  public CompletableFuture<?> whenReady() {
    return intent;
  }

  @Override
  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread at a time
  public boolean beforeAttempt(boolean failedUncertainly) throws InsertException {
    uncertain |= failedUncertainly;
    present = null;
    Intent durable = durableIntent();
    token = progress.token(durable);
    if (uncertain && isStored(durable)) {
      return sent
          && time.nanoseconds() - firstSentNs < VIEWS_NS
          && delivery.feedsViews(batch.table().id());
    }
    try {
      progress.confirm();
    } catch (FencedException e) {
      throw InsertException.notSent(String.valueOf(e.getMessage()), e);
    }
    if (!sent) {
      firstSentNs = time.nanoseconds();
      sent = true;
    }
    return true;
  }

  /** The intent, see {@link #whenReady}. */
  private Intent durableIntent() throws InsertException {
    try {
      return intent.join();
    } catch (CompletionException e) {
      Throwable cause = ProgressWriter.reason(e);
      if (cause instanceof FencedException) {
        throw InsertException.notSent(String.valueOf(cause.getMessage()), cause);
      } else if (cause instanceof ClickHouseException unanswered) {
        intent = request.get();
        throw InsertException.of(unanswered, false);
      } else if (cause instanceof Error error) {
        throw error;
      }
      throw InsertException.impossible(cause);
    }
  }

  /** Queries the table for the rows of the batch if the answers of ClickHouse leave that open. */
  @Override
  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread at a time
  public void verify(boolean failedUncertainly) throws InsertException {
    uncertain |= failedUncertainly;
    if (uncertain) {
      isStored(durableIntent());
    }
  }

  private boolean isStored(Intent durable) throws InsertException {
    try {
      OffsetSet found = progress.present(durable).intersect(offsets);
      present = found;
      return offsets.minus(found).isEmpty();
    } catch (ClickHouseException e) {
      throw InsertException.unverified(e);
    }
  }

  @Override
  public List<SinkRecord> missing(boolean answered) {
    OffsetSet found = present;
    if (found == null) {
      return answered ? List.of() : batch.records();
    }
    return batch.records().stream()
        .filter(record -> !found.contains(record.originalKafkaOffset()))
        .toList();
  }

  @Override
  public void stored() {
    if (delivery.isCurrent(owner)) {
      owner.ledger().done(offsets);
      durable().ifPresent(owner.ledger()::finish);
    }
  }

  @Override
  public List<Insert> replacedBy(List<Batch> pieces) {
    if (!delivery.isCurrent(owner)) {
      return List.of(); // the next owner reads the records again
    }
    OffsetSet found = present;
    if (found != null) {
      owner.ledger().done(found);
    }
    Optional<Intent> durable = durable();
    return durable.isPresent()
        ? delivery.beginPieces(owner, durable.get(), pieces)
        : pieces.stream().map(delivery::begin).toList();
  }

  /** The intent; empty if it is not durable, in which case nothing was sent. */
  private Optional<Intent> durable() {
    return intent.isDone() && !intent.isCompletedExceptionally()
        ? Optional.of(intent.join())
        : Optional.empty();
  }
}
