package dev.tributary.connect.sink.columns;

import dev.tributary.connect.record.ValueKinds;

/**
 * UTF-8 straight into a buffer.
 *
 * <p>A surrogate without its other half is no character and has no UTF-8 form; replacing it would
 * change the value in silence, so it is refused.
 */
final class Utf8 {

  private Utf8() {}

  static int length(String text) {
    long length = 0;
    for (int i = 0, n = text.length(); i < n; i++) {
      char c = text.charAt(i);
      if (c < 0x80) {
        length += 1;
      } else if (c < 0x800) {
        length += 2;
      } else if (!Character.isSurrogate(c)) {
        length += 3;
      } else if (Character.isHighSurrogate(c)
          && i + 1 < n
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        length += 4;
        i++;
      } else {
        throw new ValueException(
            ValueKinds.of(text) + " holds half a surrogate pair, which no Unicode text does");
      }
    }
    if (length > Integer.MAX_VALUE) {
      throw new ValueException(ValueKinds.of(text) + " is longer than 2 GiB in UTF-8");
    }
    return (int) length;
  }

  /** Encodes text that {@link #length} has accepted. */
  static void encode(String text, byte[] target, int offset) {
    int at = offset;
    for (int i = 0, n = text.length(); i < n; i++) {
      char c = text.charAt(i);
      if (c < 0x80) {
        target[at++] = (byte) c;
      } else if (c < 0x800) {
        target[at++] = (byte) (0xC0 | (c >> 6));
        target[at++] = (byte) (0x80 | (c & 0x3F));
      } else if (!Character.isSurrogate(c)) {
        target[at++] = (byte) (0xE0 | (c >> 12));
        target[at++] = (byte) (0x80 | ((c >> 6) & 0x3F));
        target[at++] = (byte) (0x80 | (c & 0x3F));
      } else {
        int point = Character.toCodePoint(c, text.charAt(++i));
        target[at++] = (byte) (0xF0 | (point >> 18));
        target[at++] = (byte) (0x80 | ((point >> 12) & 0x3F));
        target[at++] = (byte) (0x80 | ((point >> 6) & 0x3F));
        target[at++] = (byte) (0x80 | (point & 0x3F));
      }
    }
  }
}
