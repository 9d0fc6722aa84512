package dev.tributary.connect.sink;

import dev.tributary.connect.sink.exactly.OffsetSet;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The records that wait to become rows, in the order in which they came, and their way into open
 * batches as far as memory and the server allow. Confined to the task thread.
 */
final class Intake {

  private static final Logger log = LoggerFactory.getLogger(Intake.class);

  /** What {@link #take} returns when the server cannot be asked about a table at the moment. */
  private static final long WAIT = -1;

  private final String name;
  private final SinkConfig config;
  private final LongSupplier heldBytes;
  private final long heldBytesMax;
  private final LiveTables tables;
  private final Delivery delivery;
  private final DeadLetters deadLetters;
  private final Outbox outbox;
  private final Deque<SinkRecord> waiting = new ArrayDeque<>();

  /** Admitted by the delivery, but its table cannot be asked at the moment. */
  private @Nullable SinkRecord admitted;

  private boolean tombstoneSeen;

  /**
   * @param heldBytes the memory of all batches that are not acknowledged
   */
  Intake(
      String name,
      SinkConfig config,
      LongSupplier heldBytes,
      LiveTables tables,
      Delivery delivery,
      DeadLetters deadLetters,
      Outbox outbox) {
    this.name = name;
    this.config = config;
    this.heldBytes = heldBytes;
    this.heldBytesMax = config.heldBytesMax();
    this.tables = tables;
    this.delivery = delivery;
    this.deadLetters = deadLetters;
    this.outbox = outbox;
  }

  void add(SinkRecord record) {
    waiting.add(record);
  }

  int size() {
    return waiting.size();
  }

  /**
   * Makes rows of the records that wait, as far as memory and the server allow.
   *
   * @throws ConnectException when a record is bad and there is no dead letter queue, or when a
   *     batch that came back meanwhile fails the task
   */
  void work(long nowMs) {
    long held = heldBytes.getAsLong();
    while (!waiting.isEmpty() && held < heldBytesMax) {
      SinkRecord record = waiting.element();
      if (record.value() == null) {
        skipTombstone(record);
      } else {
        long added = take(record, nowMs);
        if (added == WAIT) {
          return;
        }
        held += added;
      }
      waiting.remove();
    }
    if (held >= heldBytesMax) {
      tables.closeLargest(heldBytesMax);
    }
  }

  /** Makes a row of the record; returns by how much more memory is held, or {@link #WAIT}. */
  private long take(SinkRecord record, long nowMs) {
    Batch batch;
    try {
      TableBatches batches = tables.batchesFor(record.topic(), waiting, nowMs);
      if (batches != null && admitted == null) {
        if (!delivery.admits(record, batches.table().id())) {
          return 0;
        }
        admitted = record;
      }
      batch = batches == null ? null : tables.append(record, batches, waiting, nowMs);
    } catch (DataException e) {
      admitted = null;
      deadLetters.reject(record, e);
      return 0;
    }
    if (batch == null) {
      return WAIT;
    }
    admitted = null;
    long added = batch.lastRowBytes();
    if (config.batchLimits().isFull(batch)) {
      tables.close(batch);
      outbox.work(nowMs); // throws where another record is bad
    }
    return added;
  }

  private void skipTombstone(SinkRecord record) {
    if (!tombstoneSeen) {
      tombstoneSeen = true;
      log.warn(
          "{} skips records without a value, such as the one at {}: a row cannot be made of them",
          name,
          DeadLetters.coordinates(record));
    }
  }

  /** The lowest offset of the partition that waits; {@link Long#MAX_VALUE} where none does. */
  long oldest(TopicPartition partition) {
    long oldest = Long.MAX_VALUE;
    for (SinkRecord record : waiting) {
      if (DeadLetters.isFrom(record, partition)) {
        oldest = Math.min(oldest, record.originalKafkaOffset());
      }
    }
    return oldest;
  }

  /** The offset of the partition that the delivery has admitted and that is in no batch yet. */
  OffsetSet admitted(TopicPartition partition) {
    return admitted != null && DeadLetters.isFrom(admitted, partition)
        ? OffsetSet.of(admitted.originalKafkaOffset())
        : OffsetSet.of();
  }

  /** Drops the records whose partition is gone. */
  void dropUnowned(Predicate<SinkRecord> isOwned) {
    waiting.removeIf(isOwned.negate());
    if (admitted != null && !isOwned.test(admitted)) {
      admitted = null;
    }
  }
}
