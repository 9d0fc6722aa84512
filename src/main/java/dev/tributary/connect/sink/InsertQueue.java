package dev.tributary.connect.sink;

import dev.tributary.connect.sink.batch.Batch;
import dev.tributary.connect.sink.batch.TableRegistry;
import dev.tributary.connect.sink.clickhouse.ErrorCode;
import dev.tributary.connect.sink.clickhouse.FailureKind;
import dev.tributary.connect.sink.clickhouse.InsertException;
import dev.tributary.connect.sink.clickhouse.Remedy;
import dev.tributary.connect.sink.insert.Delivery;
import dev.tributary.connect.sink.insert.Insert;
import dev.tributary.connect.sink.insert.InsertSender;
import dev.tributary.connect.sink.insert.Outcome;
import dev.tributary.connect.sink.offsets.PendingOffsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * The closed batches of a task, until their rows are stored in ClickHouse or their records in the
 * dead letter queue.
 *
 * <p>A batch that the server rejects for its data is halved until the bad row is found, which alone
 * is rejected. A batch that the server cannot handle is halved. If the table changed, the batch is
 * re-encoded for the current schema, at most once per schema version. Any other error that is not
 * retried fails the task, and the batch stays pending.
 *
 * <p>The pieces of a batch are sent in the order of its rows and before all other batches, so that
 * with one insert in flight no row after a bad one is inserted before the bad one is found.
 *
 * <p>Confined to the task thread.
 */
final class InsertQueue implements AutoCloseable {

  private final String name;
  private final InsertSender sender;
  private final TableRegistry tables;
  private final DeadLetters deadLetters;
  private final AssignedPartitions partitions;
  private final PendingOffsets pending;
  private final Delivery delivery;
  private final Runnable acknowledged;

  private final Deque<Insert> ready = new ArrayDeque<>();

  /** The outcomes taken from the sender and not handled yet. */
  private final Deque<Outcome> outcomes = new ArrayDeque<>();

  /** The inserts that were sent once more although their table had not changed. */
  private final Set<Insert> sentOnceMore = Collections.newSetFromMap(new IdentityHashMap<>());

  /**
   * @param sender closed with this
   * @param partitions the partitions that the task owns
   * @param acknowledged runs when all rows of an insert are stored
   */
  InsertQueue(
      String name,
      InsertSender sender,
      TableRegistry tables,
      DeadLetters deadLetters,
      AssignedPartitions partitions,
      PendingOffsets pending,
      Delivery delivery,
      Runnable acknowledged) {
    this.name = name;
    this.sender = sender;
    this.tables = tables;
    this.deadLetters = deadLetters;
    this.partitions = partitions;
    this.pending = pending;
    this.delivery = delivery;
    this.acknowledged = acknowledged;
  }

  /** Adds closed batches. */
  void add(List<Batch> closed) {
    closed.forEach(batch -> ready.add(delivery.begin(batch)));
  }

  /** Adds inserts that have begun already. */
  void addBegun(List<Insert> begun) {
    ready.addAll(begun);
  }

  /**
   * Handles the outcomes of inserts that have ended.
   *
   * @throws ConnectException when a batch cannot be inserted and a retry would not help; its
   *     offsets stay pending
   */
  void settle(long nowMs) {
    outcomes.addAll(sender.takeOutcomes());
    while (!outcomes.isEmpty() && settle(outcomes.element(), nowMs)) {
      outcomes.remove();
    }
  }

  /** Sends batches up to the limit of inserts in flight. */
  void send() {
    while (!ready.isEmpty() && sender.hasRoom()) {
      sender.send(ready.remove());
    }
  }

  /** Whether closed batches wait for an insert in flight to end. */
  boolean isCrowded() {
    return !ready.isEmpty() || !outcomes.isEmpty();
  }

  /** Whether another batch could be sent immediately. */
  boolean hasRoom() {
    return !isCrowded() && sender.hasRoom();
  }

  /** Whether inserts are currently failing. */
  boolean isFailing() {
    return sender.isFailing();
  }

  /** Whether no insert is in flight. */
  boolean isIdle() {
    return sender.isIdle() && outcomes.isEmpty();
  }

  /**
   * Waits at most {@code ms} milliseconds until an insert has ended; returns whether one has. Does
   * not wait while inserts are failing, since an outage can last longer than any poll.
   */
  boolean awaitOne(long ms) {
    return !sender.isIdle() && !isFailing() && sender.awaitOne(ms);
  }

  /** The number of batches, those in flight included. */
  int size() {
    return ready.size() + outcomes.size() + sender.inserts().size();
  }

  /** The memory of these batches, in bytes. */
  long bytes() {
    long bytes = 0;
    for (Insert insert : ready) {
      bytes += insert.batch().bytes();
    }
    for (Outcome outcome : outcomes) {
      bytes += outcome.insert().batch().bytes();
    }
    for (Insert insert : sender.inserts()) {
      bytes += insert.batch().bytes();
    }
    return bytes;
  }

  /**
   * Drops the rows of revoked partitions, except those in flight together with rows of owned ones.
   *
   * @param open batches that were closed because some of their partitions are revoked
   */
  void dropUnowned(List<Batch> open) {
    for (int waiting = ready.size(); waiting > 0; waiting--) {
      Insert insert = ready.remove();
      if (ownsAllOf(insert.batch())) {
        ready.add(insert);
      } else {
        ready.addAll(replace(insert, List.of(insert.batch().records())));
      }
    }
    for (Batch batch : open) {
      add(rebuild(batch, batch.records()));
    }
    sender.abandon(this::ownsNothingOf);
    for (int waiting = outcomes.size(); waiting > 0; waiting--) {
      Outcome outcome = outcomes.remove();
      outcomes.add(ownsNothingOf(outcome.insert().batch()) ? outcome.abandon() : outcome);
    }
  }

  private boolean ownsAllOf(Batch batch) {
    return partitions.ownsAll(batch.offsets().keySet());
  }

  private boolean ownsNothingOf(Batch batch) {
    return batch.offsets().keySet().stream().noneMatch(partitions::owns);
  }

  /** Returns false if the outcome must wait because the table cannot be read now. */
  private boolean settle(Outcome outcome, long nowMs) {
    Insert insert = outcome.insert();
    Batch batch = insert.batch();
    boolean answered = outcome.failure().isEmpty();
    if (outcome.abandoned()) {
      if (answered) {
        stored(insert);
      } else {
        sentOnceMore.remove(insert);
        insert.replacedBy(List.of());
      }
      return true;
    }
    List<SinkRecord> missing = insert.missing(answered);
    if (missing.isEmpty()) {
      pending.done(batch.offsets());
      stored(insert);
      return true;
    } else if (answered || missing.size() < batch.rows()) {
      strikeOffStored(batch, missing);
      prepend(replace(insert, List.of(missing)));
      return true;
    }
    InsertException failure = outcome.failure().get();
    Remedy remedy = failure.kind().remedy();
    if (remedy == Remedy.REFRESH_TABLE) {
      TableRegistry.Change change = tables.refresh(batch.table(), nowMs);
      switch (change) {
        case UNKNOWN -> {
          return false;
        }
        case CHANGED -> {
          prepend(replace(insert, List.of(batch.records())));
          return true;
        }
        case NONE -> remedy = ErrorCode.ifTableUnchanged(failure.code());
      }
    }
    apply(remedy, insert, failure);
    return true;
  }

  private void stored(Insert insert) {
    insert.stored();
    sentOnceMore.remove(insert);
    tables.recycle(insert.batch());
    acknowledged.run();
  }

  /**
   * Marks the records as done that are not missing. Both lists hold the same objects in the same
   * order.
   */
  @SuppressWarnings("ReferenceEquality")
  private void strikeOffStored(Batch batch, List<SinkRecord> missing) {
    int next = 0;
    for (SinkRecord record : batch.records()) {
      if (next < missing.size() && missing.get(next) == record) {
        next++;
      } else {
        pending.done(record);
      }
    }
  }

  private void apply(Remedy remedy, Insert insert, InsertException failure) {
    Batch batch = insert.batch();
    switch (remedy) {
      case BISECT -> {
        if (batch.rows() > 1) {
          prepend(replace(insert, halves(batch)));
        } else {
          reject(insert, failure);
        }
      }
      case HALVE, RETRY_THEN_HALVE -> {
        if (batch.rows() == 1) {
          throw failed(batch, failure);
        }
        prepend(replace(insert, halves(batch)));
      }
      case RETRY_ONCE -> {
        if (!sentOnceMore.add(insert)) {
          throw failed(batch, failure);
        }
        ready.addFirst(insert);
      }
      case RETRY, RETRY_ELSEWHERE, REFRESH_TABLE, FAIL -> throw failed(batch, failure);
    }
  }

  private void reject(Insert insert, InsertException failure) {
    Batch batch = insert.batch();
    deadLetters.reject(
        batch.records().get(0),
        new DataException(
            "ClickHouse rejected the row for " + batch.table().id() + ": " + failure.getMessage()));
    insert.replacedBy(List.of());
  }

  private static List<List<SinkRecord>> halves(Batch batch) {
    List<SinkRecord> records = batch.records();
    int half = records.size() / 2;
    return List.of(records.subList(0, half), records.subList(half, records.size()));
  }

  /** Replaces an insert by inserts of parts of its records, without those of revoked partitions. */
  private List<Insert> replace(Insert insert, List<List<SinkRecord>> parts) {
    List<Batch> pieces = new ArrayList<>();
    for (List<SinkRecord> part : parts) {
      pieces.addAll(rebuild(insert.batch(), part));
    }
    sentOnceMore.remove(insert);
    return insert.replacedBy(pieces);
  }

  private List<Batch> rebuild(Batch batch, List<SinkRecord> records) {
    List<SinkRecord> owned = records.stream().filter(partitions::ownsPartitionOf).toList();
    return tables.of(batch.table().id()).rebuild(owned, batch.openedMs(), deadLetters::reject);
  }

  private void prepend(List<Insert> inserts) {
    for (int i = inserts.size() - 1; i >= 0; i--) {
      ready.addFirst(inserts.get(i));
    }
  }

  private ConnectException failed(Batch batch, InsertException failure) {
    return new ConnectException(
        name
            + (failure.kind() == FailureKind.VIEW ? ": " : ": ClickHouse did not take ")
            + batch
            + ": "
            + failure.getMessage()
            + " — "
            + failure.kind().advice(),
        failure);
  }

  @Override
  public void close() {
    sender.close();
  }
}
