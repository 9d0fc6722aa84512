package dev.tributary.connect.dedup;

import org.jspecify.annotations.Nullable;

/**
 * The marks of one partition in memory, by key: open addressing with linear probing in primitive
 * arrays. A key may have several marks.
 *
 * <p>The index is 256 segments, chosen by the first bits of the hash. A segment that is full drops
 * the marks that have expired and takes a new array for what is left, sized so that it is 64 % full
 * then; it is full again at 80 %. So a mark costs 40 to 50 bytes, growing needs the memory of one
 * segment and not of the whole, and a stream whose window moves on stays at its size.
 *
 * <p>Use: {@link #seek} a key, walk its marks with {@link #next}, then perhaps {@link #add} one.
 *
 * <p>Not thread-safe.
 */
final class MarkIndex {

  private static final int SEGMENT_BITS = 8;
  private static final int SEGMENTS = 1 << SEGMENT_BITS;
  private static final int SMALLEST = 8;

  /** A slot: hash high, hash low, code, time. The code is 0 where there is no mark. */
  private static final int SLOT = 4;

  private static final int HIGH = 0;
  private static final int LOW = 1;
  private static final int CODE = 2;
  private static final int TIME = 3;

  /** Fullness in eightieths: full at 64/80, and 51/80 after a new array. */
  private static final long FULL = 64;

  private static final long FRESH = 51;
  private static final long WHOLE = 80;

  private final long[] @Nullable [] segments = new long[SEGMENTS][];
  private final int[] counts = new int[SEGMENTS];
  private long size;
  private long slots;

  /** Marks with this time or an earlier one have expired. */
  private long expired = Long.MIN_VALUE;

  private long high;
  private long low;
  private int segment;
  private long[] table = {};
  private int slot;
  private int current;
  private int reusable;

  /** The number of marks held, expired ones among them. */
  long size() {
    return size;
  }

  /** The memory of the marks. */
  long bytes() {
    return slots * SLOT * Long.BYTES;
  }

  /** From now on marks with this time or an earlier one may be dropped. Never goes back. */
  void expire(long time) {
    expired = Math.max(expired, time);
  }

  /** Stands before the first mark of a key. */
  void seek(long high, long low) {
    this.high = high;
    this.low = low;
    segment = (int) (high >>> (Long.SIZE - SEGMENT_BITS));
    long[] found = segments[segment];
    if (found == null) {
      found = new long[SMALLEST * SLOT];
      segments[segment] = found;
      slots += SMALLEST;
    }
    table = found;
    slot = home(high, found.length);
    current = -1;
    reusable = -1;
  }

  /** Goes to the next mark of the key; false if there is none. */
  boolean next() {
    long[] t = table;
    int at = slot;
    while (t[at + CODE] != 0) {
      int here = at;
      at += SLOT;
      if (at == t.length) {
        at = 0;
      }
      if (t[here + HIGH] == high && t[here + LOW] == low) {
        if (t[here + TIME] <= expired) {
          reusable = here;
        }
        slot = at;
        current = here;
        return true;
      }
    }
    slot = at;
    return false;
  }

  /** The offset of the mark that {@link #next} went to. */
  long offset() {
    return (table[current + CODE] >>> 1) - 1;
  }

  /** Its event time. */
  long time() {
    return table[current + TIME];
  }

  /** Whether its event time moves stream time. */
  boolean movesStreamTime() {
    return (table[current + CODE] & 1) != 0;
  }

  /** Adds a mark of the key; only after {@link #next} has returned false. */
  void add(long offset, long time, boolean movesStreamTime) {
    if (reusable >= 0) {
      table[reusable + CODE] = code(offset, movesStreamTime);
      table[reusable + TIME] = time;
      return;
    }
    if (overfull(counts[segment] + 1, table.length)) {
      makeRoom();
    }
    put(table, slot, high, low, code(offset, movesStreamTime), time);
    counts[segment]++;
    size++;
  }

  /** Hands every mark held to a visitor, in no order. */
  void forEach(Visitor visitor) {
    for (long[] t : segments) {
      if (t != null) {
        for (int at = 0; at < t.length; at += SLOT) {
          long code = t[at + CODE];
          if (code != 0) {
            visitor.mark(
                t[at + HIGH], t[at + LOW], (code >>> 1) - 1, t[at + TIME], (code & 1) != 0);
          }
        }
      }
    }
  }

  /** Sees one mark. */
  @FunctionalInterface
  interface Visitor {
    void mark(long high, long low, long offset, long time, boolean movesStreamTime);
  }

  /** Drops what has expired, gives the segment a new array and finds the free slot in it. */
  private void makeRoom() {
    long[] old = table;
    int live = 0;
    for (int at = 0; at < old.length; at += SLOT) {
      if (old[at + CODE] != 0 && old[at + TIME] > expired) {
        live++;
      }
    }
    long capacity = Math.max(SMALLEST, (live + 1) * WHOLE / FRESH + 1);
    long[] fresh = new long[Math.toIntExact(capacity * SLOT)];
    for (int at = 0; at < old.length; at += SLOT) {
      if (old[at + CODE] != 0 && old[at + TIME] > expired) {
        int to = free(fresh, old[at + HIGH]);
        put(fresh, to, old[at + HIGH], old[at + LOW], old[at + CODE], old[at + TIME]);
      }
    }
    size += live - counts[segment];
    slots += (fresh.length - old.length) / SLOT;
    counts[segment] = live;
    segments[segment] = fresh;
    table = fresh;
    slot = free(fresh, high);
  }

  private static boolean overfull(long marks, int length) {
    return marks * SLOT * WHOLE > length * FULL;
  }

  private static int free(long[] table, long high) {
    int at = home(high, table.length);
    while (table[at + CODE] != 0) {
      at += SLOT;
      if (at == table.length) {
        at = 0;
      }
    }
    return at;
  }

  /** Spreads the hash bits after the segment's over the slots, without a division. */
  private static int home(long high, int length) {
    long bits = high << SEGMENT_BITS >>> Integer.SIZE;
    return (int) ((bits * (length / SLOT)) >>> Integer.SIZE) * SLOT;
  }

  private static long code(long offset, boolean movesStreamTime) {
    return (offset + 1) << 1 | (movesStreamTime ? 1 : 0);
  }

  private static void put(long[] table, int at, long high, long low, long code, long time) {
    table[at + HIGH] = high;
    table[at + LOW] = low;
    table[at + CODE] = code;
    table[at + TIME] = time;
  }

  /** Fails unless every mark can be found and the counts are true; for tests. */
  void checkStructure() {
    long marks = 0;
    long held = 0;
    for (int s = 0; s < SEGMENTS; s++) {
      long[] t = segments[s];
      if (t == null) {
        continue;
      }
      int here = 0;
      for (int at = 0; at < t.length; at += SLOT) {
        if (t[at + CODE] == 0) {
          continue;
        }
        here++;
        if (t[at + HIGH] >>> (Long.SIZE - SEGMENT_BITS) != s) {
          throw new IllegalStateException("A mark is in a wrong segment");
        }
        for (int probe = home(t[at + HIGH], t.length); probe != at; ) {
          if (t[probe + CODE] == 0) {
            throw new IllegalStateException("A mark is cut off from its home slot");
          }
          probe = probe + SLOT == t.length ? 0 : probe + SLOT;
        }
      }
      if (here != counts[s] || overfull(here, t.length)) {
        throw new IllegalStateException("Segment " + s + " holds " + here + " of " + counts[s]);
      }
      marks += here;
      held += t.length / SLOT;
    }
    if (marks != size || held != slots) {
      throw new IllegalStateException("Size " + size + " is not " + marks);
    }
  }
}
