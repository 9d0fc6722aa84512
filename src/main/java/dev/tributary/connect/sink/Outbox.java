package dev.tributary.connect.sink;

import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * The closed batches of a task, from when they are full or due until ClickHouse has their rows or
 * their records are in the dead letter queue.
 *
 * <p>A batch that the server rejects for its data is halved until the bad row is found, which alone
 * is rejected. One that is too much for the server is halved. One whose table has changed is made
 * anew for the table as it is, once per version of the table. Whatever else cannot be retried fails
 * the task, and the batch stays pending.
 *
 * <p>The pieces of a batch go out in the order of its rows and before everything else, so that with
 * one insert in flight no row behind a bad one is inserted before that one is known.
 *
 * <p>Confined to the task thread.
 */
final class Outbox implements AutoCloseable {

  private static final int UNKNOWN_TABLE = 60;

  private final String name;
  private final InsertSender sender;
  private final Delivery delivery;
  private final Tables tables;
  private final Function<TableId, TableBatches> batchesOf;
  private final DeadLetters deadLetters;
  private final Pauses partitions;
  private final Consumer<Batch> acknowledged;

  private final Deque<Batch> ready = new ArrayDeque<>();

  /** What the sender has handed over, until it has been dealt with. */
  private final Deque<Outcome> outcomes = new ArrayDeque<>();

  /** Tokens of batches that were sent again though their table had not changed. */
  private final Set<String> secondChances = new HashSet<>();

  /**
   * @param partitions those that the task still has
   * @param acknowledged told when a batch's rows are all in ClickHouse
   */
  Outbox(
      String name,
      InsertSender sender,
      Delivery delivery,
      Tables tables,
      Function<TableId, TableBatches> batchesOf,
      DeadLetters deadLetters,
      Pauses partitions,
      Consumer<Batch> acknowledged) {
    this.name = name;
    this.sender = sender;
    this.delivery = delivery;
    this.tables = tables;
    this.batchesOf = batchesOf;
    this.deadLetters = deadLetters;
    this.partitions = partitions;
    this.acknowledged = acknowledged;
  }

  void add(Batch batch) {
    ready.add(batch);
    if (ownsAllOf(batch)) {
      delivery.announce(batch);
    }
  }

  /** Takes in a batch that has been announced before. */
  void addAnnounced(Batch batch) {
    ready.add(batch);
  }

  /**
   * Deals with what has come back, then sends what there is room for.
   *
   * @throws ConnectException when a batch cannot be inserted however often it is sent; it stays
   *     {@link #pending}, so that its offsets are never committed
   */
  void work(long nowMs) {
    outcomes.addAll(sender.takeOutcomes());
    while (!outcomes.isEmpty() && settle(outcomes.element(), nowMs)) {
      outcomes.remove();
    }
    while (!ready.isEmpty() && sender.hasRoom()) {
      sender.send(ready.remove());
    }
  }

  /** Whether closed batches wait that cannot be sent yet. */
  boolean isCrowded() {
    return !ready.isEmpty() || !outcomes.isEmpty();
  }

  /** Whether a batch could be sent at once. */
  boolean hasRoom() {
    return !isCrowded() && sender.hasRoom();
  }

  /** Whether inserts fail at the moment. */
  boolean isFailing() {
    return sender.isFailing();
  }

  /** Whether no insert is under way. */
  boolean isIdle() {
    return sender.isIdle() && outcomes.isEmpty();
  }

  /**
   * Waits until an insert has ended, at most so many milliseconds; returns whether one has. Does
   * not wait while inserts fail: the end of an outage is nothing to sit out.
   */
  boolean awaitOne(long ms) {
    return !sender.isIdle() && !isFailing() && sender.awaitOne(ms);
  }

  /** The batches of which not all rows are known to be in ClickHouse. */
  List<Batch> pending() {
    List<Batch> pending = new ArrayList<>(ready);
    outcomes.forEach(outcome -> pending.add(outcome.batch()));
    pending.addAll(sender.batches());
    return pending;
  }

  /** Drops the rows of partitions that are gone, except where they are under way with others. */
  void dropUnowned() {
    List<Batch> all = new ArrayList<>(ready);
    ready.clear();
    for (Batch batch : all) {
      if (ownsAllOf(batch)) {
        ready.add(batch);
      } else {
        ready.addAll(pieces(batch, List.of(batch.records())));
      }
    }
    sender.abandon(this::ownsNothingOf);
    List<Outcome> waiting = new ArrayList<>(outcomes);
    outcomes.clear();
    for (Outcome outcome : waiting) {
      outcomes.add(ownsNothingOf(outcome.batch()) ? outcome.abandon() : outcome);
    }
  }

  private boolean ownsAllOf(Batch batch) {
    return partitions.ownsAll(batch.offsets().keySet());
  }

  private boolean ownsNothingOf(Batch batch) {
    return batch.offsets().keySet().stream().noneMatch(partitions::owns);
  }

  /** Returns false when the outcome must wait because the table cannot be read at the moment. */
  private boolean settle(Outcome outcome, long nowMs) {
    Batch batch = outcome.batch();
    if (outcome.abandoned()) {
      if (outcome.failure().isEmpty()) {
        delivery.acknowledged(batch);
        acknowledged.accept(batch);
      } else {
        delivery.replaced(batch, List.of());
      }
      return true;
    }
    boolean answered = outcome.failure().isEmpty();
    List<SinkRecord> missing = delivery.missing(batch, answered);
    if (missing.isEmpty()) {
      delivery.acknowledged(batch);
      secondChances.remove(batch.token());
      acknowledged.accept(batch);
      return true;
    } else if (answered || missing.size() < batch.rows()) {
      prepend(pieces(batch, List.of(missing)));
      return true;
    }
    InsertException failure = outcome.failure().get();
    switch (failure.failure()) {
      case DATA -> bisect(outcome, failure);
      case PRESSURE, TOO_MANY_PARTITIONS -> shrink(outcome, failure);
      case SCHEMA -> {
        return renew(outcome, failure, nowMs);
      }
      default -> throw failed(outcome.batch(), failure);
    }
    return true;
  }

  private void bisect(Outcome outcome, InsertException failure) {
    Batch batch = outcome.batch();
    if (batch.rows() > 1) {
      prepend(pieces(batch, halves(batch)));
      return;
    }
    deadLetters.reject(
        batch.records().get(0),
        new DataException(
            "ClickHouse does not take the row into "
                + batch.table().id()
                + ": "
                + failure.getMessage()));
    delivery.replaced(batch, List.of());
  }

  private void shrink(Outcome outcome, InsertException failure) {
    Batch batch = outcome.batch();
    if (batch.rows() == 1) {
      throw failed(outcome.batch(), failure);
    }
    prepend(pieces(batch, halves(batch)));
  }

  private boolean renew(Outcome outcome, InsertException failure, long nowMs) {
    Batch batch = outcome.batch();
    TableBatches batches = batchesOf.apply(batch.table().id());
    if (batches.table().equals(batch.table())) {
      Table now = tables.read(batch.table().id(), nowMs);
      if (now == null) {
        return false;
      }
      if (now.equals(batch.table())) {
        insistOn(outcome, failure);
        return true;
      }
      batches.refresh(now);
      batches.take(open -> true, this::add); // these follow the same way
    }
    prepend(pieces(batch, List.of(batch.records())));
    return true;
  }

  /** The table is what the batch was made for: perhaps it was away for a moment. */
  private void insistOn(Outcome outcome, InsertException failure) {
    if (ErrorCode.isPerhapsData(failure.code())) {
      bisect(outcome, failure);
    } else if (failure.code() == UNKNOWN_TABLE && secondChances.add(outcome.batch().token())) {
      ready.addFirst(outcome.batch());
    } else {
      throw failed(outcome.batch(), failure);
    }
  }

  private static List<List<SinkRecord>> halves(Batch batch) {
    List<SinkRecord> records = batch.records();
    int half = records.size() / 2;
    return List.of(records.subList(0, half), records.subList(half, records.size()));
  }

  /** Makes batches of parts of a batch, without the records whose partition is gone. */
  private List<Batch> pieces(Batch batch, List<List<SinkRecord>> parts) {
    TableBatches batches = batchesOf.apply(batch.table().id());
    List<Batch> pieces = new ArrayList<>();
    for (List<SinkRecord> part : parts) {
      List<SinkRecord> owned = part.stream().filter(partitions::ownsPartitionOf).toList();
      pieces.addAll(batches.rebuild(owned, batch.openedMs(), deadLetters::reject));
    }
    delivery.replaced(batch, pieces);
    return pieces;
  }

  private void prepend(List<Batch> batches) {
    for (int i = batches.size() - 1; i >= 0; i--) {
      ready.addFirst(batches.get(i));
    }
  }

  private ConnectException failed(Batch batch, InsertException failure) {
    return new ConnectException(
        name
            + ": ClickHouse did not take "
            + batch
            + ": "
            + failure.getMessage()
            + " — "
            + failure.failure().advice(),
        failure);
  }

  @Override
  public void close() {
    sender.close();
  }
}
