package dev.tributary.connect.sink;

import dev.tributary.connect.record.MemoryEstimate;
import dev.tributary.connect.record.RecordCoordinates;
import dev.tributary.connect.sink.batch.Batch;
import dev.tributary.connect.sink.batch.TableBuffer;
import dev.tributary.connect.sink.batch.TableRegistry;
import dev.tributary.connect.sink.insert.Delivery;
import dev.tributary.connect.sink.offsets.PendingOffsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Predicate;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The records that wait to become rows, in the order in which they were delivered. Confined to the
 * task thread.
 */
final class RecordQueue {

  private static final Logger log = LoggerFactory.getLogger(RecordQueue.class);

  private static final long NEVER = Long.MAX_VALUE;

  private final String name;
  private final TableRegistry tables;
  private final Delivery delivery;
  private final DeadLetters deadLetters;
  private final PendingOffsets pending;
  private final Deque<SinkRecord> waiting = new ArrayDeque<>();

  /**
   * Whether the delivery has already admitted the first record, whose table could not be queried
   * then.
   */
  private boolean firstIsAdmitted;

  /** When the first record, which does not fit its table, is judged again. */
  private long judgedAgainMs = NEVER;

  /** The memory of all records that wait while the first one waits to be judged again. */
  private long waitingBytes;

  private boolean tombstoneSeen;

  /**
   * @param name prefix of log lines
   */
  RecordQueue(
      String name,
      TableRegistry tables,
      Delivery delivery,
      DeadLetters deadLetters,
      PendingOffsets pending) {
    this.name = name;
    this.tables = tables;
    this.delivery = delivery;
    this.deadLetters = deadLetters;
    this.pending = pending;
  }

  void add(SinkRecord record) {
    pending.waiting(record);
    waiting.add(record);
    tables.arrived();
    if (waitsToBeJudged()) {
      waitingBytes += MemoryEstimate.of(record);
    }
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  int size() {
    return waiting.size();
  }

  /**
   * Whether the first record waits for its table to be read again, since it does not fit the table
   * as last read. That takes {@link #judgedAgainMs} at most, and more records may be added
   * meanwhile.
   */
  boolean waitsToBeJudged() {
    return judgedAgainMs != NEVER;
  }

  /** When {@link #next} is to be called for that; else {@link Long#MAX_VALUE}. */
  long judgedAgainMs() {
    return judgedAgainMs;
  }

  /** The memory of the records while {@link #waitsToBeJudged}, in bytes; else 0. */
  long waitingBytes() {
    return waitingBytes;
  }

  /** The result of {@link #next}. */
  enum Result {
    /** The record was added to a batch. */
    ROW,
    /** The record makes no row in a batch. */
    SKIPPED,
    /** The record still waits, since its table cannot be queried now. */
    BLOCKED,
    /** The record still waits, since it does not fit its table and is to be judged again. */
    UNDECIDED
  }

  /** The batch that got the last {@link Result#ROW}. */
  private @Nullable Batch filled;

  /**
   * Makes a row of the first record; the queue must not be empty.
   *
   * @throws ConnectException when the record is bad and there is no dead letter queue
   */
  Result next(long nowMs) {
    SinkRecord record = waiting.element();
    Result result;
    try {
      result = record.value() == null ? skipTombstone(record) : append(record, nowMs);
    } catch (DataException e) {
      if (!firstIsAdmitted) {
        pending.admitted(record);
        firstIsAdmitted = true;
      }
      deadLetters.reject(record, e);
      result = Result.SKIPPED;
    }
    if (result == Result.UNDECIDED) {
      if (waitingBytes == 0) {
        countWaiting();
      }
      return result;
    }
    judgedAgainMs = NEVER;
    waitingBytes = 0;
    if (result != Result.BLOCKED) {
      waiting.remove();
      firstIsAdmitted = false;
    }
    return result;
  }

  private void countWaiting() {
    waitingBytes = waiting.stream().mapToLong(MemoryEstimate::of).sum();
  }

  /** The batch that the last row was added to. */
  Batch filled() {
    if (filled == null) {
      throw new IllegalStateException("no row was made yet");
    }
    return filled;
  }

  private Result append(SinkRecord record, long nowMs) {
    TableBuffer buffer = tables.bufferFor(record.topic(), waiting, nowMs);
    if (buffer == null) {
      return Result.BLOCKED;
    }
    if (!firstIsAdmitted) {
      switch (delivery.admit(record, buffer.table().id())) {
        case TAKE -> {
          pending.admitted(record);
          firstIsAdmitted = true;
        }
        case KEEP -> {
          pending.admitted(record);
          return Result.SKIPPED;
        }
        case DROP -> {
          pending.dropped(record);
          return Result.SKIPPED;
        }
      }
    }
    Batch batch = tables.append(record, buffer, waiting, nowMs);
    if (batch == null) {
      judgedAgainMs = buffer.mayRereadMs();
      return nowMs < judgedAgainMs ? Result.UNDECIDED : Result.BLOCKED;
    }
    filled = batch;
    return Result.ROW;
  }

  private Result skipTombstone(SinkRecord record) {
    if (!tombstoneSeen) {
      tombstoneSeen = true;
      log.warn(
          "{} skips records without a value, the first one at {}: they make no row, and their"
              + " offsets are committed. Nothing needs to be done if the topic is meant to have"
              + " tombstones; further ones are not logged",
          name,
          RecordCoordinates.describe(record));
    }
    pending.dropped(record);
    return Result.SKIPPED;
  }

  /** Drops the records of partitions that are not owned. */
  void dropUnowned(Predicate<SinkRecord> isOwned) {
    SinkRecord first = waiting.peek();
    if (first != null && !isOwned.test(first)) {
      firstIsAdmitted = false;
      judgedAgainMs = NEVER;
      waitingBytes = 0;
    }
    waiting.removeIf(isOwned.negate());
    if (waitsToBeJudged()) {
      countWaiting();
    }
  }
}
