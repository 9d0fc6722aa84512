package dev.tributary.connect.sink.columns;

/** Hexadecimal digits; ASCII only, unlike {@link Character#digit}. */
final class Hex {

  private Hex() {}

  /** The digit's value, or -1. */
  static int digit(char c) {
    if (c >= '0' && c <= '9') {
      return c - '0';
    }
    int lower = c | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
  }
}
