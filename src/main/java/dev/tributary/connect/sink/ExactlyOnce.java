package dev.tributary.connect.sink;

import static java.util.Objects.requireNonNull;

import dev.tributary.connect.sink.ExactPartition.Taken;
import dev.tributary.connect.sink.exactly.Intent;
import dev.tributary.connect.sink.exactly.OffsetSet;
import dev.tributary.connect.sink.exactly.PartitionLedger;
import dev.tributary.connect.sink.exactly.PartitionProgress;
import dev.tributary.connect.sink.table.TableId;
import dev.tributary.connect.state.TaskScope;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code delivery=exactly_once}: each row is in its table once, whatever fails.
 *
 * <p>A token alone is not enough: a server killed between logging a token and writing the rows
 * answers a retry with success. So the rows carry their coordinates, and where it is not certain
 * what has become of an insert the table itself is asked. What was going to be inserted is durable
 * before it is, as an intent, so that the next owner of a partition knows what to ask for; a former
 * owner that does not know it is one can write no intent any more, and what it still sends is
 * discarded by its token.
 *
 * <p>The order for a batch: the transforms' state is durable, then its intent, then it is sent.
 * None of this is waited for on the task thread.
 */
final class ExactlyOnce implements Delivery {

  private static final Logger log = LoggerFactory.getLogger(ExactlyOnce.class);

  /**
   * How long a partition that another owner has taken over is left alone, while it is still ours.
   */
  private static final long LOST_MS = 5_000;

  /** What the sink task does for its delivery. */
  interface Host {

    /** The offsets below a bound of the partition's batches that fit, and of its dead letters. */
    OffsetSet pendingBelow(TopicPartition partition, long bound, Predicate<Batch> which);

    /** Makes batches of records for a table. */
    List<Batch> rebuild(TableId table, List<SinkRecord> records);

    /** Sends a batch that was announced. */
    void send(Batch batch);

    void requestCommit();

    /** Forgets the partition's records, and has none come. */
    void drop(TopicPartition partition);

    /** Has the partition go on at an offset. */
    void rewind(TopicPartition partition, long offset);
  }

  private final String name;
  private final TaskScope scope;
  private final Takeover takeover;
  private final Predicate<TableId> feedsViews;
  private final Time time;
  private final Host host;
  private final Map<TopicPartition, ExactPartition> partitions = new HashMap<>();

  /**
   * @param feedsViews whether materialized views take the rows of a table on
   */
  ExactlyOnce(
      String name,
      TaskScope scope,
      Takeover takeover,
      Predicate<TableId> feedsViews,
      Time time,
      Host host) {
    this.name = name;
    this.scope = scope;
    this.takeover = takeover;
    this.feedsViews = feedsViews;
    this.time = time;
    this.host = host;
  }

  @Override
  public boolean mixesPartitions() {
    return false;
  }

  @Override
  public boolean needsPositions() {
    return true;
  }

  @Override
  public void opened(Map<TopicPartition, Long> positions) {
    positions.forEach(
        (partition, position) ->
            partitions.put(
                partition, new ExactPartition(partition, takeover.begin(partition, position))));
  }

  @Override
  public boolean isReady(TopicPartition partition) {
    ExactPartition one = partitions.get(partition);
    return one != null && one.isReady();
  }

  @Override
  public void closed(Collection<TopicPartition> closed) {
    for (TopicPartition partition : closed) {
      release(partitions.remove(partition));
    }
  }

  private void release(@Nullable ExactPartition gone) {
    if (gone != null) {
      takeover.giveBack(gone.taking());
    }
  }

  @Override
  public void work() {
    for (ExactPartition one : List.copyOf(partitions.values())) {
      if (!one.hasBegun()) {
        begin(one);
      } else if (one.lostAtMs > 0) {
        takeBack(one);
      } else if (one.progress().isFenced()) {
        lose(one);
      } else if (one.isReady()) {
        sendComplete(one);
      }
    }
  }

  private void begin(ExactPartition one) {
    if (!one.taking().isDone()) {
      return;
    }
    Taken taken = result(one.taking());
    TopicPartition partition = one.partition();
    boolean newEpoch = taken.restored().newEpoch();
    log.info(
        "{}: {} goes on at offset {}{}, {} inserts of the time before are open",
        name,
        partition,
        taken.position(),
        newEpoch ? " as a new start" : "",
        taken.restored().intents().size());
    if (taken.rewound()) {
      host.rewind(partition, taken.position());
    }
    one.begin(
        taken,
        newEpoch
            ? takeover.whenCommitted(partition, taken.progress().metadata())
            : CompletableFuture.completedFuture(null));
    if (newEpoch || taken.rewound()) {
      host.requestCommit();
    }
  }

  private static <T> T result(CompletableFuture<T> done) {
    try {
      return done.join();
    } catch (CompletionException e) {
      Throwable cause = PartitionProgress.reason(e);
      if (cause instanceof Error error) {
        throw error;
      }
      throw cause instanceof ConnectException known
          ? known
          : new ConnectException("A partition cannot be taken over: " + cause.getMessage(), cause);
    }
  }

  private void lose(ExactPartition one) {
    one.lostAtMs = Math.max(1, time.milliseconds());
    log.warn(
        "{}: another task writes {} now; nothing more of it is inserted here. If it is still"
            + " assigned to this task in {} ms, it is taken back",
        name,
        one.partition(),
        LOST_MS);
    host.drop(one.partition());
  }

  private void takeBack(ExactPartition one) {
    if (time.milliseconds() - one.lostAtMs < LOST_MS) {
      return;
    }
    TopicPartition partition = one.partition();
    release(one);
    host.rewind(partition, one.committedOffset());
    opened(Map.of(partition, one.committedOffset()));
    requireNonNull(partitions.get(partition)).rewind();
    host.requestCommit();
  }

  /** Sends what earlier owners had announced, as they would have. */
  private void sendComplete(ExactPartition one) {
    if (!one.ledger().awaitsRecords()) {
      return;
    }
    one.takeComplete()
        .forEach(
            (intent, records) -> {
              List<Batch> batches =
                  records.isEmpty() ? List.of() : host.rebuild(intent.table(), records);
              if (batches.size() == 1) {
                Batch batch = batches.get(0);
                CompletableFuture<Intent> durable = CompletableFuture.completedFuture(intent);
                OffsetSet offsets = ExactPartition.offsets(batch.records());
                batch.setAnnouncement(
                    new Announcement(one.progress(), offsets, true, () -> durable));
              } else {
                announcePieces(one, intent, batches, batch -> true);
              }
              batches.forEach(host::send);
            });
    if (one.ledger().awaitsRecords()) {
      host.requestCommit(); // it says how far the framework has come
    }
  }

  @Override
  public boolean admits(SinkRecord record, TableId table) {
    ExactPartition one =
        partitions.get(new TopicPartition(record.originalTopic(), record.originalKafkaPartition()));
    if (one == null || one.lostAtMs > 0) {
      return false; // its next owner gets the record again
    } else if (!one.isReady()) {
      throw new IllegalStateException(
          "A record came from " + one.partition() + ", which is paused");
    }
    return one.admits(record, table);
  }

  @Override
  public void held(SinkRecord record) {
    ofRecord(record).ifPresent(one -> one.ledger().held(record.originalKafkaOffset()));
  }

  @Override
  public void released(SinkRecord record) {
    ofRecord(record).ifPresent(one -> one.ledger().released(record.originalKafkaOffset()));
  }

  private Optional<ExactPartition> ofRecord(SinkRecord record) {
    return Optional.ofNullable(
            partitions.get(
                new TopicPartition(record.originalTopic(), record.originalKafkaPartition())))
        .filter(ExactPartition::hasBegun);
  }

  @Override
  public void announce(Batch batch) {
    ExactPartition one = of(batch);
    if (one == null || !one.isReady()) {
      return;
    }
    OffsetSet offsets = ExactPartition.offsets(batch.records());
    PartitionProgress progress = one.progress();
    moveOn(one, other -> true, OffsetSet.EMPTY);
    CompletableFuture<Void> durable = scope.durable();
    TableId table = batch.table().id();
    batch.setAnnouncement(
        new Announcement(
            progress,
            offsets,
            false,
            () ->
                durable
                    .thenCompose(done -> progress.intend(table, List.of(offsets), Optional.empty()))
                    .thenApply(intents -> intents.get(0))));
  }

  /** Lets the next write of the partition's progress say what is done by now. */
  private void moveOn(ExactPartition one, Predicate<Batch> isPending, OffsetSet alsoPending) {
    PartitionLedger ledger = one.ledger();
    long bound = ledger.doneBelow();
    ledger.heldFrom(scope.oldestHeld(one.partition()));
    OffsetSet pending =
        host.pendingBelow(
                one.partition(),
                bound,
                batch ->
                    isPending.test(batch)
                        && (batch.announcement().isEmpty() || one.announced(batch)))
            .plus(one.collectedOffsets().plus(alsoPending).intersect(OffsetSet.range(0, bound)));
    one.progress().moveTo(ledger.horizon(pending), ledger.takeOver());
  }

  private @Nullable ExactPartition of(Batch batch) {
    return batch.offsets().isEmpty()
        ? null
        : partitions.get(batch.offsets().keySet().iterator().next());
  }

  @Override
  public boolean beforeAttempt(Batch batch, int attempt, boolean uncertain) throws InsertException {
    return announcement(batch).beforeAttempt(batch, uncertain, feedsViews.test(batch.table().id()));
  }

  @Override
  public void afterAnswer(Batch batch, boolean uncertain) throws InsertException {
    announcement(batch).verify(uncertain);
  }

  @Override
  public void beforeHandBack(Batch batch, boolean uncertain) throws InsertException {
    announcement(batch).verify(uncertain);
  }

  private static Announcement announcement(Batch batch) {
    return batch
        .announcement()
        .orElseThrow(() -> new IllegalStateException(batch + " was not announced"));
  }

  @Override
  public List<SinkRecord> missing(Batch batch, boolean answered) {
    Optional<OffsetSet> present = announcement(batch).present();
    if (present.isEmpty()) {
      return answered ? List.of() : batch.records();
    }
    return batch.records().stream()
        .filter(record -> !present.get().contains(record.originalKafkaOffset()))
        .toList();
  }

  @Override
  public void acknowledged(Batch batch) {
    ExactPartition one = of(batch);
    if (one != null && one.announced(batch)) {
      Announcement announcement = announcement(batch);
      one.ledger().done(announcement.offsets());
      announcement.intent().ifPresent(one.ledger()::over);
    }
  }

  @Override
  public void replaced(Batch batch, List<Batch> pieces) {
    ExactPartition one = of(batch);
    if (one == null || !one.announced(batch)) {
      return;
    }
    Announcement announcement = announcement(batch);
    announcement.present().ifPresent(one.ledger()::done);
    Optional<Intent> intent = announcement.intent();
    if (intent.isPresent()) {
      announcePieces(one, intent.get(), pieces, other -> other != batch);
    } else {
      pieces.forEach(this::announce);
    }
  }

  /** Has intents of pieces take the place of one that is not sent any more. */
  private void announcePieces(
      ExactPartition one, Intent replaced, List<Batch> pieces, Predicate<Batch> isPending) {
    if (pieces.isEmpty()) {
      one.ledger().over(replaced);
      return;
    }
    List<OffsetSet> offsets = new ArrayList<>();
    OffsetSet all = OffsetSet.EMPTY;
    for (Batch piece : pieces) {
      OffsetSet its = ExactPartition.offsets(piece.records());
      offsets.add(its);
      all = all.plus(its);
    }
    OffsetSet together = all;
    moveOn(one, isPending, together);
    CompletableFuture<List<Intent>> intents =
        one.progress().intend(replaced.table(), offsets, Optional.of(replaced));
    for (int i = 0; i < pieces.size(); i++) {
      int piece = i;
      pieces
          .get(i)
          .setAnnouncement(
              new Announcement(
                  one.progress(),
                  offsets.get(i),
                  false,
                  () -> intents.thenApply(list -> list.get(piece))));
    }
  }

  @Override
  public long oldestCollected(TopicPartition partition) {
    ExactPartition one = partitions.get(partition);
    return one == null ? Long.MAX_VALUE : one.oldestCollected();
  }

  @Override
  public Optional<OffsetAndMetadata> commit(TopicPartition partition, OffsetAndMetadata offset) {
    ExactPartition one = partitions.get(partition);
    if (one == null) {
      return Optional.empty();
    }
    return one.commit(offset);
  }

  @Override
  public void position(TopicPartition partition, long position) {
    ExactPartition one = partitions.get(partition);
    if (one != null) {
      one.position(position);
    }
  }

  @Override
  public void close() {
    closed(List.copyOf(partitions.keySet()));
    takeover.close();
  }
}
