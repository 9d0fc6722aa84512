package dev.tributary.connect.dedup;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Collects marks of one source partition for one record of the state topic, in the form that {@link
 * MarkCodec} reads.
 *
 * <p>Not thread-safe.
 */
final class MarkBlock {

  /** About 900 marks, more than a poll returns with Connect's default settings. */
  static final int CAPACITY = 16 * 1024;

  private static final int LARGEST_MARK = 16 + 2 * 10;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private byte[] buffer = new byte[256];
  private int length;
  private int marks;
  private long lastOffset;
  private long lastTime;

  /** Adds a mark; only while the block is not {@link #isFull full}. */
  void add(long high, long low, long offset, long time, boolean movesStreamTime) {
    if (buffer.length - length < LARGEST_MARK) {
      buffer = Arrays.copyOf(buffer, Math.min(CAPACITY, 2 * buffer.length));
    }
    LONG.set(buffer, length, high);
    LONG.set(buffer, length + 8, low);
    length += 16;
    putVarint(zigzag(offset - lastOffset) << 1 | (movesStreamTime ? 0 : 1));
    putVarint(zigzag(time - lastTime));
    lastOffset = offset;
    lastTime = time;
    marks++;
  }

  boolean isFull() {
    return CAPACITY - length < LARGEST_MARK;
  }

  /** The number of marks. */
  int marks() {
    return marks;
  }

  /** The value of a record that holds the marks; the block is empty afterwards. */
  byte[] take() {
    byte[] value = Arrays.copyOf(buffer, length);
    clear();
    return value;
  }

  /** Drops the marks. */
  void clear() {
    length = 0;
    marks = 0;
    lastOffset = 0;
    lastTime = 0;
  }

  private void putVarint(long value) {
    long left = value;
    while ((left & ~0x7FL) != 0) {
      buffer[length++] = (byte) (left | 0x80);
      left >>>= 7;
    }
    buffer[length++] = (byte) left;
  }

  private static long zigzag(long value) {
    return (value << 1) ^ (value >> 63);
  }
}
