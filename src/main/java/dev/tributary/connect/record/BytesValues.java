package dev.tributary.connect.record;

import java.nio.ByteBuffer;

/** The two shapes in which Connect delivers BYTES, read alike and without moving a position. */
public final class BytesValues {

  private BytesValues() {}

  public static boolean is(Object value) {
    return value instanceof byte[] || value instanceof ByteBuffer;
  }

  public static int length(Object value) {
    return value instanceof byte[] bytes ? bytes.length : ((ByteBuffer) value).remaining();
  }

  public static byte at(Object value, int index) {
    if (value instanceof byte[] bytes) {
      return bytes[index];
    }
    ByteBuffer buffer = (ByteBuffer) value;
    return buffer.get(buffer.position() + index);
  }

  public static void copy(Object value, byte[] target, int offset) {
    if (value instanceof byte[] bytes) {
      System.arraycopy(bytes, 0, target, offset, bytes.length);
    } else {
      ByteBuffer buffer = (ByteBuffer) value;
      buffer.get(buffer.position(), target, offset, buffer.remaining());
    }
  }
}
