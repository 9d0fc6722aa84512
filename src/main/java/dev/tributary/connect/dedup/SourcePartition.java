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
 * One source partition: its marks in memory and in the state topic, where they have the partition
 * with the same number.
 *
 * <p>The marks are restored before the first decision: in the background where the task is told of
 * its partitions, else on the spot. They are restored again whenever the ones in memory do not
 * suffice: when offsets step back below what has been purged, or because the source topic was made
 * anew; and, where nobody tells us about partitions that come and go, at every step back or gap,
 * because another task may have had the partition in between.
 *
 * <p>Confined to the task thread.
 */
final class SourcePartition {

  private static final Logger log = LoggerFactory.getLogger(SourcePartition.class);

  /**
   * What the partitions of a task have in common.
   *
   * @param toldOfPartitions whether a task scope says which partitions come and go
   * @param reader for the readings of the task thread itself
   */
  record Shared(
      String owner,
      boolean toldOfPartitions,
      StateTopic topic,
      StateWriter writer,
      MarkRestorer restorer,
      Supplier<StateReader> reader,
      MarkMemory memory,
      DedupMetrics metrics) {}

  private final Shared shared;
  private final TopicPartition source;
  private final @Nullable TopicMarks siblings;

  /** How far the state partition is known: all of it below this is in memory. */
  private final AtomicLong read = new AtomicLong();

  /** Marks that have not been sent. */
  private final MarkBlock unsent = new MarkBlock();

  /** In the background; its marks are not here yet. */
  private @Nullable RestoreTask restoreTask;

  private @Nullable RestoredMarks restored;

  private long keysCounted;

  /**
   * @param siblings where the marks of the topic's partitions count for each other; null where they
   *     do not
   */
  SourcePartition(Shared shared, TopicPartition source, @Nullable TopicMarks siblings) {
    this.shared = shared;
    this.source = source;
    this.siblings = siblings;
  }

  /**
   * The partition was assigned to the task.
   *
   * @return the restore that is to be run in the background, unless the marks are here already
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
   * Decides a record. Where a task scope tells of the end of a poll its mark is on its way after
   * {@link #send}, else when this returns.
   */
  Decision decide(long high, long low, long offset, long time, boolean movesStreamTime) {
    RestoredMarks here = restoredFor(offset);
    PartitionMarks marks = here.marks();
    Decision decision = marks.decide(high, low, offset, time, movesStreamTime);
    if (decision.isMarked()) {
      unsent.add(high, low, offset, time, movesStreamTime);
      here.log().add(time, movesStreamTime);
      if (!shared.toldOfPartitions) {
        send();
        marks.committed(offset);
      } else if (unsent.isFull()) {
        send();
      }
      count(marks.size());
    }
    return decision;
  }

  /** Sends the marks that have been made since the last time. */
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
          // Marks of our own right behind what is known need not be read again.
          read.compareAndSet(offset, offset + 1);
        });
  }

  /** A record went by that has nothing to decide. */
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
   * Forgets the marks in memory and stops restoring. When the partition is given up, marks that
   * have not been sent go with this object: their records are not committed, and whoever gets these
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

  /** How many marks the state topic holds, about, that are not needed any more. */
  long dead() {
    RestoredMarks here = restored;
    return here == null ? 0 : here.log().dead(here.marks().expired());
  }

  /** How many it holds that are, about. */
  long live() {
    RestoredMarks here = restored;
    return here == null ? 0 : here.log().live();
  }

  /** Up to so many dead marks are gone from the state topic; returns how many these were. */
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

  /** Event time of the oldest mark held, or a little before; the greatest long without marks. */
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
    if (offset > marks.next() && !shared.toldOfPartitions) {
      catchUp(here, offset);
    }
    return here;
  }

  private RestoredMarks steppedBack(RestoredMarks here, long offset) {
    if (!shared.toldOfPartitions || offset < here.marks().floor()) {
      return restoreNow(offset);
    }
    // A topic that is deleted and made again starts over at 0, without any rebalance.
    if (!shared.topic.isStill(source.topic(), here.topicId())) {
      log.warn(
          "{}: topic '{}' was deleted and made again; the marks of its records start over",
          shared.owner,
          source.topic());
      return restoreNow(offset);
    }
    return here;
  }

  private RestoredMarks restoreNow(long offset) {
    send(); // under the identity that they were made for; another topic's marks must not get them
    drop();
    RestoreTask now = new RestoreTask(source, offset);
    shared.restorer.restore(List.of(now));
    return take(now);
  }

  private RestoredMarks take(RestoreTask over) {
    RestoredMarks taken = over.take();
    if (restoreTask == over) {
      restoreTask = null;
      shared.metrics.restoring.add(-1);
    }
    read.set(taken.end());
    shared.memory.adopt(taken.marks().index());
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

  /** Takes in what others have written meanwhile. */
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
