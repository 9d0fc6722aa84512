package dev.tributary.connect.dedup;

import dev.tributary.connect.dedup.index.MarkIndex;
import dev.tributary.connect.dedup.index.MarkMemory;
import dev.tributary.connect.record.StreamTime;
import org.jspecify.annotations.Nullable;

/**
 * Decides the records of one partition, as a function of the log: a redelivered record gets the
 * same decision as the first time, in whichever task, provided that all marks below the first
 * offset to decide are here.
 *
 * <p>The rule, for a record with key K, offset o and event time t:
 *
 * <ol>
 *   <li>K has a mark with offset o: it was accepted before and passes again;
 *   <li>else K has a mark with a lower offset and time {@code t_mark}, {@code |t - t_mark| <
 *       window}, and stream time at o is below {@code t_mark + window + grace}: a duplicate;
 *   <li>else it is marked and passes.
 * </ol>
 *
 * <p>Stream time at o is the greatest time of the accepted records below o, excluding the
 * implausible ones. Because a mark stops counting by stream time and not by its removal, removing
 * it later, or never, changes nothing. It must not be removed while a record that it decides can be
 * redelivered: marks are removed by the stream time at the greatest committed offset.
 *
 * <p>Offsets below {@link #floor} cannot be decided, as their marks may be gone.
 *
 * <p>Pure: no clock, no I/O. Not thread-safe.
 */
final class PartitionMarks {

  private final MarkIndex index;
  private final StreamTimeSteps steps;
  private final long window;

  /** Marks at or before stream time minus this no longer count. */
  private final long horizon;

  /** The offset after the last one decided; the first one expected. */
  private long next;

  private long floor;

  /** The other partitions of the topic, where their marks count too. */
  private @Nullable TopicMarks shared;

  /** Whether marks expire only through {@link TopicMarks}. */
  private final boolean keptForOthers;

  /** Stream time at the greatest committed offset. */
  private long settledTime = StreamTime.NONE;

  private long expired = StreamTime.NONE;

  /** Stream time at {@link #next}; exact, provided that marks above it are met on the way. */
  private long streamTime = StreamTime.NONE;

  /** The greatest time and offset among all marks, also those above {@link #next}. */
  private long greatestTime = StreamTime.NONE;

  private long greatestOffset = -1;

  /**
   * The marks of a partition whose next record to decide has the offset {@code next}. Restored
   * marks are added with {@link #restore}.
   *
   * @param window in milliseconds; the grace is as long
   * @param memory what the marks are held in; {@link #release} gives it back
   */
  PartitionMarks(long window, long next, MarkMemory memory) {
    this(window, next, memory, StreamTimeSteps.SPACING, false);
  }

  /**
   * As above, for a topic whose duplicates may be in any partition: no mark is dropped before
   * {@link TopicMarks} expires it.
   */
  static PartitionMarks keptForOthers(long window, long next, MarkMemory memory) {
    return new PartitionMarks(window, next, memory, StreamTimeSteps.SPACING, true);
  }

  /** Marks with memory of their own; for tests. */
  PartitionMarks(long window, long next) {
    this(window, next, StreamTimeSteps.SPACING);
  }

  /** Marks with memory of their own; for tests. */
  PartitionMarks(long window, long next, int stepSpacing) {
    this(window, next, MarkMemory.unbounded(), stepSpacing, false);
  }

  private PartitionMarks(
      long window, long next, MarkMemory memory, int stepSpacing, boolean keptForOthers) {
    this.keptForOthers = keptForOthers;
    this.index = new MarkIndex(memory);
    this.steps = new StreamTimeSteps(stepSpacing);
    this.window = window;
    this.horizon = 2 * window;
    this.next = next;
    this.floor = next;
  }

  /** Offsets from here on can be decided. */
  long floor() {
    return floor;
  }

  /**
   * Marks with this time or an earlier one decide nothing from {@link #floor} on; {@link
   * StreamTime#NONE} where no mark has expired.
   */
  long expired() {
    return expired;
  }

  /** The offset after the last one seen. */
  long next() {
    return next;
  }

  /** Gives the memory back; these marks must not be used afterwards. */
  void release() {
    index.release();
  }

  /** The number of marks held. */
  long size() {
    return index.size();
  }

  long bytes() {
    return index.bytes();
  }

  /**
   * Adds a mark that was made earlier, by this task or another. Marks that cannot decide anything
   * from {@link #next} on are not kept, so reading a long history needs no more memory than
   * processing it did.
   */
  void restore(long high, long low, long offset, long time, boolean movesStreamTime) {
    if (movesStreamTime) {
      greatestTime = Math.max(greatestTime, time);
      if (offset < next && time > streamTime) {
        streamTime = time;
        if (floor == next && !keptForOthers) {
          expire(time - horizon);
        }
      }
    }
    greatestOffset = Math.max(greatestOffset, offset);
    if (offset < next && !keptForOthers && !isLive(time, streamTime)) {
      return;
    }
    index.seek(high, low);
    while (index.next()) {
      if (index.offset() == offset) {
        return;
      }
    }
    index.add(offset, time, movesStreamTime);
  }

  /**
   * Decides a record and marks it if it is accepted.
   *
   * @param offset not below {@link #floor}
   * @param movesStreamTime whether the time is plausible
   */
  Decision decide(long high, long low, long offset, long time, boolean movesStreamTime) {
    moveTo(offset);
    next = offset + 1;
    boolean duplicate = false;
    index.seek(high, low);
    while (index.next()) {
      long markOffset = index.offset();
      if (markOffset == offset) {
        if (index.movesStreamTime()) {
          streamTime = Math.max(streamTime, index.time());
        }
        return Decision.REDELIVERED;
      }
      if (markOffset < offset) {
        long markTime = index.time();
        duplicate |= Math.abs(time - markTime) < window && isLive(markTime, streamTime);
      }
    }
    if (duplicate || isMarkedElsewhere(high, low, time)) {
      return Decision.DUPLICATE;
    }
    index.add(offset, time, movesStreamTime);
    boolean late = !isLive(time, streamTime);
    greatestOffset = Math.max(greatestOffset, offset);
    if (movesStreamTime) {
      streamTime = Math.max(streamTime, time);
      greatestTime = Math.max(greatestTime, time);
    }
    return late ? Decision.ACCEPTED_LATE : Decision.ACCEPTED;
  }

  private boolean isMarkedElsewhere(long high, long low, long time) {
    TopicMarks others = shared;
    return others != null && others.hasDuplicate(this, high, low, time, streamTime);
  }

  /** Whether a mark here makes a record of another partition, at that stream time, a duplicate. */
  boolean makesDuplicate(long high, long low, long time, long streamTimeThere) {
    index.seek(high, low);
    while (index.next()) {
      long markTime = index.time();
      if (Math.abs(time - markTime) < window && isLive(markTime, streamTimeThere)) {
        return true;
      }
    }
    return false;
  }

  /** From now on the marks of these partitions count here too. */
  void share(TopicMarks others) {
    shared = others;
  }

  /** Stream time at the greatest committed offset; {@link StreamTime#NONE} if it is not known. */
  long settledTime() {
    return settledTime;
  }

  /** No record that is still to be decided has an earlier stream time than this. */
  void expireAt(long time) {
    expire(time - horizon);
  }

  /** The next record to decide has this offset, not below {@link #next}. */
  void skipTo(long offset) {
    next = Math.max(next, offset);
  }

  /**
   * Everything below this offset is committed: marks that only decide records below it may be
   * dropped.
   */
  void committed(long offset) {
    long reached = steps.takeUpTo(Math.min(offset, next));
    if (reached > floor) {
      floor = reached;
      settledTime = steps.timeAtLastTaken();
      if (settledTime != StreamTime.NONE && !keptForOthers) {
        expireAt(settledTime);
      }
    }
  }

  private void expire(long time) {
    expired = Math.max(expired, time);
    index.expire(time);
  }

  private boolean isLive(long markTime, long streamTimeThere) {
    return streamTimeThere == StreamTime.NONE || markTime > streamTimeThere - horizon;
  }

  /** Sets stream time to what it is at this offset. */
  private void moveTo(long offset) {
    if (offset < floor) {
      throw new IllegalStateException("Offset " + offset + " is below the floor " + floor);
    }
    if (offset > greatestOffset) {
      streamTime = greatestTime;
    } else if (offset < next) {
      steps.dropFrom(offset);
      streamTime = StreamTime.NONE;
      index.forEach(
          (high, low, markOffset, time, moves) -> {
            if (moves && markOffset < offset) {
              streamTime = Math.max(streamTime, time);
            }
          });
    }
    steps.at(offset, streamTime);
  }

  MarkIndex index() {
    return index;
  }
}
