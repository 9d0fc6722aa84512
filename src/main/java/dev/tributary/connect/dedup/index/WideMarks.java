package dev.tributary.connect.dedup.index;

import java.util.Arrays;

/**
 * Offset and time of the marks that are too far from the bases of their segment, written out in
 * full. A mark's slot holds the number of its entry here.
 *
 * <p>Not thread-safe.
 */
final class WideMarks {

  private static final int ENTRY = 2;
  private static final long NONE = -1;

  private long[] entries = {};
  private int used;
  private long size;

  /** The first free entry; its offset is the number of the next free one. */
  private long free = NONE;

  /** Keeps an offset and a time and returns their number. */
  long put(long offset, long time) {
    int at;
    if (free != NONE) {
      at = Math.toIntExact(free * ENTRY);
      free = entries[at];
    } else {
      if (used == entries.length) {
        // By a half, so that growing costs little more than what is held.
        int more = Math.max(8, entries.length / ENTRY / 2);
        entries = Arrays.copyOf(entries, Math.addExact(entries.length, more * ENTRY));
      }
      at = used;
      used += ENTRY;
    }
    entries[at] = offset;
    entries[at + 1] = time;
    size++;
    return at / ENTRY;
  }

  long offset(long number) {
    return entries[(int) number * ENTRY];
  }

  long time(long number) {
    return entries[(int) number * ENTRY + 1];
  }

  /** Frees an entry. */
  void remove(long number) {
    entries[(int) number * ENTRY] = free;
    free = number;
    size--;
    if (size == 0) {
      entries = new long[0];
      used = 0;
      free = NONE;
    }
  }

  long size() {
    return size;
  }

  long bytes() {
    return (long) entries.length * Long.BYTES;
  }
}
