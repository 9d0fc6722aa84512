package dev.tributary.connect.sink.exactly;

import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.progress.DoneOffsets;
import dev.tributary.connect.sink.progress.Intent;
import dev.tributary.connect.sink.progress.RestoredProgress;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Tracks which records of a partition are done, for the task that owns it.
 *
 * <p>A record that was done before is dropped when it is delivered again. A record in an open
 * intent of a previous owner is collected until that intent can be sent again unchanged: when each
 * of its offsets that is not stored has been delivered, or skipped because the record is deleted or
 * a transform now drops it.
 *
 * <p>Confined to the task thread.
 */
public final class DeliveryLedger {

  /** What to do with a record. */
  public enum Admission {
    /** It is added to a new batch. */
    TAKE,
    /** It is stored, or its batch is in flight. */
    DROP,
    /** It is part of an open intent. */
    COLLECT
  }

  /** An open intent of a previous owner. */
  private static final class Open {
    final Intent intent;

    /** The offsets neither stored nor delivered yet. */
    OffsetSet awaited;

    Open(Intent intent, OffsetSet awaited) {
      this.intent = intent;
      this.awaited = awaited;
    }
  }

  /** The offsets done before this owner claimed the partition. */
  private OffsetSet doneBefore;

  private final Map<Long, Open> open = new LinkedHashMap<>();
  private final List<Intent> finished = new ArrayList<>();
  private final NavigableSet<Long> held = new TreeSet<>();
  private final NavigableSet<Long> released = new TreeSet<>();
  private long next;
  private long doneBelow;

  /**
   * @param position where the framework resumes: everything below is done
   */
  public DeliveryLedger(long position, RestoredProgress restored) {
    next = position;
    OffsetSet done =
        OffsetSet.range(0, restored.doneOffsets().doneBelow())
            .minus(restored.doneOffsets().except())
            .plus(OffsetSet.range(0, position));
    for (Map.Entry<Intent, OffsetSet> entry : restored.intents().entrySet()) {
      Intent intent = entry.getKey();
      OffsetSet missing = intent.offsets().minus(entry.getValue());
      OffsetSet awaited = missing.minus(OffsetSet.range(0, position));
      done = done.minus(awaited).plus(intent.offsets().minus(missing));
      if (awaited.isEmpty()) {
        finished.add(intent);
      } else {
        open.put(intent.number(), new Open(intent, awaited));
      }
    }
    doneBefore = done;
    doneBelow = done.isEmpty() ? 0 : done.last() + 1;
  }

  /** Decides what to do with the next record that is delivered. */
  public Admission admit(long offset) {
    boolean wasHeld =
        !released.isEmpty() && released.remove(offset); // avoids boxing for every record
    if (offset < next && !wasHeld) {
      return Admission.DROP; // delivered before: the framework was rewound
    }
    next = Math.max(next, offset + 1);
    if (open.isEmpty() && offset >= doneBelow) {
      return Admission.TAKE;
    }
    for (Open one : open.values()) {
      if (one.awaited.contains(offset)) {
        return Admission.COLLECT;
      }
    }
    return doneBefore.contains(offset) ? Admission.DROP : Admission.TAKE;
  }

  /**
   * A transform holds a record. Earlier ones may still have to be admitted. An open intent with
   * this offset waits for it.
   */
  public void held(long offset) {
    if (offset >= next && !released.contains(offset) && !doneBefore.contains(offset)) {
      held.add(offset);
    }
  }

  /** A held record is emitted and will be admitted after those that wait already. */
  public void released(long offset) {
    if (held.remove(offset)) {
      released.add(offset);
    }
  }

  /** All held records below this offset have been dropped, unless they were released. */
  public void heldFrom(long oldest) {
    held.headSet(oldest).clear();
  }

  /** The intent with an offset that is to be collected. */
  public Optional<Intent> intentOf(long offset) {
    return open.values().stream()
        .filter(one -> one.intent.offsets().contains(offset))
        .map(one -> one.intent)
        .findFirst();
  }

  /**
   * The framework has reached this position: all records below have been delivered, or will never
   * be.
   */
  public void passed(long position) {
    next = Math.max(next, position);
  }

  /** The offset after the last delivered one. */
  public long next() {
    return next;
  }

  /** Whether intents of a previous owner still wait for records. */
  public boolean awaitsRecords() {
    return !open.isEmpty();
  }

  /** Removes and returns the intents that wait for no further records. */
  public List<Intent> takeComplete() {
    List<Intent> complete = new ArrayList<>();
    Iterator<Open> all = open.values().iterator();
    while (all.hasNext()) {
      Open one = all.next();
      if (one.awaited.last() < next
          && !isAnyIn(held, one.awaited)
          && !isAnyIn(released, one.awaited)) {
        complete.add(one.intent);
        all.remove();
      }
    }
    return complete;
  }

  private static boolean isAnyIn(NavigableSet<Long> offsets, OffsetSet set) {
    return !offsets.isEmpty()
        && offsets.subSet(set.first(), true, set.last(), true).stream().anyMatch(set::contains);
  }

  /** These offsets, which were pending, are stored or need not be. */
  public void done(OffsetSet offsets) {
    if (!offsets.isEmpty()) {
      doneBelow = Math.max(doneBelow, offsets.last() + 1);
    }
  }

  /** All offsets of this intent are done or will not be delivered. */
  public void finish(Intent intent) {
    finished.add(intent);
  }

  /** The offset after the last done one. */
  public long doneBelow() {
    return doneBelow;
  }

  /**
   * The done offsets to write to the progress record.
   *
   * @param pending the offsets below {@link #doneBelow} that are delivered and not done
   */
  public DoneOffsets doneOffsets(OffsetSet pending) {
    OffsetSet toCome = OffsetSet.range(next, doneBelow).minus(doneBefore);
    return new DoneOffsets(doneBelow, pending.plus(toCome).plus(below(held)).plus(below(released)));
  }

  private OffsetSet below(NavigableSet<Long> offsets) {
    return OffsetSet.of(offsets.headSet(doneBelow).stream().mapToLong(Long::longValue).toArray());
  }

  /**
   * The intents finished since the last call; only valid together with {@link #doneOffsets} of now.
   */
  public List<Intent> takeFinished() {
    List<Intent> taken = List.copyOf(finished);
    finished.clear();
    return taken;
  }
}
