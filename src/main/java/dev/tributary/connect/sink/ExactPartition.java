package dev.tributary.connect.sink;

import dev.tributary.connect.sink.exactly.Intent;
import dev.tributary.connect.sink.exactly.OffsetSet;
import dev.tributary.connect.sink.exactly.PartitionLedger;
import dev.tributary.connect.sink.exactly.PartitionProgress;
import dev.tributary.connect.sink.exactly.PartitionProgress.Restored;
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
 * A source partition that the task has, from when it is opened until it is gone: first taken over
 * from its last owner, then at work, perhaps lost to another owner. Confined to the task thread.
 */
final class ExactPartition {

  /**
   * A partition that was taken over.
   *
   * @param position where it goes on
   * @param rewound whether that is not where the framework goes on by itself
   */
  record Taken(PartitionProgress progress, Restored restored, long position, boolean rewound) {}

  private final TopicPartition partition;
  private final CompletableFuture<Taken> taking;
  private final Map<Long, List<SinkRecord>> collected = new HashMap<>();
  private @Nullable Taken taken;
  private @Nullable PartitionLedger ledger;
  private @Nullable CompletableFuture<Void> metadataSeen;
  private @Nullable OffsetAndMetadata lastCommit;

  /** Whether the framework has been told to go on elsewhere and has not done so yet. */
  private boolean rewinding;

  /** When another owner was found to have taken over, in milliseconds; 0 before that. */
  long lostAtMs;

  ExactPartition(TopicPartition partition, CompletableFuture<Taken> taking) {
    this.partition = partition;
    this.taking = taking;
  }

  TopicPartition partition() {
    return partition;
  }

  CompletableFuture<Taken> taking() {
    return taking;
  }

  /** Goes to work, once what was before is known. */
  void begin(Taken over, CompletableFuture<Void> whenMetadataSeen) {
    taken = over;
    ledger = new PartitionLedger(over.position(), over.restored());
    metadataSeen = whenMetadataSeen;
    rewinding |= over.rewound();
    lastCommit = new OffsetAndMetadata(over.position(), over.progress().metadata());
  }

  boolean hasBegun() {
    return taken != null;
  }

  /** Whether records may come. */
  boolean isReady() {
    return metadataSeen != null && metadataSeen.isDone() && lostAtMs == 0 && !rewinding;
  }

  /** The framework has been told to go on where the partition is taken over. */
  void rewind() {
    rewinding = true;
  }

  /** The framework goes on here. */
  void position(long position) {
    if (rewinding) {
      rewinding = taken == null || position != taken.position();
    } else if (isReady()) {
      ledger().passed(position);
    }
  }

  PartitionLedger ledger() {
    if (ledger == null) {
      throw new IllegalStateException(partition + " is not ready");
    }
    return ledger;
  }

  PartitionProgress progress() {
    if (taken == null) {
      throw new IllegalStateException(partition + " is not ready");
    }
    return taken.progress();
  }

  /** Whether a batch was announced by this owner, and not by one of the same task before. */
  boolean announced(Batch batch) {
    return taken != null
        && batch.announcement().isPresent()
        && batch.announcement().get().progress() == taken.progress();
  }

  /** As {@link Delivery#admits}. */
  boolean admits(SinkRecord record, TableId table) {
    long offset = record.originalKafkaOffset();
    return switch (ledger().admit(offset)) {
      case TAKE -> true;
      case DROP -> false;
      case COLLECT -> {
        Optional<Intent> intent =
            ledger().intentOf(offset).filter(one -> one.table().equals(table));
        intent.ifPresent(
            one -> collected.computeIfAbsent(one.number(), key -> new ArrayList<>()).add(record));
        yield intent.isEmpty(); // it goes elsewhere now
      }
    };
  }

  /** Takes out the intents of an earlier owner of which nothing more comes, with their records. */
  Map<Intent, List<SinkRecord>> takeComplete() {
    Map<Intent, List<SinkRecord>> complete = new LinkedHashMap<>();
    for (Intent intent : ledger().takeComplete()) {
      List<SinkRecord> records = collected.remove(intent.number());
      complete.put(intent, records == null ? List.of() : records);
    }
    return complete;
  }

  /** The lowest offset of a record that is collected. */
  long oldestCollected() {
    return collected.values().stream()
        .flatMap(List::stream)
        .mapToLong(SinkRecord::originalKafkaOffset)
        .min()
        .orElse(Long.MAX_VALUE);
  }

  OffsetSet collectedOffsets() {
    return offsets(collected.values().stream().flatMap(List::stream).toList());
  }

  static OffsetSet offsets(List<SinkRecord> records) {
    return OffsetSet.of(records.stream().mapToLong(SinkRecord::originalKafkaOffset).toArray());
  }

  /** What to commit when all below an offset is done; empty before it is known. */
  Optional<OffsetAndMetadata> commit(OffsetAndMetadata offset) {
    if (taken == null || lastCommit == null || rewinding) {
      return Optional.empty();
    }
    if (lostAtMs == 0) {
      lastCommit = new OffsetAndMetadata(offset.offset(), taken.progress().metadata());
    }
    return Optional.of(lastCommit);
  }

  /** Where a next owner would go on. */
  long committedOffset() {
    return lastCommit == null ? 0 : lastCommit.offset();
  }
}
