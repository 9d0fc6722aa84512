package dev.tributary.connect.sink.exactly;

import static java.util.Objects.requireNonNull;

import dev.tributary.connect.record.RecordCoordinates;
import dev.tributary.connect.sink.batch.Batch;
import dev.tributary.connect.sink.exactly.ExactInsert.Origin;
import dev.tributary.connect.sink.exactly.OwnedPartition.Claimed;
import dev.tributary.connect.sink.insert.Delivery;
import dev.tributary.connect.sink.insert.Insert;
import dev.tributary.connect.sink.offsets.CommitRequests;
import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.offsets.PendingOffsets;
import dev.tributary.connect.sink.progress.Intent;
import dev.tributary.connect.sink.progress.ProgressWriter;
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
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code delivery=exactly_once}: each row is stored in its table once, whatever fails.
 *
 * <p>A token alone is not enough: a server killed between logging a token and writing the rows
 * answers a retry with success. So the rows carry their coordinates, and if the outcome of an
 * insert is uncertain, the table is queried for them. A durable intent is written before each
 * insert, so that the next owner of a partition knows which rows to query for. A previous owner
 * that does not know that it is fenced can write no further intents, and what it still sends is
 * discarded by its token.
 *
 * <p>The order for a batch: the transforms' state is durable, then its intent, then it is sent. The
 * task thread waits for none of these.
 */
public final class ExactlyOnce implements Delivery {

  private static final Logger log = LoggerFactory.getLogger(ExactlyOnce.class);

  /**
   * How long a fenced partition that is still assigned to this task is left alone before it is
   * claimed again.
   */
  private static final long FENCED_MS = 5_000;

  private final String name;
  private final TaskScope scope;
  private final PartitionClaims claims;
  private final DeliveryTargets targets;
  private final PendingOffsets pending;
  private final CommitRequests commits;
  private final Time time;
  private final DeliveryHost host;
  private final Map<TopicPartition, OwnedPartition> partitions = new HashMap<>();
  private final List<TopicPartition> fenced = new ArrayList<>();

  /**
   * @param name prefix of log lines
   * @param claims closed with this
   */
  public ExactlyOnce(
      String name,
      TaskScope scope,
      PartitionClaims claims,
      DeliveryTargets targets,
      PendingOffsets pending,
      CommitRequests commits,
      Time time,
      DeliveryHost host) {
    this.name = name;
    this.scope = scope;
    this.claims = claims;
    this.targets = targets;
    this.pending = pending;
    this.commits = commits;
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
                partition, new OwnedPartition(partition, claims.claim(partition, position))));
  }

  @Override
  public boolean isReady(TopicPartition partition) {
    OwnedPartition owned = partitions.get(partition);
    return owned != null && owned.isReady();
  }

  @Override
  public void closed(Collection<TopicPartition> closed) {
    for (TopicPartition partition : closed) {
      OwnedPartition gone = partitions.remove(partition);
      if (gone != null) {
        claims.release(gone.claim());
      }
    }
  }

  @Override
  public List<Insert> work() {
    List<Insert> inherited = new ArrayList<>();
    for (OwnedPartition owned : List.copyOf(partitions.values())) {
      if (!owned.hasBegun()) {
        begin(owned);
      } else if (owned.isFenced()) {
        reclaim(owned);
      } else if (owned.progress().isFenced()) {
        fence(owned);
      } else if (owned.isReady()) {
        inherited.addAll(resume(owned));
      }
    }
    return inherited;
  }

  private void begin(OwnedPartition owned) {
    if (!owned.claim().isDone()) {
      return;
    }
    Claimed claimed = result(owned.claim());
    TopicPartition partition = owned.partition();
    boolean newEpoch = claimed.restored().newEpoch();
    log.info(
        "{}: resuming {} at offset {}{} with {} open inserts of the previous owner",
        name,
        partition,
        claimed.position(),
        newEpoch ? " as a new start" : "",
        claimed.restored().intents().size());
    if (claimed.rewound()) {
      host.rewind(partition, claimed.position());
    }
    owned.begin(
        claimed,
        newEpoch ? claims.whenCommitted(owned.claim()) : CompletableFuture.completedFuture(null));
    if (newEpoch || owned.isRewinding()) {
      commits.request(); // it reports the position of the framework
    }
  }

  private static <T> T result(CompletableFuture<T> done) {
    try {
      return done.join();
    } catch (CompletionException e) {
      Throwable cause = ProgressWriter.reason(e);
      if (cause instanceof Error error) {
        throw error;
      }
      throw cause instanceof ConnectException known
          ? known
          : new ConnectException(
              "A partition cannot be claimed: "
                  + cause.getMessage()
                  + ". Fix this and restart the task; nothing is lost.",
              cause);
    }
  }

  private void fence(OwnedPartition owned) {
    owned.fencedAt(time.milliseconds());
    log.warn(
        "{}: fenced by another task that claimed {}; nothing more of it is inserted here. If it is"
            + " still assigned to this task in {} ms, it is claimed again. Nothing needs to be"
            + " done unless this repeats: then check whether another Connect cluster runs a"
            + " connector of this name",
        name,
        owned.partition(),
        FENCED_MS);
    fenced.add(owned.partition());
    scope.closed(List.of(owned.partition())); // as if it was revoked: its held records are dropped
  }

  @Override
  public List<TopicPartition> takeFenced() {
    List<TopicPartition> taken = List.copyOf(fenced);
    fenced.clear();
    return taken;
  }

  private void reclaim(OwnedPartition owned) {
    if (time.milliseconds() - owned.fencedAtMs() < FENCED_MS) {
      return;
    }
    TopicPartition partition = owned.partition();
    Map<TopicPartition, Long> position = Map.of(partition, owned.committedOffset());
    claims.release(owned.claim());
    host.rewind(partition, owned.committedOffset());
    scope.opened(position);
    opened(position);
    requireNonNull(partitions.get(partition)).rewind();
    commits.request();
  }

  /** Sends the open intents of previous owners, unchanged if possible. */
  private List<Insert> resume(OwnedPartition owned) {
    if (!owned.ledger().awaitsRecords()) {
      return List.of();
    }
    List<Insert> inherited = new ArrayList<>();
    owned
        .takeComplete()
        .forEach(
            (intent, records) -> {
              List<Batch> batches =
                  records.isEmpty() ? List.of() : host.rebuild(intent.table(), records);
              boolean same = // as what the previous owner may have sent
                  batches.size() == 1
                      && (intent.tokenAge().isEmpty()
                          || offsets(batches.get(0)).equals(intent.offsets()));
              if (same) {
                CompletableFuture<Intent> durable = CompletableFuture.completedFuture(intent);
                inherited.add(insert(owned, batches.get(0), Origin.INHERITED, () -> durable));
              } else {
                inherited.addAll(beginSuccessors(owned, intent, batches));
              }
            });
    if (owned.ledger().awaitsRecords()) {
      commits.request(); // it reports the position of the framework
    }
    return inherited;
  }

  private ExactInsert insert(
      OwnedPartition owned,
      Batch batch,
      Origin origin,
      Supplier<CompletableFuture<Intent>> request) {
    return new ExactInsert(this, owned, batch, offsets(batch), origin, request);
  }

  private static OffsetSet offsets(Batch batch) {
    return batch.offsets().values().iterator().next().toSet();
  }

  @Override
  public Admission admit(SinkRecord record, TableId table) {
    OwnedPartition owned = partitions.get(RecordCoordinates.partition(record));
    if (owned == null || owned.isFenced()) {
      return Admission.DROP; // the next owner reads the record again
    } else if (!owned.isReady()) {
      throw new IllegalStateException(
          "A record came from " + owned.partition() + ", which is paused");
    }
    return owned.admit(record, table);
  }

  @Override
  public void held(SinkRecord record) {
    ofRecord(record).ifPresent(owned -> owned.ledger().held(record.originalKafkaOffset()));
  }

  @Override
  public void released(SinkRecord record) {
    ofRecord(record).ifPresent(owned -> owned.ledger().released(record.originalKafkaOffset()));
  }

  private Optional<OwnedPartition> ofRecord(SinkRecord record) {
    return Optional.ofNullable(partitions.get(RecordCoordinates.partition(record)))
        .filter(OwnedPartition::hasBegun);
  }

  @Override
  public Insert begin(Batch batch) {
    TopicPartition partition = batch.offsets().keySet().iterator().next();
    OwnedPartition owned = partitions.get(partition);
    if (owned == null || !owned.isReady()) {
      throw new IllegalStateException(batch + " was closed, but its partition is not ready");
    }
    ProgressWriter progress = owned.progress();
    updateProgress(owned);
    CompletableFuture<Void> durable = scope.durable();
    TableId table = batch.table().id();
    OffsetSet offsets = offsets(batch);
    return insert(
        owned,
        batch,
        Origin.NEW,
        () ->
            durable
                .thenCompose(done -> progress.intend(table, List.of(offsets), Optional.empty()))
                .thenApply(intents -> intents.get(0)));
  }

  /** Updates what the next write of the partition's progress says to be done. */
  private void updateProgress(OwnedPartition owned) {
    DeliveryLedger ledger = owned.ledger();
    ledger.heldFrom(scope.oldestHeld(owned.partition()));
    OffsetSet admitted = pending.admittedBelow(owned.partition(), ledger.doneBelow());
    owned.progress().moveTo(ledger.doneOffsets(admitted), ledger.takeFinished());
  }

  DeliveryTargets targets() {
    return targets;
  }

  /** Whether this ownership is current, so that its inserts still count. */
  boolean isCurrent(OwnedPartition owned) {
    return partitions.get(owned.partition()) == owned;
  }

  /** Replaces an intent whose attempts are fenced by intents of pieces. */
  List<Insert> beginPieces(OwnedPartition owned, Intent replaced, List<Batch> pieces) {
    return replace(owned, replaced, pieces, Origin.NEW, () -> intend(owned, replaced, pieces));
  }

  /** Replaces an intent of a previous owner, which is fenced first. */
  private List<Insert> beginSuccessors(OwnedPartition owned, Intent replaced, List<Batch> pieces) {
    ProgressWriter progress = owned.progress();
    return replace(
        owned,
        replaced,
        pieces,
        Origin.SUCCESSOR,
        () -> progress.fence(replaced).thenCompose(fenced -> intend(owned, replaced, pieces)));
  }

  private static CompletableFuture<List<Intent>> intend(
      OwnedPartition owned, Intent replaced, List<Batch> pieces) {
    return owned
        .progress()
        .intend(
            replaced.table(),
            pieces.stream().map(ExactlyOnce::offsets).toList(),
            Optional.of(replaced));
  }

  private List<Insert> replace(
      OwnedPartition owned,
      Intent replaced,
      List<Batch> pieces,
      Origin origin,
      Supplier<CompletableFuture<List<Intent>>> request) {
    if (pieces.isEmpty()) {
      owned.ledger().finish(replaced);
      return List.of();
    }
    updateProgress(owned);
    IntentRequest shared = new IntentRequest(request);
    List<Insert> inserts = new ArrayList<>();
    for (int i = 0; i < pieces.size(); i++) {
      int piece = i;
      inserts.add(
          insert(
              owned,
              pieces.get(i),
              origin,
              () -> shared.get().thenApply(intents -> intents.get(piece))));
    }
    return inserts;
  }

  @Override
  public Optional<OffsetAndMetadata> commit(TopicPartition partition, OffsetAndMetadata offset) {
    OwnedPartition owned = partitions.get(partition);
    return owned == null ? Optional.empty() : owned.commit(offset);
  }

  @Override
  public void position(TopicPartition partition, long position) {
    OwnedPartition owned = partitions.get(partition);
    if (owned != null) {
      owned.position(position);
    }
  }

  @Override
  public void close() {
    closed(List.copyOf(partitions.keySet()));
    claims.close();
  }
}
