package dev.tributary.connect.dedup;

import dev.tributary.connect.dedup.RestoreTask.RestoredMarks;
import dev.tributary.connect.dedup.index.MarkMemory;
import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.record.StreamTime;
import dev.tributary.connect.state.StateReader;
import dev.tributary.connect.state.StateTopic;
import dev.tributary.connect.state.StateWriter;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One source partition: its marks in memory and in the state partition with the same number.
 *
 * <p>The marks are restored before the first decision: in the background if a task scope announces
 * the partitions, else on the task thread. They are restored again whenever the ones in memory do
 * not suffice: when offsets step back below what has been purged, or because the source topic was
 * recreated; and, without a task scope, at every step back or gap, because another task may have
 * owned the partition in between.
 *
 * <p>Confined to the task thread.
 */
final class SourcePartition {

  private static final Logger log = LoggerFactory.getLogger(SourcePartition.class);

  /**
   * What the partitions of a task have in common.
   *
   * @param scoped whether a task scope announces assigned and revoked partitions, polls and commits
   * @param reader the reader of the task thread
   */
  record Shared(
      String owner,
      boolean scoped,
      StateTopic topic,
      StateWriter writer,
      MarkRestorer restorer,
      Supplier<StateReader> reader,
      MarkMemory memory,
      DedupMetrics metrics) {}

  private final Shared shared;
  private final TopicPartition source;
  private final @Nullable TopicMarks siblings;

  /** The state partition has been read below this offset. */
  private final AtomicLong read = new AtomicLong();

  /** Marks that have not been sent. */
  private final MarkBlock unsent = new MarkBlock();

  /** The restore that runs in the background; its marks are not here yet. */
  private @Nullable RestoreTask restoreTask;

  private @Nullable RestoredMarks restored;

  private long keysCounted;

  /**
   * @param siblings the marks of the topic's partitions if they count for each other, else null
   */
  SourcePartition(Shared shared, TopicPartition source, @Nullable TopicMarks siblings) {
    this.shared = shared;
    this.source = source;
    this.siblings = siblings;
  }

  /**
   * The partition was assigned to the task.
   *
   * @return the restore to run in the background; empty if there is one or the marks are in memory
   */
  List<RestoreTask> open(long position) {
    if (restoreTask != null || restored != null) {
      return List.of();
    }
    RestoreTask begun = new RestoreTask(source, position);
    restoreTask = begun;
    shared.metrics.restoring.increment();
    return List.of(begun);
  }

  /**
   * Whether records can be decided without waiting.
   *
   * @throws StateUnavailableError if the marks could not be restored
   */
  boolean isReady() {
    RestoreTask running = restoreTask;
    if (running != null && running.isOver()) {
      take(running);
    }
    return restoreTask == null;
  }

  /** Waits for the marks, if they are being restored. */
  void awaitReady() {
    RestoreTask running = restoreTask;
    if (running != null) {
      take(running);
    }
  }

  /**
   * Decides a record. If a task scope announces the end of a poll, its mark is sent by {@link
   * #send}, else before this returns.
   */
  Decision decide(long high, long low, long offset, long time, boolean movesStreamTime) {
    RestoredMarks here = restoredFor(offset);
    PartitionMarks marks = here.marks();
    Decision decision = marks.decide(high, low, offset, time, movesStreamTime);
    if (decision.isMarked()) {
      unsent.add(high, low, offset, time, movesStreamTime);
      here.log().add(time, movesStreamTime);
      if (!shared.scoped) {
        send();
        marks.committed(offset);
      } else if (unsent.isFull()) {
        send();
      }
      count(marks.size());
    }
    return decision;
  }

  /**
   * Sends the marks that have been made since the last call. If that fails, so does every later
   * call of the writer: nothing is committed without them.
   */
  void send() {
    RestoredMarks here = restored;
    if (here == null || unsent.marks() == 0) {
      return;
    }
    int marks = unsent.marks();
    byte[] value = unsent.take();
    shared.writer.send(
        source.partition(),
        here.codec().key(source.partition(), value),
        value,
        offset -> {
          shared.metrics.marksWritten.add(marks);
          // Our own marks right after what has been read need not be read again.
          read.compareAndSet(offset, offset + 1);
        });
  }

  /** A record has been seen that needs no decision. */
  void passOver(long offset) {
    RestoredMarks here = restored;
    if (here != null && offset == here.marks().next()) {
      here.marks().skipTo(offset + 1);
    }
  }

  /** See {@link PartitionMarks#committed}. */
  void committed(long offset) {
    RestoredMarks here = restored;
    if (here != null) {
      here.marks().committed(offset);
    }
  }

  /**
   * Drops the marks in memory and stops restoring. When the partition is revoked, unsent marks are
   * dropped with this object: their records are not committed, and the task that receives these
   * again makes the same marks again.
   */
  void drop() {
    RestoreTask running = restoreTask;
    if (running != null) {
      running.cancel();
      restoreTask = null;
      shared.metrics.restoring.add(-1);
    }
    RestoredMarks here = restored;
    if (here != null) {
      here.marks().release();
      if (siblings != null) {
        siblings.leave(source.partition());
      }
      restored = null;
    }
    count(0);
  }

  TopicPartition source() {
    return source;
  }

  /** The number of this partition and of its state partition. */
  int number() {
    return source.partition();
  }

  /** About how many marks in the state topic are dead. */
  long dead() {
    RestoredMarks here = restored;
    return here == null ? 0 : here.log().dead(here.marks().expired());
  }

  /** About how many marks in the state topic are live. */
  long live() {
    RestoredMarks here = restored;
    return here == null ? 0 : here.log().live();
  }

  /**
   * At most {@code gone} dead marks of this partition were deleted from the state topic; returns
   * how many.
   */
  long forgetDead(long gone) {
    long dead = Math.min(gone, dead());
    if (restored != null) {
      restored.log().forget(dead);
    }
    return dead;
  }

  /** Which marks are dead; empty if that is not known, or none is. */
  Optional<Trims.Known> known() {
    RestoredMarks here = restored;
    return here == null || here.marks().expired() == StreamTime.NONE
        ? Optional.empty()
        : Optional.of(
            new Trims.Known(source, here.codec(), here.marks().floor(), here.marks().expired()));
  }

  /**
   * Event time of the oldest mark held, or a little before; {@link Long#MAX_VALUE} without marks.
   */
  long oldestTime() {
    RestoredMarks here = restored;
    return here == null || keysCounted == 0
        ? Long.MAX_VALUE
        : Math.max(here.log().leastTime(), here.marks().expired());
  }

  private RestoredMarks restoredFor(long offset) {
    awaitReady(); // paused partitions deliver nothing, but if one does, this waits
    RestoredMarks here = restored;
    if (here == null) {
      return restoreNow(offset);
    }
    PartitionMarks marks = here.marks();
    if (offset < marks.next()) {
      return steppedBack(here, offset);
    }
    if (offset > marks.next() && !shared.scoped) {
      catchUp(here, offset);
    }
    return here;
  }

  private RestoredMarks steppedBack(RestoredMarks here, long offset) {
    if (!shared.scoped || offset < here.marks().floor()) {
      return restoreNow(offset);
    }
    // A recreated topic starts at offset 0 again, without a rebalance.
    if (!shared.topic.isStill(source.topic(), here.topicId())) {
      log.warn(
          "{}: topic '{}' was recreated, so its records are deduplicated without the marks of the"
              + " deleted topic. Nothing needs to be done.",
          shared.owner,
          source.topic());
      return restoreNow(offset);
    }
    return here;
  }

  private RestoredMarks restoreNow(long offset) {
    send(); // under the identity that they were made for, not that of another topic
    drop();
    RestoreTask now = new RestoreTask(source, offset);
    shared.restorer.restore(List.of(now));
    return take(now);
  }

  private RestoredMarks take(RestoreTask over) {
    RestoredMarks taken = over.take();
    shared.memory.adopt(taken.marks().index()); // without room for them it does not become ready
    if (restoreTask == over) {
      restoreTask = null;
      shared.metrics.restoring.add(-1);
    }
    read.set(taken.end());
    if (siblings != null) {
      siblings.join(source.partition(), taken.marks());
    }
    restored = taken;
    count(taken.marks().size());
    return taken;
  }

  private void catchUp(RestoredMarks here, long offset) {
    shared.writer.flush();
    here.marks().skipTo(offset);
    shared.reader.get().read(List.of(new CatchUp(here)));
    count(here.marks().size());
  }

  /** Reads what other tasks have written in the meantime. */
  private final class CatchUp implements StateReader.Reading {
    private final MarkCodec codec;
    private final PartitionMarks marks;

    CatchUp(RestoredMarks here) {
      this.codec = here.codec();
      this.marks = here.marks();
    }

    @Override
    public int partition() {
      return source.partition();
    }

    @Override
    public long from() {
      return read.get();
    }

    @Override
    public void visit(ByteBuffer key, ByteBuffer value) {
      if (codec.isOwn(key, source.partition())) {
        MarkCodec.read(value, marks::restore);
      }
    }

    @Override
    public void ended(long end) {
      read.set(end);
    }
  }

  private void count(long keys) {
    shared.metrics.keysHeld.add(keys - keysCounted);
    keysCounted = keys;
  }
}
