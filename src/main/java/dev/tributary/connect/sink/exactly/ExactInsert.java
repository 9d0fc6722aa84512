package dev.tributary.connect.sink.exactly;

import dev.tributary.connect.sink.batch.Batch;
import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.clickhouse.FailureKind;
import dev.tributary.connect.sink.clickhouse.InsertException;
import dev.tributary.connect.sink.clickhouse.InsertRequest.LastCheck;
import dev.tributary.connect.sink.insert.Insert;
import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.progress.FencedException;
import dev.tributary.connect.sink.progress.Intent;
import dev.tributary.connect.sink.progress.ProgressWriter;
import dev.tributary.connect.sink.progress.TokenAge;
import dev.tributary.connect.sink.table.TableId;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/**
 * The exactly-once state of one insert: its durable intent and which of its rows are known to be
 * stored.
 *
 * <p>Rows are sent under another token only when the earlier ones are fenced and the table has been
 * queried after that. If materialized views read the table, an insert of which rows are stored is
 * repeated as a whole under its token until ClickHouse acknowledges it, and so gives the views what
 * they lack.
 */
final class ExactInsert implements Insert {

  /** Where an insert comes from. */
  enum Origin {
    /** Nobody has sent its rows, or all that was sent of them is known. */
    NEW,
    /** A previous owner may have sent it under its token. */
    INHERITED,
    /** A previous owner may have sent its rows under another token, which is fenced. */
    SUCCESSOR
  }

  private final ExactlyOnce delivery;
  private final OwnedPartition owner;
  private final Batch batch;
  private final ProgressWriter progress;
  private final Supplier<CompletableFuture<Intent>> request;

  /** The offsets of the batch: those of the intent, or some of them. */
  private final OffsetSet offsets;

  private final boolean inherited;
  private boolean successor;

  /** Whether an attempt of this task or a previous owner may have been sent without an answer. */
  private volatile boolean uncertain;

  private volatile CompletableFuture<Intent> intent;
  private volatile String token = "";
  private volatile @Nullable OffsetSet present;

  /** Whether the rows are stored, and ClickHouse has not acknowledged that its views have them. */
  private volatile boolean owesViews;

  /**
   * @param request requests the intent; called again if that failed because a table could not be
   *     queried
   */
  ExactInsert(
      ExactlyOnce delivery,
      OwnedPartition owner,
      Batch batch,
      OffsetSet offsets,
      Origin origin,
      Supplier<CompletableFuture<Intent>> request) {
    this.delivery = delivery;
    this.owner = owner;
    this.batch = batch;
    this.progress = owner.progress();
    this.offsets = offsets;
    this.inherited = origin == Origin.INHERITED;
    this.successor = origin == Origin.SUCCESSOR;
    this.uncertain = inherited;
    this.request = request;
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
    if (successor) {
      return isSuccessorToSend(durable);
    } else if (!uncertain) {
      return true;
    }
    boolean feedsViews = durable.tokenAge().isPresent();
    OffsetSet found = query(durable);
    if (!feedsViews && !found.isEmpty() && !isAll(found)) {
      // The rest gets another token, so that stored rows need no token to be known. Where that must
      // wait, its own token is right while it is known.
      try {
        fence();
      } catch (InsertException notNow) {
        return true;
      }
      found = query(durable);
    }
    if (isAll(found)) {
      return feedsViews && mustReachViews(durable);
    }
    return feedsViews || found.isEmpty();
  }

  /** What is stored of it was sent under the token of its predecessor. */
  private boolean isSuccessorToSend(Intent durable) throws InsertException {
    OffsetSet found = query(durable);
    if (found.isEmpty()) {
      successor = false;
      present = null;
      return true;
    } else if (durable.tokenAge().isPresent()) {
      throw viewsUnknown(durable);
    }
    return false; // the rest of it gets another token
  }

  /** Whether an insert whose rows are stored is repeated for the views of its table. */
  private boolean mustReachViews(Intent durable) throws InsertException {
    try {
      if (delivery.targets().views(durable.table()).isEmpty()) {
        return false;
      } else if (delivery
          .targets()
          .knowsToken(durable.table(), durable.tokenAge().orElse(TokenAge.UNKNOWN))) {
        owesViews = true;
        return true;
      }
    } catch (ClickHouseException e) {
      throw InsertException.unverified(e);
    }
    throw viewsUnknown(durable);
  }

  private InsertException viewsUnknown(Intent durable) throws InsertException {
    owesViews = true;
    List<String> statements;
    try {
      statements =
          delivery.targets().fillViews(durable.table(), owner.partition(), durable.offsets());
    } catch (ClickHouseException e) {
      throw InsertException.unverified(e);
    }
    return InsertException.view(
        "the rows are stored, but its materialized views may lack them, and the table may have"
            + " forgotten the insert, so it is not repeated. Query the views' tables for these rows"
            + " and fill those that lack them ("
            + String.join("; ", statements)
            + "), then stop the connector, "
            + wayOut(durable)
            + ", and resume it",
        null);
  }

  /** How the user continues without a row that is lost or stored twice. */
  private String wayOut(Intent durable) {
    OffsetSet of = durable.offsets();
    long committed = owner.committedOffset();
    boolean next = of.runs() == 1 && committed == of.first();
    return "set the offset of "
        + owner.partition()
        + " to "
        + (next ? of.last() + 1 : committed)
        + ", delete the rows from there on, if there are any, from the table and the views' tables,"
        + " since they are inserted again";
  }

  @Override
  public Optional<LastCheck> lastCheck() {
    return Optional.of(
        () -> {
          try {
            progress.confirm();
          } catch (FencedException e) {
            throw InsertException.notSent(String.valueOf(e.getMessage()), e);
          }
        });
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
    if (uncertain && !isAll(query(durableIntent()))) {
      fence();
      var unused = query(durableIntent());
    }
  }

  @Override
  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread at a time
  public InsertException beforeHandBack(InsertException failure, boolean failedUncertainly)
      throws InsertException {
    uncertain |= failedUncertainly;
    if (!uncertain || failure.kind() == FailureKind.VIEW) {
      return failure;
    }
    Intent durable = durableIntent();
    fence();
    OffsetSet found = query(durable);
    if (found.isEmpty()) {
      return failure;
    }
    Collection<TableId> targets;
    try {
      targets = delivery.targets().views(durable.table()).values();
    } catch (ClickHouseException e) {
      throw InsertException.unverified(e);
    }
    if (targets.isEmpty()) {
      return failure;
    }
    owesViews = true;
    if (failure.kind().isRetried() || !isAll(found)) {
      throw InsertException.whole(failure);
    }
    if (!durable.tokenAge().orElse(TokenAge.UNKNOWN).inserts().keySet().containsAll(targets)) {
      oweViews(durable);
    }
    return InsertException.view(
        "the rows are stored, but not in all materialized views; fix the view with MODIFY QUERY, or"
            + " DROP it and CREATE it under the same name, alter no other view of the table"
            + " meanwhile, then restart the task",
        failure);
  }

  /** The view was created after the intent was written. */
  private void oweViews(Intent durable) throws InsertException {
    try {
      progress.oweViews(durable);
    } catch (FencedException e) {
      throw InsertException.notSent(String.valueOf(e.getMessage()), e);
    }
  }

  /** Makes sure that no earlier attempt under the token can still store a row. */
  private void fence() throws InsertException {
    try {
      delivery.targets().fence(token, inherited);
    } catch (ClickHouseException e) {
      throw InsertException.unfenced(e);
    }
  }

  /** The offsets of the batch that are stored. */
  private OffsetSet query(Intent durable) throws InsertException {
    try {
      OffsetSet found = progress.present(durable).intersect(offsets);
      present = found;
      return found;
    } catch (ClickHouseException e) {
      throw InsertException.unverified(e);
    }
  }

  private boolean isAll(OffsetSet found) {
    return offsets.minus(found).isEmpty();
  }

  @Override
  public List<SinkRecord> missing(boolean answered) {
    OffsetSet found = present;
    if (!answered && owesViews) {
      return batch.records();
    } else if (found == null) {
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
