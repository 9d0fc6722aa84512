package dev.tributary.connect.dedup.index;

import static dev.tributary.connect.dedup.index.MarkSegment.HEADER;
import static dev.tributary.connect.dedup.index.MarkSegment.ROOT_BITS;
import static dev.tributary.connect.dedup.index.MarkSegment.SLOT;

import java.util.Arrays;

/**
 * The marks of one partition in memory, by key. A key may have several marks. A mark costs 28 to 34
 * bytes.
 *
 * <p>The index is a directory of segments (extendible hashing: Fagin et al., 1979). A segment holds
 * the marks whose hashes begin with the same bits, in the order of their hashes with free slots
 * between them: linear probing that keeps its order (Amble and Knuth, 1974), so a look-up ends at
 * the first greater hash and needs three or four slots of 24 bytes, mostly one cache line.
 *
 * <p>A segment that is 85 % full drops the marks that have expired and takes a new array for what
 * is left, 72 % full; above 8192 slots it splits in two instead. Because marks are in order, both
 * are one pass from the front to the end. So growing needs the memory of one segment, a few hundred
 * kilobytes, and not that of the whole, and a stream whose window moves on stays at its size.
 *
 * <p>Of the 128 bits of a hash 120 are compared. The first 8 are not stored, as they choose one of
 * 256 root segments and every mark in it has the same: nothing is lost by that. The first 8 of the
 * second half are not looked at. Two different keys are taken for one with a probability of 2^-120,
 * so a record is wrongly dropped next to n marks with n / 2^120: one in 10^27 records next to 200
 * million marks.
 *
 * <p>Offsets and times are exact: those that do not fit into their bits, counted from the bases of
 * the segment, are written out in {@link WideMarks}. The bases are set around the first mark of a
 * segment, and set again with its next array when most of its marks are wide.
 *
 * <p>Use: {@link #seek} a key, walk its marks with {@link #next}, then perhaps {@link #add} one.
 *
 * <p>Not thread-safe.
 */
public final class MarkIndex {

  /** At most this many leading bits of a hash choose a segment. */
  private static final int MAX_DEPTH = ROOT_BITS + 20;

  /** A segment of more slots splits. Its array stays below half a region of the G1 collector. */
  private static final int MAX_SLOTS = 8192;

  private static final int SMALLEST = 4;

  /** Fullness in hundredths: at which a segment is full, in a new array, and in a pinch. */
  private static final long FULL = 85;

  private static final long FRESH = 72;
  private static final long TIGHT = 80;
  private static final long WHOLE = 100;

  /** The share of the marks that goes in one eviction. */
  private static final int EVICTED_SHARE = 8;

  private static final long NONE_EVICTED = Long.MIN_VALUE;

  private static final int SAMPLED_SEGMENTS = 256;
  private static final int SAMPLED_MARKS = 1 << 15;

  private MarkMemory memory;
  private final WideMarks wide = new WideMarks();

  /**
   * Segments by the first {@link #bits} bits; one with fewer bits in common appears several times.
   */
  private long[][] directory;

  private int bits = ROOT_BITS;

  private long size;
  private long segmentBytes;
  private long reported;

  /** Marks with this time or an earlier one have expired. */
  private long expired = Long.MIN_VALUE;

  /** Marks with this offset or a lower one are given up. */
  private long evicted = NONE_EVICTED;

  /** The first hash bits of the segment to be purged next. */
  private long hand;

  private long high;
  private long prefix;
  private long rest;
  private long[] table = MarkSegment.EMPTY;
  private int slot;
  private int current;
  private int reusable;

  MarkIndex() {
    this(MarkMemory.unbounded());
  }

  /** An index that has its memory from a task. {@link #release} gives it back. */
  public MarkIndex(MarkMemory memory) {
    this.memory = memory;
    directory = new long[1 << bits][];
    Arrays.fill(directory, MarkSegment.EMPTY);
    memory.join(this);
    report();
  }

  /** What the index has its memory from. */
  MarkMemory memory() {
    return memory;
  }

  /** From now on the index has its memory from here; see {@link MarkMemory#adopt}. */
  void moveTo(MarkMemory other) {
    memory = other;
  }

  /** Gives the memory back; the index must not be used afterwards. */
  public void release() {
    memory.leave(this);
  }

  /** The number of marks held, expired ones among them. */
  public long size() {
    return size;
  }

  /** The number of marks that are too far from the bases of their segment. */
  long wideMarks() {
    return wide.size();
  }

  /** The memory of the marks. */
  public long bytes() {
    return segmentBytes + wide.bytes() + (long) directory.length * Long.BYTES;
  }

  /** From now on marks with this time or an earlier one may be dropped. Never goes back. */
  public void expire(long time) {
    expired = Math.max(expired, time);
  }

  /** Stands before the first mark of a key. */
  public void seek(long high, long low) {
    this.high = high;
    prefix = MarkSegment.prefix(high, low);
    rest = MarkSegment.rest(low);
    long[] found = directory[(int) (high >>> (Long.SIZE - bits))];
    table = found;
    slot = MarkSegment.home(found, prefix);
    current = -1;
    reusable = -1;
  }

  /** Goes to the next mark of the key; false if there is none. */
  public boolean next() {
    long[] t = table;
    int at = slot;
    while (!MarkSegment.isFree(t, at)) {
      long found = MarkSegment.prefixAt(t, at);
      if (found == prefix) {
        if (MarkSegment.restAt(t, at) == rest) {
          current = at;
          slot = at + SLOT;
          if (MarkSegment.time(t, at, wide) <= expired) {
            reusable = at;
          }
          return true;
        }
      } else if (Long.compareUnsigned(found, prefix) > 0) {
        break;
      }
      at += SLOT;
    }
    slot = at;
    return false;
  }

  /** The offset of the mark that {@link #next} went to. */
  public long offset() {
    return MarkSegment.offset(table, current, wide);
  }

  /** Its event time. */
  public long time() {
    return MarkSegment.time(table, current, wide);
  }

  /** Whether its event time moves stream time. */
  public boolean movesStreamTime() {
    return MarkSegment.movesStreamTime(table, current);
  }

  /**
   * Adds a mark of the key; only after {@link #next} has returned false.
   *
   * @throws dev.tributary.connect.kafka.StateUnavailableError if there is no memory for it
   */
  public void add(long offset, long time, boolean movesStreamTime) {
    if (reusable >= 0) {
      MarkSegment.release(table, reusable, wide);
      MarkSegment.put(table, reusable, prefix, rest, offset, time, movesStreamTime, wide);
      report();
      return;
    }
    int free = gap();
    if (free < 0) {
      makeRoom(offset, time);
      free = gap();
    }
    long[] t = table;
    System.arraycopy(t, slot, t, slot + SLOT, free - slot);
    MarkSegment.put(t, slot, prefix, rest, offset, time, movesStreamTime, wide);
    MarkSegment.setCount(t, MarkSegment.count(t) + 1);
    size++;
    report();
  }

  /**
   * Hands every mark held to a visitor, in no order; the bits of its hash that are not compared are
   * 0.
   */
  public void forEach(Visitor visitor) {
    for (int at = 0; at < directory.length; ) {
      long[] t = directory[at];
      long root =
          (long) at << (Long.SIZE - bits) >>> (Long.SIZE - ROOT_BITS) << (Long.SIZE - ROOT_BITS);
      for (int s = HEADER; s < t.length; s += SLOT) {
        if (!MarkSegment.isFree(t, s)) {
          long found = MarkSegment.prefixAt(t, s);
          visitor.mark(
              root | MarkSegment.high(found),
              MarkSegment.low(found, MarkSegment.restAt(t, s)),
              MarkSegment.offset(t, s, wide),
              MarkSegment.time(t, s, wide),
              MarkSegment.movesStreamTime(t, s));
        }
      }
      at += span(t);
    }
  }

  /** Sees one mark. */
  @FunctionalInterface
  public interface Visitor {
    void mark(long high, long low, long offset, long time, boolean movesStreamTime);
  }

  /** Where {@link #purgeNext} continues; the same again after a full round. */
  long hand() {
    return hand;
  }

  /** Drops what may go from the next segment, and gives back memory if that leaves it emptier. */
  void purgeNext() {
    int at = (int) (hand >>> (Long.SIZE - bits));
    long[] old = directory[at];
    int live = live(old);
    if (live < MarkSegment.count(old)) {
      if (live == 0) {
        drop(old, HEADER, old.length);
        replace(at, old, MarkSegment.EMPTY);
      } else {
        int slots = Math.min(MarkSegment.slots(old), slots(live, TIGHT));
        replace(at, old, copy(old, HEADER, old.length, slots, MarkSegment.depth(old)));
      }
      size += live - MarkSegment.count(old);
      report();
    }
    hand += 1L << (Long.SIZE - MarkSegment.depth(old));
  }

  /**
   * Gives up the eighth of the marks that was accepted first. They go when their segments are
   * purged or full.
   *
   * @return false if there is no mark
   */
  boolean evictOldest() {
    long[] sample = new long[1024];
    int sampled = 0;
    int step = Math.max(1, directory.length / SAMPLED_SEGMENTS);
    long every = Math.max(1, size / step / SAMPLED_MARKS);
    long seen = 0;
    for (int at = 0; at < directory.length; at += Math.max(step, span(directory[at]))) {
      long[] t = directory[at];
      for (int s = HEADER; s < t.length; s += SLOT) {
        if (!MarkSegment.isFree(t, s) && !mayGo(t, s) && seen++ % every == 0) {
          if (sampled == sample.length) {
            sample = Arrays.copyOf(sample, 2 * sampled);
          }
          sample[sampled++] = MarkSegment.offset(t, s, wide);
        }
      }
    }
    if (sampled == 0) {
      return false;
    }
    Arrays.sort(sample, 0, sampled);
    evicted = sample[sampled / EVICTED_SHARE];
    return true;
  }

  /** The free slot to which the marks from {@link #slot} on can move up; -1 if there is none. */
  private int gap() {
    long[] t = table;
    if (overfull(MarkSegment.count(t) + 1L, t)) {
      return -1;
    }
    int free = slot;
    while (!MarkSegment.isFree(t, free)) {
      free += SLOT;
    }
    return free + SLOT < t.length ? free : -1;
  }

  /** Makes room for a mark of the key and stands where it belongs. */
  private void makeRoom(long offset, long time) {
    int live = live(table);
    int slots = slots(live + 1, FRESH);
    while (memory.lacks(more(slots))) {
      if ((live + 1) * WHOLE <= MarkSegment.slots(table) * TIGHT) {
        // What goes from this segment is enough: it stays as large as it is.
        slots = MarkSegment.slots(table);
        break;
      }
      memory.makeRoom(more(slots));
      table = directory[(int) (high >>> (Long.SIZE - bits))];
      live = live(table);
      slots = slots(live + 1, FRESH);
    }
    rebuild(live, slots, offset, time);
    seekPlace();
  }

  private long more(int slots) {
    return MarkSegment.bytes(slots, slack(slots)) - MarkSegment.bytes(table);
  }

  /** Gives the segment a new array, or two. */
  private void rebuild(int live, int slots, long offset, long time) {
    long[] old = table;
    int at = (int) (high >>> (Long.SIZE - bits));
    int depth = MarkSegment.depth(old);
    size += live - MarkSegment.count(old);
    if (live == 0) {
      drop(old, HEADER, old.length);
      long[] fresh = MarkSegment.create(slots, slack(slots), depth);
      MarkSegment.center(fresh, offset, time);
      replace(at, old, fresh);
    } else if (slots <= MAX_SLOTS || !split(at, old, live)) {
      replace(at, old, copy(old, HEADER, old.length, slots, depth));
    }
    table = directory[(int) (high >>> (Long.SIZE - bits))];
  }

  /** Splits a segment by the next bit of its hashes, unless that leaves it nearly whole. */
  private boolean split(int at, long[] old, int live) {
    int depth = MarkSegment.depth(old);
    long bit = 1L << (Long.SIZE - 1 - (depth - ROOT_BITS));
    int middle = HEADER;
    int lower = 0;
    for (int s = HEADER; s < old.length; s += SLOT) {
      if (!MarkSegment.isFree(old, s)) {
        if ((MarkSegment.prefixAt(old, s) & bit) != 0) {
          break;
        }
        if (!mayGo(old, s)) {
          lower++;
        }
      }
      middle = s + SLOT;
    }
    int upper = live - lower;
    if (depth == MAX_DEPTH || Math.min(lower, upper) < live / 4) {
      return false;
    }
    if (depth == bits) {
      long[][] doubled = new long[directory.length * 2][];
      for (int i = 0; i < doubled.length; i++) {
        doubled[i] = directory[i / 2];
      }
      directory = doubled;
      bits++;
      at *= 2;
    }
    long[] low = copy(old, HEADER, middle, slots(lower + 1, FRESH), depth + 1);
    long[] high = copy(old, middle, old.length, slots(upper + 1, FRESH), depth + 1);
    int half = 1 << (bits - depth - 1);
    int first = at & -(2 * half);
    Arrays.fill(directory, first, first + half, low);
    Arrays.fill(directory, first + half, first + 2 * half, high);
    segmentBytes += MarkSegment.bytes(low) + MarkSegment.bytes(high) - MarkSegment.bytes(old);
    return true;
  }

  private void replace(int at, long[] old, long[] fresh) {
    // A root segment that is empty again has the depth of a root; a deeper one keeps an array.
    long[] kept = fresh;
    if (fresh == MarkSegment.EMPTY && MarkSegment.depth(old) > ROOT_BITS) {
      kept = MarkSegment.create(0, 0, MarkSegment.depth(old));
    }
    int span = span(old);
    int first = at & -span;
    Arrays.fill(directory, first, first + span, kept);
    segmentBytes += MarkSegment.bytes(kept) - MarkSegment.bytes(old);
  }

  /** How often a segment stands in the directory. */
  private int span(long[] segment) {
    return 1 << (bits - MarkSegment.depth(segment));
  }

  /** Copies the marks between two places that may not go, in their order. */
  private long[] copy(long[] from, int start, int end, int slots, int depth) {
    int slack = slack(slots);
    long[] to = MarkSegment.create(slots, slack, depth);
    rebase(from, start, end, to);
    boolean same = MarkSegment.sameBases(from, to);
    int place = HEADER;
    int copied = 0;
    for (int s = start; s < end; s += SLOT) {
      if (MarkSegment.isFree(from, s)) {
        continue;
      }
      if (mayGo(from, s)) {
        drop(from, s, s + SLOT);
        continue;
      }
      place = Math.max(place, MarkSegment.home(to, MarkSegment.prefixAt(from, s)));
      if (place + SLOT >= to.length) {
        to = Arrays.copyOf(to, to.length + slack * SLOT);
      }
      if (same) {
        to[place] = from[s];
        to[place + 1] = from[s + 1];
        to[place + 2] = from[s + 2];
      } else {
        move(from, s, to, place);
      }
      place += SLOT;
      copied++;
    }
    if (place + SLOT >= to.length) {
      to = Arrays.copyOf(to, to.length + slack * SLOT);
    }
    MarkSegment.setCount(to, copied);
    return to;
  }

  private void move(long[] from, int s, long[] to, int place) {
    long offset = MarkSegment.offset(from, s, wide);
    long time = MarkSegment.time(from, s, wide);
    MarkSegment.release(from, s, wide);
    MarkSegment.put(
        to,
        place,
        MarkSegment.prefixAt(from, s),
        MarkSegment.restAt(from, s),
        offset,
        time,
        MarkSegment.movesStreamTime(from, s),
        wide);
  }

  /** Keeps the bases of a segment, unless they fit less than half of its marks. */
  private void rebase(long[] from, int start, int end, long[] to) {
    MarkSegment.copyBases(from, to);
    if (wide.size() == 0) {
      return;
    }
    int far = 0;
    int near = 0;
    int last = start;
    for (int s = start; s < end; s += SLOT) {
      if (MarkSegment.isWide(from, s)) {
        far++;
        last = s;
      } else if (!MarkSegment.isFree(from, s)) {
        near++;
      }
    }
    if (far > near) {
      MarkSegment.center(
          to, MarkSegment.offset(from, last, wide), MarkSegment.time(from, last, wide));
    }
  }

  /** Counts the dropped marks that had not expired, and lets go of what is wide. */
  private void drop(long[] segment, int start, int end) {
    long early = 0;
    for (int s = start; s < end; s += SLOT) {
      if (!MarkSegment.isFree(segment, s)) {
        if (MarkSegment.time(segment, s, wide) > expired) {
          early++;
        }
        MarkSegment.release(segment, s, wide);
      }
    }
    if (early > 0) {
      memory.evicted(early);
    }
  }

  private int live(long[] segment) {
    int live = 0;
    for (int s = HEADER; s < segment.length; s += SLOT) {
      if (!MarkSegment.isFree(segment, s) && !mayGo(segment, s)) {
        live++;
      }
    }
    return live;
  }

  private boolean mayGo(long[] segment, int at) {
    return MarkSegment.time(segment, at, wide) <= expired
        || (evicted != NONE_EVICTED && MarkSegment.offset(segment, at, wide) <= evicted);
  }

  /** Stands after the marks of the key. */
  private void seekPlace() {
    long[] t = table;
    int at = MarkSegment.home(t, prefix);
    while (!MarkSegment.isFree(t, at)
        && Long.compareUnsigned(MarkSegment.prefixAt(t, at), prefix) <= 0) {
      at += SLOT;
    }
    slot = at;
  }

  private void report() {
    long bytes = bytes();
    if (bytes != reported) {
      memory.grown(bytes - reported);
      reported = bytes;
    }
  }

  private static int slots(int marks, long fullness) {
    return (int) Math.max(SMALLEST, (marks * WHOLE + fullness - 1) / fullness);
  }

  /** Slots after the last home. Growing starts early in the rare segment for which it is short. */
  private static int slack(int slots) {
    return Math.min(24, 3 + slots / 16);
  }

  private static boolean overfull(long marks, long[] segment) {
    return marks * WHOLE > MarkSegment.slots(segment) * FULL;
  }

  /** Fails unless every mark can be found and the counts are true; for tests. */
  public void checkStructure() {
    long marks = 0;
    long wideMarks = 0;
    long held = 0;
    for (int at = 0; at < directory.length; ) {
      long[] t = directory[at];
      int span = span(t);
      check(at % span == 0, "A segment does not begin where it should");
      for (int i = at; i < at + span; i++) {
        check(directory[i] == t, "A segment is not where its hashes lead");
      }
      check(MarkSegment.isFree(t, t.length - SLOT), "The last slot is taken");
      int here = 0;
      int freeBehind = HEADER;
      for (int s = HEADER; s < t.length; s += SLOT) {
        if (MarkSegment.isFree(t, s)) {
          freeBehind = s + SLOT;
          continue;
        }
        here++;
        wideMarks += MarkSegment.isWide(t, s) ? 1 : 0;
        long found = MarkSegment.prefixAt(t, s);
        int home = MarkSegment.home(t, found);
        check(home <= s && home >= freeBehind, "A mark is cut off from its home slot");
        check(
            s == HEADER
                || MarkSegment.isFree(t, s - SLOT)
                || Long.compareUnsigned(MarkSegment.prefixAt(t, s - SLOT), found) <= 0,
            "Marks are out of order");
        int below = MarkSegment.depth(t) - ROOT_BITS;
        long mine = at & ((1L << (bits - ROOT_BITS)) - 1);
        check(
            below == 0 || found >>> (Long.SIZE - below) == mine >>> (bits - ROOT_BITS - below),
            "A mark is in a wrong segment");
      }
      check(here == MarkSegment.count(t), "A segment has miscounted its marks");
      marks += here;
      held += MarkSegment.bytes(t);
      at += span;
    }
    check(marks == size, "The index has miscounted its marks");
    check(wideMarks == wide.size(), "The index has miscounted its wide marks");
    check(held == segmentBytes && reported == bytes(), "The index has miscounted its memory");
  }

  private static void check(boolean holds, String failure) {
    if (!holds) {
      throw new IllegalStateException(failure);
    }
  }
}
