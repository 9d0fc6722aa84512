package dev.tributary.connect.sink.columns;

import java.util.Arrays;

/** A growable list of ints that is kept from batch to batch. */
final class IntList {

  private static final int KEEP = 1 << 18;

  private int[] array = new int[16];
  private int size;

  int size() {
    return size;
  }

  int get(int index) {
    return array[index];
  }

  void set(int index, int value) {
    array[index] = value;
  }

  void add(int value) {
    if (size == array.length) {
      array = Arrays.copyOf(array, size + (size >> 1) + 16);
    }
    array[size++] = value;
  }

  void truncate(int newSize) {
    size = newSize;
  }

  void clear() {
    if (array.length > KEEP && size < array.length / 4) {
      array = new int[Math.max(16, size * 2)];
    }
    size = 0;
  }
}
