package dev.tributary.connect.dedup.index;

import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.util.SingleWriterCounter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.utils.Time;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The memory of all marks of a task and its bound.
 *
 * <p>An index that has to grow asks first. When it would go beyond the bound, the marks that have
 * expired are dropped in all indexes of the task. If that is not enough, the task stops, or every
 * index gives up the eighth of its marks that was accepted first: the partitions of a task shrink
 * alike. Marks of a key are evicted oldest first, so a redelivered record is never judged a
 * duplicate of a later mark while its own is gone.
 *
 * <p>What is counted are the arrays that hold marks. While a segment is being replaced, its old
 * array, at most a few hundred kilobytes, comes on top.
 *
 * <p>Confined to the task thread, or, {@link #forRestore for a restore}, to the thread that
 * restores.
 */
public final class MarkMemory {

  private static final Logger log = LoggerFactory.getLogger(MarkMemory.class);

  private static final long WARN_INTERVAL_MS = 60_000;

  private final String owner;
  private final long windowMs;
  private final long bound;
  private final long warnAbove;
  private final OnOverflow onOverflow;
  private final SingleWriterCounter bytesHeld;
  private final SingleWriterCounter marksEvicted;
  private final Time clock;
  private final List<MarkIndex> indexes = new ArrayList<>();

  /** What is held; what several restores hold together is bounded together. */
  private final AtomicLong bytes;

  private boolean warnedOfHeap;
  private long lastWarning;
  private boolean warned;

  /**
   * The memory of a task.
   *
   * @param owner prefix of errors and log lines
   * @param bound in bytes; 0 for none but the heap
   * @param bytesHeld shows the bytes held
   * @param marksEvicted shows how many marks inside the window were dropped
   */
  public MarkMemory(
      String owner,
      long windowMs,
      long bound,
      OnOverflow onOverflow,
      SingleWriterCounter bytesHeld,
      SingleWriterCounter marksEvicted,
      Time clock) {
    this(owner, windowMs, bound, onOverflow, bytesHeld, marksEvicted, clock, new AtomicLong());
  }

  private MarkMemory(
      String owner,
      long windowMs,
      long bound,
      OnOverflow onOverflow,
      SingleWriterCounter bytesHeld,
      SingleWriterCounter marksEvicted,
      Time clock,
      AtomicLong bytes) {
    this.bytes = bytes;
    this.owner = owner;
    this.windowMs = windowMs;
    this.bound = bound == 0 ? Long.MAX_VALUE : bound;
    this.warnAbove = bound == 0 ? Runtime.getRuntime().maxMemory() / 2 : Long.MAX_VALUE;
    this.onOverflow = onOverflow;
    this.bytesHeld = bytesHeld;
    this.marksEvicted = marksEvicted;
    this.clock = clock;
  }

  /** Memory without a bound, shown nowhere. */
  public static MarkMemory unbounded() {
    return new MarkMemory(
        "Marks",
        0,
        Long.MAX_VALUE,
        OnOverflow.FAIL,
        new SingleWriterCounter(),
        new SingleWriterCounter(),
        Time.SYSTEM);
  }

  /**
   * Memory under the same bound for marks that another thread restores, until they are {@link
   * #adopt adopted}.
   *
   * @param together counts what the restores of one pass hold together
   */
  public MarkMemory forRestore(AtomicLong together) {
    return new MarkMemory(
        owner,
        windowMs,
        bound,
        onOverflow,
        new SingleWriterCounter(),
        new SingleWriterCounter(),
        clock,
        together);
  }

  /**
   * Takes over marks that were restored in memory of their own, which is not used afterwards.
   *
   * @throws StateUnavailableError if there is no room for them
   */
  public void adopt(MarkIndex index) {
    MarkMemory from = index.memory();
    from.leave(index);
    index.moveTo(this);
    indexes.add(index);
    grown(index.bytes());
    evicted(from.marksEvicted.get());
    if (lacks(1)) {
      makeRoom(1);
    }
  }

  /** The memory that is held. */
  public long bytes() {
    return bytes.get();
  }

  /** The index belongs to the task until it is {@link #leave released}. */
  void join(MarkIndex index) {
    indexes.add(index);
  }

  /** Removes the index and what it holds. */
  void leave(MarkIndex index) {
    if (indexes.remove(index)) {
      grown(-index.bytes());
    }
  }

  /** Whether {@code more} bytes would exceed the bound. */
  boolean lacks(long more) {
    return more > 0 && bytes.get() > bound - more;
  }

  /** An index holds {@code more} bytes more, or less if negative. */
  void grown(long more) {
    long now = bytes.addAndGet(more);
    bytesHeld.add(more);
    if (now > warnAbove && !warnedOfHeap) {
      warnedOfHeap = true;
      log.warn(
          "{}: {} marks in memory take {} MiB, more than half of the worker's heap. Without"
              + " 'state.max.bytes' nothing bounds them, and a full heap stops the worker. Set"
              + " 'state.max.bytes', shorten 'window' or give the worker more heap.",
          owner,
          marks(),
          now >> 20);
    }
  }

  /** This many marks inside the window were evicted. */
  void evicted(long marks) {
    marksEvicted.add(marks);
  }

  /**
   * Makes room below the bound. Every segment of the task may be a different array afterwards.
   *
   * @throws StateUnavailableError if there is none to be made
   */
  void makeRoom(long more) {
    while (!purge(more)) {
      if (onOverflow == OnOverflow.FAIL) {
        throw new StateUnavailableError(
            held()
                + " It stops here because 'state.on.overflow' is 'fail': dropping marks inside the"
                + " window would let duplicates through. Nothing is lost; raise 'state.max.bytes'"
                + " (and the worker's heap with it), spread the partitions over more tasks or"
                + " shorten 'window', then restart the task.");
      }
      if (!evict()) {
        throw new StateUnavailableError(
            held()
                + " There is nothing left to evict: raise 'state.max.bytes', then restart the"
                + " task.");
      }
    }
  }

  private String held() {
    return owner
        + ": the marks of accepted records need more memory than 'state.max.bytes' = "
        + bound
        + ": "
        + marks()
        + " marks of "
        + indexes.size()
        + " partitions, kept for twice the window of "
        + windowMs
        + " ms, take "
        + bytes
        + " bytes.";
  }

  private long marks() {
    return indexes.stream().mapToLong(MarkIndex::size).sum();
  }

  /** Goes round all segments until there is room. */
  private boolean purge(long more) {
    for (MarkIndex index : indexes) {
      long start = index.hand();
      do {
        index.purgeNext();
        if (!lacks(more)) {
          return true;
        }
      } while (index.hand() != start);
    }
    return false;
  }

  private boolean evict() {
    boolean any = false;
    for (MarkIndex index : indexes) {
      any |= index.evictOldest();
    }
    long now = clock.milliseconds();
    if (any && (!warned || now - lastWarning >= WARN_INTERVAL_MS)) {
      warned = true;
      lastWarning = now;
      log.warn(
          "{} The oldest are evicted, {} so far; no record is lost, but duplicates of evicted"
              + " marks pass. Raise 'state.max.bytes' or shorten 'window'.",
          held(),
          marksEvicted.get());
    }
    return any;
  }
}
