package dev.tributary.connect.sink.columns;

import java.util.Arrays;

/**
 * Hexadecimal digits; ASCII only, unlike {@link Character#digit}. A table, because digits and
 * letters come in no order that a processor could learn to predict.
 */
final class Hex {

  private static final byte[] DIGITS = new byte[128];

  static {
    Arrays.fill(DIGITS, (byte) -1);
    for (int i = 0; i < 16; i++) {
      DIGITS["0123456789abcdef".charAt(i)] = (byte) i;
      DIGITS["0123456789ABCDEF".charAt(i)] = (byte) i;
    }
  }

  private Hex() {}

  /** The digit's value, or -1. */
  static int digit(char c) {
    return c < DIGITS.length ? DIGITS[c] : -1;
  }
}
