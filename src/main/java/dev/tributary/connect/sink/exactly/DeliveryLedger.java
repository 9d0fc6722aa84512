package dev.tributary.connect.sink.exactly;

import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.progress.DoneOffsets;
import dev.tributary.connect.sink.progress.Intent;
import dev.tributary.connect.sink.progress.ProgressWriter.Restored;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Which records of a partition are done, as the task that owns it sees them come.
 *
 * <p>A record that was done before is dropped when it is delivered again. One that an open intent
 * of an earlier owner lists is collected until that intent can be sent again as it was: when all of
 * its offsets that are not in the table have come, or have been passed over by the framework, since
 * the record is gone or a transform now drops it.
 *
 * <p>Confined to the task thread.
 */
public final class DeliveryLedger {

  /** What becomes of a record. */
  public enum Admission {
    /** It goes into a new batch. */
    TAKE,
    /** It is in its table, or in a batch on its way there. */
    DROP,
    /** An open intent lists it. */
    COLLECT
  }

  /** An intent of an earlier owner. */
  private static final class Open {
    final Intent intent;

    /** Neither in the table nor delivered yet. */
    OffsetSet awaited;

    Open(Intent intent, OffsetSet awaited) {
      this.intent = intent;
      this.awaited = awaited;
    }
  }

  /** Done before this owner came. */
  private OffsetSet doneBefore;

  private final Map<Long, Open> open = new LinkedHashMap<>();
  private final List<Intent> over = new ArrayList<>();
  private final NavigableSet<Long> held = new TreeSet<>();
  private final NavigableSet<Long> released = new TreeSet<>();
  private long next;
  private long doneBelow;

  /**
   * @param position where the framework goes on: everything below is done
   */
  public DeliveryLedger(long position, Restored restored) {
    next = position;
    OffsetSet done =
        OffsetSet.range(0, restored.horizon().doneBelow())
            .minus(restored.horizon().except())
            .plus(OffsetSet.range(0, position));
    for (Map.Entry<Intent, OffsetSet> entry : restored.intents().entrySet()) {
      Intent intent = entry.getKey();
      OffsetSet missing = intent.offsets().minus(entry.getValue());
      OffsetSet awaited = missing.minus(OffsetSet.range(0, position));
      done = done.minus(awaited).plus(intent.offsets().minus(missing));
      if (awaited.isEmpty()) {
        over.add(intent);
      } else {
        open.put(intent.number(), new Open(intent, awaited));
      }
    }
    doneBefore = done;
    doneBelow = done.isEmpty() ? 0 : done.last() + 1;
  }

  /** What becomes of the next record that is delivered. */
  public Admission admit(long offset) {
    boolean wasHeld = !released.isEmpty() && released.remove(offset); // spares a box a record
    if (offset < next && !wasHeld) {
      return Admission.DROP; // the framework has stepped back; it has been here before
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
   * A transform holds a record back. Those before it may still have to be admitted. An open intent
   * that lists it waits for it.
   */
  public void held(long offset) {
    if (offset >= next && !released.contains(offset) && !doneBefore.contains(offset)) {
      held.add(offset);
    }
  }

  /** A record that was held back is to be admitted next but for those that already wait. */
  public void released(long offset) {
    if (held.remove(offset)) {
      released.add(offset);
    }
  }

  /** What was held back below this offset has been dropped, unless it was released. */
  public void heldFrom(long oldest) {
    held.headSet(oldest).clear();
  }

  /** The intent that lists an offset that was to be collected. */
  public Optional<Intent> intentOf(long offset) {
    return open.values().stream()
        .filter(one -> one.intent.offsets().contains(offset))
        .map(one -> one.intent)
        .findFirst();
  }

  /** The framework goes on here: all records below have been delivered, or never will be. */
  public void passed(long position) {
    next = Math.max(next, position);
  }

  /** The offset behind everything that was delivered. */
  public long next() {
    return next;
  }

  /** Whether intents of an earlier owner still wait for their records. */
  public boolean awaitsRecords() {
    return !open.isEmpty();
  }

  /** Takes out the intents of which nothing more will come. */
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

  /** These offsets are in their table, or need not be. Only what is pending may be told. */
  public void done(OffsetSet offsets) {
    if (!offsets.isEmpty()) {
      doneBelow = Math.max(doneBelow, offsets.last() + 1);
    }
  }

  /** All offsets of this intent are done or passed over. */
  public void over(Intent intent) {
    over.add(intent);
  }

  /** Where done records end. */
  public long doneBelow() {
    return doneBelow;
  }

  /**
   * What may be kept of all this.
   *
   * @param pending the offsets below {@link #doneBelow} that were delivered and are not done
   */
  public DoneOffsets horizon(OffsetSet pending) {
    OffsetSet toCome = OffsetSet.range(next, doneBelow).minus(doneBefore);
    return new DoneOffsets(doneBelow, pending.plus(toCome).plus(below(held)).plus(below(released)));
  }

  private OffsetSet below(NavigableSet<Long> offsets) {
    return OffsetSet.of(offsets.headSet(doneBelow).stream().mapToLong(Long::longValue).toArray());
  }

  /** The intents that are over since the last call, in the terms of a horizon asked for now. */
  public List<Intent> takeOver() {
    List<Intent> taken = List.copyOf(over);
    over.clear();
    return taken;
  }
}
