package dev.tributary.connect.sink.columns;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;
import java.util.Arrays;

/**
 * Finds the rows of a column by their bytes: a hash table of row numbers with linear probing.
 *
 * <p>Rows are removed only in the reverse order of their adding. The last one can then simply leave
 * its slot: no other row was placed after it because of it.
 */
final class DictionaryIndex {

  private static final int SMALLEST = 64;
  private static final int KEEP = 1 << 16;

  private static final Hasher64 HASHER = Hashing.wyhashFinal4();

  private final ScalarWriter rows;

  /** Row number + 1; 0 is free. A power of two, at most half full. */
  private int[] slots = new int[SMALLEST];

  private int size;

  DictionaryIndex(ScalarWriter rows) {
    this.rows = rows;
  }

  /**
   * The first row with the bytes of the last one; when that is the last one itself, it is added.
   */
  int findOrAddLast() {
    int last = rows.rows() - 1;
    int slot = slotOf(last);
    if (slots[slot] != 0) {
      return slots[slot] - 1;
    }
    slots[slot] = last + 1;
    size++;
    if (size * 2 > slots.length) {
      grow();
    }
    return last;
  }

  /** Removes the row that was added last, while its bytes are still there. */
  void removeLast(int row) {
    slots[slotOf(row)] = 0;
    size--;
  }

  void clear() {
    if (slots.length > KEEP && size < slots.length / 8) {
      slots = new int[KEEP];
    } else {
      Arrays.fill(slots, 0);
    }
    size = 0;
  }

  private void grow() {
    slots = new int[slots.length * 2];
    for (int row = 0; row < size; row++) {
      slots[slotOf(row)] = row + 1;
    }
  }

  /** Where a row with the same bytes is, or where it would be put. */
  private int slotOf(int row) {
    int start = rows.start(row);
    int end = rows.start(row + 1);
    byte[] bytes = rows.data.array();
    int mask = slots.length - 1;
    int slot = (int) HASHER.hashBytesToLong(bytes, start, end - start) & mask;
    while (slots[slot] != 0) {
      int other = slots[slot] - 1;
      if (Arrays.equals(bytes, start, end, bytes, rows.start(other), rows.start(other + 1))) {
        break;
      }
      slot = (slot + 1) & mask;
    }
    return slot;
  }
}
