package dev.tributary.connect.sink.progress;

import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.table.TableId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes the progress of one source partition for its owner.
 *
 * <p>Every insert needs a durable intent first, see {@link #intend}; intents requested during a
 * write share the next one. The record is always rewritten as a whole. Once another owner has
 * claimed the partition, every call fails with {@link FencedException}, and nothing more may be
 * inserted for the partition.
 *
 * <p>Thread-safe. Methods that block say so; neither they nor the executor's tasks may run on the
 * task thread.
 */
public final class ProgressWriter {

  /** The highest age of the proof of ownership when an insert is sent. */
  static final long CONFIRM_NS = TimeUnit.SECONDS.toNanos(10);

  /** The committed offset of the consumer group. */
  public record Commit(long offset, String metadata) {}

  /** A request for intents. */
  private record Request(
      TableId table,
      List<OffsetSet> pieces,
      @Nullable Intent replaced,
      CompletableFuture<List<Intent>> durable) {}

  private final SourceId source;
  private final FencedRecord record;
  private final InsertedOffsets insertedOffsets;
  private final Executor executor;
  private final LongSupplier nanos;

  /** Held during a write. */
  private final Object writing = new Object();

  private ProgressRecord durable;
  private volatile long provenAt;
  private final boolean newEpoch;
  private volatile @Nullable Throwable failure;

  private final List<Request> requests = new ArrayList<>();
  private final Set<Long> done = new HashSet<>();
  private DoneOffsets doneOffsets;
  private boolean pumping;

  private ProgressWriter(
      SourceId source,
      FencedRecord record,
      InsertedOffsets insertedOffsets,
      Executor executor,
      LongSupplier nanos,
      ProgressRecord durable,
      boolean newEpoch) {
    this.source = source;
    this.record = record;
    this.insertedOffsets = insertedOffsets;
    this.executor = executor;
    this.nanos = nanos;
    this.durable = durable;
    this.newEpoch = newEpoch;
    this.doneOffsets = new DoneOffsets(durable.doneBelow(), durable.except());
  }

  /**
   * Claims a partition. Blocks.
   *
   * @param record just opened, so that its previous owners are fenced
   * @param commit the committed offset of the group; empty if there is none
   * @param owner a random id
   * @throws FencedException when another owner has claimed it meanwhile
   * @throws ClickHouseException when the open inserts of an epoch that ends cannot be fenced now
   * @throws StateUnavailableError when the record is older than the commit, or cannot be read
   */
  public static ProgressWriter claim(
      SourceId source,
      FencedRecord record,
      Optional<Commit> commit,
      InsertedOffsets insertedOffsets,
      Executor executor,
      LongSupplier nanos,
      long owner)
      throws FencedException, ClickHouseException {
    Optional<ProgressRecord> before =
        record.value().map(bytes -> LostProgress.decode(source, bytes));
    ProgressRecord found = before.orElse(ProgressRecord.start(0, 0));
    String metadata = commit.map(Commit::metadata).orElse("");
    boolean ours = metadata.equals(source.metadata(found.epoch())) && found.epoch() > 0;
    if (!ours && source.isLaterThan(found.epoch(), metadata)) {
      throw LostProgress.gone(source);
    }
    if (!ours) {
      // Their rows are history for the next epoch, so no further ones may arrive.
      for (Intent intent : found.intents()) {
        insertedOffsets.fence(source.token(found.epoch(), intent));
      }
    }
    long next = before.isPresent() ? found.epoch() + 1 : firstEpoch(owner);
    ProgressRecord claimed = ours ? found.ownedBy(owner) : ProgressRecord.start(next, owner);
    ProgressWriter progress =
        new ProgressWriter(source, record, insertedOffsets, executor, nanos, claimed, !ours);
    progress.write(claimed);
    return progress;
  }

  /**
   * The first epoch of a partition without a record, random: a deleted record may have had any
   * epoch, and ClickHouse drops inserts under a token that it has seen.
   */
  private static long firstEpoch(long random) {
    return (random >>> 16) + 1;
  }

  /** The metadata to commit with the partition's offsets. */
  public String metadata() {
    return source.metadata(durable.epoch());
  }

  /**
   * The restored progress, after querying the tables of open intents. An intent whose table feeds
   * views counts as not stored, since the views may lack its rows. Blocks.
   *
   * @param position everything below is done
   */
  public RestoredProgress restored(long position) throws ClickHouseException {
    Map<Intent, OffsetSet> intents = new LinkedHashMap<>();
    for (Intent intent : durable.intents()) {
      intents.put(
          intent,
          intent.isOver(position)
              ? intent.offsets()
              : intent.tokenAge().isPresent() ? OffsetSet.EMPTY : present(intent));
    }
    return new RestoredProgress(
        newEpoch, new DoneOffsets(durable.doneBelow(), durable.except()), intents);
  }

  /** The deduplication token of an intent's insert. */
  public String token(Intent intent) {
    return source.token(durable.epoch(), intent);
  }

  /**
   * Includes these done offsets in the next writes.
   *
   * @param over the intents whose offsets are all accounted for in {@code later}; they are left out
   *     from now on
   */
  public void moveTo(DoneOffsets later, Collection<Intent> over) {
    synchronized (requests) {
      doneOffsets = later;
      over.forEach(intent -> done.add(intent.number()));
    }
  }

  /**
   * Requests durable intents to insert into a table.
   *
   * @param pieces the offsets of each insert
   * @param replaced the intent that these replace, which must not be sent again; its offsets that
   *     are in none of the pieces are done, or will not be delivered
   * @return the intents, once they are durable and may be sent. Fails with {@link FencedException},
   *     {@link StateUnavailableError}, or {@link ClickHouseException} when the table cannot be
   *     queried for earlier rows; only that can be retried
   */
  public CompletableFuture<List<Intent>> intend(
      TableId table, List<OffsetSet> pieces, Optional<Intent> replaced) {
    Request request = new Request(table, pieces, replaced.orElse(null), new CompletableFuture<>());
    synchronized (requests) {
      requests.add(request);
      if (pumping) {
        return request.durable;
      }
      pumping = true;
    }
    executor.execute(this::pump);
    return request.durable;
  }

  /**
   * Fences the inserts that previous owners may have sent for an intent, in the background. Fails
   * with {@link ClickHouseException} if that must be tried again.
   */
  public CompletableFuture<Void> fence(Intent intent) {
    CompletableFuture<Void> fenced = new CompletableFuture<>();
    executor.execute(
        () -> {
          try {
            insertedOffsets.fence(token(intent));
            fenced.complete(null);
          } catch (Throwable e) {
            fenced.completeExceptionally(e);
          }
        });
    return fenced;
  }

  /**
   * Returns once it is proven that no other owner had claimed the partition ten seconds ago. Blocks
   * if that takes another write.
   */
  public void confirm() throws FencedException {
    if (nanos.getAsLong() - provenAt < CONFIRM_NS) {
      check();
      return;
    }
    synchronized (writing) {
      check();
      if (nanos.getAsLong() - provenAt >= CONFIRM_NS) {
        write(durable);
      }
    }
  }

  /** The intent's offsets that are stored in its table. Blocks. */
  public OffsetSet present(Intent intent) throws ClickHouseException {
    return intent.present(
        insertedOffsets.counts(intent.table(), source.partition(), intent.offsets()));
  }

  /**
   * Writes that the views of an intent's table lack its rows, and that nothing says whether its
   * token is still known. Blocks.
   */
  public void oweViews(Intent intent) throws FencedException {
    synchronized (writing) {
      check();
      List<Intent> intents = new ArrayList<>();
      for (Intent one : durable.intents()) {
        intents.add(one.number() == intent.number() ? intent.owingViews() : one);
      }
      write(durable.withIntents(intents));
    }
  }

  public boolean isFenced() {
    return failure instanceof FencedException;
  }

  private void check() throws FencedException {
    Throwable failed = failure;
    if (failed instanceof FencedException fenced) {
      throw new FencedException(String.valueOf(fenced.getMessage()), fenced);
    } else if (failed != null) {
      throw new StateUnavailableError(String.valueOf(failed.getMessage()), failed);
    }
  }

  private void pump() {
    while (true) {
      List<Request> taken;
      synchronized (requests) {
        if (requests.isEmpty()) {
          pumping = false;
          return;
        }
        taken = List.copyOf(requests);
        requests.clear();
      }
      try {
        Map<Request, List<Intent>> intents;
        synchronized (writing) {
          check();
          intents = write(taken);
        }
        intents.forEach((request, its) -> request.durable.complete(its));
      } catch (Throwable e) {
        taken.forEach(request -> request.durable.completeExceptionally(e));
      }
    }
  }

  /** Makes the intents of several requests durable in one write. */
  private Map<Request, List<Intent>> write(List<Request> batch)
      throws ClickHouseException, FencedException {
    Map<TableId, Long> ceilings = new LinkedHashMap<>(durable.ceilings());
    long number = durable.nextNumber();
    DoneOffsets upTo;
    Set<Long> closed;
    synchronized (requests) {
      upTo = doneOffsets;
      closed = new HashSet<>(done);
    }
    Map<Request, List<Intent>> intentsByRequest = new LinkedHashMap<>();
    List<Intent> open = new ArrayList<>();
    for (Request request : batch) {
      List<Intent> intents = new ArrayList<>();
      Intent replaced = request.replaced;
      Optional<TokenAge> age = insertedOffsets.tokenAge(request.table);
      for (OffsetSet piece : request.pieces) {
        if (replaced == null) {
          intents.add(fresh(number++, request.table, piece, ceilings, age));
        } else if (request.pieces.size() == 1) {
          intents.add(replaced.part(replaced.number(), replaced.attempt() + 1, piece, age));
        } else {
          intents.add(replaced.part(number++, 1, piece, age));
        }
      }
      if (replaced != null) {
        closed.add(replaced.number());
      }
      open.addAll(intents);
      intentsByRequest.put(request, intents);
    }
    List<Intent> all = new ArrayList<>();
    for (Intent intent : durable.intents()) {
      if (!closed.contains(intent.number())) {
        all.add(intent);
      }
    }
    all.addAll(open);
    write(
        new ProgressRecord(
            durable.epoch(),
            durable.owner(),
            number,
            upTo.doneBelow(),
            upTo.except(),
            ceilings,
            all));
    synchronized (requests) {
      Set<Long> still = new HashSet<>();
      all.forEach(intent -> still.add(intent.number()));
      done.retainAll(still);
    }
    return intentsByRequest;
  }

  private Intent fresh(
      long number,
      TableId table,
      OffsetSet offsets,
      Map<TableId, Long> ceilings,
      Optional<TokenAge> age)
      throws ClickHouseException {
    Long ceiling = ceilings.get(table);
    if (ceiling == null) {
      ceiling = insertedOffsets.ceiling(table, source.partition());
      ceilings.put(table, ceiling);
    }
    Map<Long, OffsetSet> earlier =
        offsets.first() <= ceiling
            ? insertedOffsets.counts(table, source.partition(), offsets)
            : new TreeMap<>();
    return new Intent(number, 1, table, offsets, earlier, age);
  }

  private void write(ProgressRecord next) throws FencedException {
    long before = nanos.getAsLong();
    try {
      record.write(next.encode());
    } catch (FencedException | RuntimeException | Error e) {
      failure = e;
      throw e;
    }
    durable = next;
    provenAt = before;
  }

  /** The cause of a failure of {@link #intend}. */
  public static Throwable reason(Throwable thrown) {
    return thrown instanceof CompletionException && thrown.getCause() != null
        ? thrown.getCause()
        : thrown;
  }

  /**
   * Ends this ownership: no further write begins. Does not wait for a write in flight, which only
   * closing the record ends.
   */
  public void release() {
    if (failure == null) {
      failure = new FencedException("the partition was released", null);
    }
  }
}
