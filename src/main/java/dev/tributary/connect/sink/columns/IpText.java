package dev.tributary.connect.sink.columns;

/**
 * IP addresses in text. Java's own parser may ask a name server when text is no address, and takes
 * forms like {@code 127.1}; this one takes only the usual two.
 */
final class IpText {

  static final long NOT_IPV4 = -1;

  private static final int GROUPS = 8;

  private IpText() {}

  /** Four decimal numbers without leading zeros, as 32 bits; else {@link #NOT_IPV4}. */
  static long ipv4(String text, int from) {
    long address = 0;
    int at = from;
    for (int part = 0; part < 4; part++) {
      if (part > 0 && (at >= text.length() || text.charAt(at++) != '.')) {
        return NOT_IPV4;
      }
      int start = at;
      int number = 0;
      while (at < text.length() && at - start < 3 && isDigit(text.charAt(at))) {
        number = number * 10 + text.charAt(at++) - '0';
      }
      boolean leadingZero = at - start > 1 && text.charAt(start) == '0';
      if (at == start || number > 255 || leadingZero) {
        return NOT_IPV4;
      }
      address = (address << 8) | number;
    }
    return at == text.length() ? address : NOT_IPV4;
  }

  /**
   * Parses an address with {@code ::} for zeros and, if so, its last 32 bits as IPv4; no zone.
   *
   * @param groups where its eight groups of 16 bits go
   * @return whether it is one
   */
  static boolean ipv6(String text, int[] groups) {
    int count = 0;
    int gap = -1;
    int at = 0;
    if (text.startsWith("::")) {
      gap = 0;
      at = 2;
    }
    while (at < text.length()) {
      int end = at;
      int group = 0;
      while (end < text.length() && end - at < 4 && Hex.digit(text.charAt(end)) >= 0) {
        group = (group << 4) | Hex.digit(text.charAt(end++));
      }
      if (end < text.length() && text.charAt(end) == '.') {
        long last = ipv4(text, at);
        if (last == NOT_IPV4 || count > GROUPS - 2) {
          return false;
        }
        groups[count++] = (int) (last >>> 16);
        groups[count++] = (int) (last & 0xFFFF);
        break;
      }
      if (end == at || count == GROUPS) {
        return false;
      }
      groups[count++] = group;
      if (end == text.length()) {
        break;
      }
      if (text.charAt(end) != ':' || end + 1 == text.length()) {
        return false;
      }
      at = end + 1;
      if (text.charAt(at) == ':') {
        if (gap >= 0) {
          return false;
        }
        gap = count;
        at++;
      }
    }
    return gap < 0 ? count == GROUPS : expand(groups, count, gap);
  }

  private static boolean expand(int[] groups, int count, int gap) {
    if (count == GROUPS) {
      return false;
    }
    int shift = GROUPS - count;
    for (int i = GROUPS - 1; i >= gap; i--) {
      groups[i] = i - shift >= gap ? groups[i - shift] : 0;
    }
    return true;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}
