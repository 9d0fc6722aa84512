package dev.tributary.connect.sink.exactly;

import dev.tributary.connect.sink.insert.Delivery;
import dev.tributary.connect.sink.insert.Delivery.Admission;
import dev.tributary.connect.sink.progress.Intent;
import dev.tributary.connect.sink.progress.ProgressWriter;
import dev.tributary.connect.sink.progress.RestoredProgress;
import dev.tributary.connect.sink.table.TableId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/**
 * A source partition from assignment to revocation: first being claimed, then ready, possibly
 * fenced by another owner. Confined to the task thread.
 */
final class OwnedPartition {

  /**
   * The result of a claim.
   *
   * @param position where it resumes
   * @param rewound whether the framework must be rewound to it
   */
  record Claimed(
      ProgressWriter progress, RestoredProgress restored, long position, boolean rewound) {}

  private final TopicPartition partition;
  private final CompletableFuture<Claimed> claim;
  private final Map<Long, List<SinkRecord>> collected = new HashMap<>();
  private @Nullable Claimed claimed;
  private @Nullable DeliveryLedger ledger;
  private @Nullable CompletableFuture<Void> metadataSeen;
  private volatile @Nullable OffsetAndMetadata lastCommit;

  /** Whether the framework has been asked to rewind and has not done so yet. */
  private boolean rewinding;

  private boolean fenced;
  private long fencedAtMs;

  OwnedPartition(TopicPartition partition, CompletableFuture<Claimed> claim) {
    this.partition = partition;
    this.claim = claim;
  }

  TopicPartition partition() {
    return partition;
  }

  CompletableFuture<Claimed> claim() {
    return claim;
  }

  /** Begins with the restored progress. */
  void begin(Claimed done, CompletableFuture<Void> whenMetadataSeen) {
    claimed = done;
    ledger = new DeliveryLedger(done.position(), done.restored());
    metadataSeen = whenMetadataSeen;
    rewinding |= done.rewound();
    lastCommit = new OffsetAndMetadata(done.position(), done.progress().metadata());
  }

  boolean hasBegun() {
    return claimed != null;
  }

  /** Whether records may be delivered. */
  boolean isReady() {
    return metadataSeen != null && metadataSeen.isDone() && !fenced && !rewinding;
  }

  /** Another owner has claimed the partition. */
  void fencedAt(long ms) {
    fenced = true;
    fencedAtMs = ms;
  }

  boolean isFenced() {
    return fenced;
  }

  long fencedAtMs() {
    return fencedAtMs;
  }

  /** The framework has been asked to rewind to the claimed position. */
  void rewind() {
    rewinding = true;
  }

  /** Whether the framework is not known yet to have rewound. */
  boolean isRewinding() {
    return rewinding;
  }

  /** The framework has reached this position. */
  void position(long position) {
    if (rewinding) {
      rewinding = claimed == null || position != claimed.position();
    } else if (isReady()) {
      ledger().passed(position);
    }
  }

  DeliveryLedger ledger() {
    if (ledger == null) {
      throw new IllegalStateException(partition + " is not ready");
    }
    return ledger;
  }

  ProgressWriter progress() {
    if (claimed == null) {
      throw new IllegalStateException(partition + " is not ready");
    }
    return claimed.progress();
  }

  /** As {@link Delivery#admit}. */
  Admission admit(SinkRecord record, TableId table) {
    long offset = record.originalKafkaOffset();
    return switch (ledger().admit(offset)) {
      case TAKE -> Admission.TAKE;
      case DROP -> Admission.DROP;
      case COLLECT -> {
        Optional<Intent> intent =
            ledger().intentOf(offset).filter(one -> one.table().equals(table));
        if (intent.isEmpty()) {
          yield Admission.TAKE; // its table is another one now
        }
        collected.computeIfAbsent(intent.get().number(), key -> new ArrayList<>()).add(record);
        yield Admission.KEEP;
      }
    };
  }

  /**
   * Removes and returns the intents of a previous owner that wait for no further records, with the
   * collected ones.
   */
  Map<Intent, List<SinkRecord>> takeComplete() {
    Map<Intent, List<SinkRecord>> complete = new LinkedHashMap<>();
    for (Intent intent : ledger().takeComplete()) {
      List<SinkRecord> records = collected.remove(intent.number());
      complete.put(intent, records == null ? List.of() : records);
    }
    return complete;
  }

  /** What to commit if all records below an offset are done; empty while that is unknown. */
  Optional<OffsetAndMetadata> commit(OffsetAndMetadata offset) {
    if (claimed == null || lastCommit == null || rewinding) {
      return Optional.empty();
    }
    if (!fenced) {
      lastCommit = new OffsetAndMetadata(offset.offset(), claimed.progress().metadata());
    }
    return Optional.of(lastCommit);
  }

  /** The offset at which the next owner would resume. Thread-safe. */
  long committedOffset() {
    OffsetAndMetadata last = lastCommit;
    return last == null ? 0 : last.offset();
  }
}
