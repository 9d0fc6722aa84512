package dev.tributary.connect.sink.columns;

import java.math.BigInteger;
import java.util.Arrays;

/** Takes little-endian {@code Native} data apart, from front to back. Not thread-safe. */
final class NativeInput {

  private byte[] data = {};
  private int at;

  /** Goes to the front of data, which are not copied. */
  void enter(byte[] newData) {
    data = newData;
    at = 0;
  }

  void skip(int count) {
    at += count;
  }

  byte[] bytes(int count) {
    at += count;
    return Arrays.copyOfRange(data, at - count, at);
  }

  /** A number of at most eight bytes. */
  long signed(int width) {
    long value = data[at + width - 1];
    for (int i = width - 2; i >= 0; i--) {
      value = value << 8 | (data[at + i] & 0xFF);
    }
    at += width;
    return value;
  }

  /** A number of at most eight bytes: a Long, or a BigInteger beyond that. */
  Number unsigned(int width) {
    if (width == Long.BYTES && data[at + width - 1] < 0) {
      return wide(width, false);
    }
    long value = signed(width);
    return width == Long.BYTES ? value : value & ((1L << (8 * width)) - 1);
  }

  BigInteger wide(int width, boolean signed) {
    byte[] bigEndian = new byte[width];
    for (int i = 0; i < width; i++) {
      bigEndian[width - 1 - i] = data[at + i];
    }
    at += width;
    return signed ? new BigInteger(bigEndian) : new BigInteger(1, bigEndian);
  }

  int varInt() {
    int value = 0;
    for (int shift = 0; ; shift += 7) {
      byte next = data[at++];
      value |= (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
    }
  }

  /** Where each row of arrays ends among their elements. */
  int[] ends(int rows) {
    int[] ends = new int[rows];
    for (int i = 0; i < rows; i++) {
      ends[i] = (int) signed(Long.BYTES);
    }
    return ends;
  }
}
