package dev.tributary.connect.sink.columns;

import dev.tributary.connect.record.BytesValues;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.math.BigInteger;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A growable little-endian buffer that is kept from batch to batch.
 *
 * <p>A put that throws leaves the size as it was. Not thread-safe.
 */
final class Bytes {

  private static final VarHandle SHORT = view(short[].class);
  private static final VarHandle INT = view(int[].class);
  private static final VarHandle LONG = view(long[].class);

  private static final int LARGEST = Integer.MAX_VALUE - 16;

  /** Above this, an array that was mostly empty is not kept for the next batch. */
  private static final int KEEP = 1 << 20;

  private byte[] array = new byte[64];
  private int size;

  private static VarHandle view(Class<?> type) {
    return MethodHandles.byteArrayViewVarHandle(type, ByteOrder.LITTLE_ENDIAN);
  }

  int size() {
    return size;
  }

  /** The content up to {@link #size()}; valid until the next put. */
  byte[] array() {
    return array;
  }

  /** A stream that appends here. */
  OutputStream stream() {
    return new OutputStream() {
      @Override
      public void write(int b) {
        putByte(b);
      }

      @Override
      public void write(byte[] source, int offset, int length) {
        putBytes(source, offset, length);
      }
    };
  }

  void putByte(int value) {
    reserve(1);
    array[size++] = (byte) value;
  }

  void putShort(int value) {
    reserve(2);
    SHORT.set(array, size, (short) value);
    size += 2;
  }

  void putInt(int value) {
    reserve(4);
    INT.set(array, size, value);
    size += 4;
  }

  void putLong(long value) {
    reserve(8);
    LONG.set(array, size, value);
    size += 8;
  }

  long longAt(int offset) {
    return (long) LONG.get(array, offset);
  }

  void putFill(int value, int count) {
    reserve(count);
    Arrays.fill(array, size, size + count, (byte) value);
    size += count;
  }

  void putBytes(byte[] source, int offset, int length) {
    reserve(length);
    System.arraycopy(source, offset, array, size, length);
    size += length;
  }

  /** Puts what {@link BytesValues} calls bytes. */
  void putBinary(Object bytes) {
    int length = BytesValues.length(bytes);
    reserve(length);
    BytesValues.copy(bytes, array, size);
    size += length;
  }

  /** Puts a number sign-extended to the given number of bytes; it must fit. */
  void putWide(BigInteger value, int width) {
    byte[] bigEndian = value.toByteArray();
    int length = Math.min(bigEndian.length, width);
    reserve(width);
    for (int i = 0; i < length; i++) {
      array[size + i] = bigEndian[bigEndian.length - 1 - i];
    }
    Arrays.fill(array, size + length, size + width, (byte) (value.signum() < 0 ? -1 : 0));
    size += width;
  }

  /** Puts a number sign-extended to the given number of bytes, a multiple of eight. */
  void putWide(long value, int width) {
    putLong(value);
    putFill(value < 0 ? -1 : 0, width - 8);
  }

  void putUVarInt(long value) {
    reserve(10);
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      array[size++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    array[size++] = (byte) rest;
  }

  /** Puts text as UTF-8. */
  void putText(String text) {
    int length = text.length();
    reserve(length);
    if (!copyAscii(text, size)) {
      int utf8 = Utf8.length(text);
      reserve(utf8);
      Utf8.encode(text, array, size);
      length = utf8;
    }
    size += length;
  }

  /** Puts the length in bytes, then the text as UTF-8: ClickHouse's String. */
  void putSizedText(String text) {
    int start = size;
    int length = text.length();
    reserve(length + 5L);
    putUVarInt(length);
    if (!copyAscii(text, size)) {
      size = start;
      length = Utf8.length(text);
      reserve(length + 5L);
      putUVarInt(length);
      Utf8.encode(text, array, size);
    }
    size += length;
  }

  /**
   * Copies the low byte of every character and returns whether that was correct. Without a branch
   * in the loop it costs a fraction of a careful one, and nearly all text is ASCII.
   */
  private boolean copyAscii(String text, int offset) {
    byte[] target = array;
    int seen = 0;
    for (int i = 0, n = text.length(); i < n; i++) {
      char c = text.charAt(i);
      seen |= c;
      target[offset + i] = (byte) c;
    }
    return seen < 0x80;
  }

  void truncate(int newSize) {
    size = newSize;
  }

  void clear() {
    if (array.length > KEEP && size < array.length / 4) {
      array = new byte[Math.max(64, size * 2)];
    }
    size = 0;
  }

  void writeTo(OutputStream out) throws IOException {
    out.write(array, 0, size);
  }

  private void reserve(long count) {
    if (count > array.length - size) {
      grow(size + count);
    }
  }

  private void grow(long needed) {
    if (needed > LARGEST) {
      throw new IllegalStateException(
          "A column of one batch needs "
              + needed
              + " bytes, the most is "
              + LARGEST
              + ": lower batch.max.bytes or batch.max.rows");
    }
    array = Arrays.copyOf(array, (int) Math.min(LARGEST, Math.max(needed, array.length * 2L)));
  }
}
