package dev.tributary.connect.sink.columns;

/** Decimal numbers in text, as JSON and ClickHouse write them: ASCII, no spaces. */
final class NumberText {

  /** Says that {@link #smallInteger} is not responsible. */
  static final long NOT_SMALL = Long.MIN_VALUE;

  /** More than any column can hold; longer text would only cost time to refuse. */
  private static final int LONGEST = 400;

  private static final int LONGEST_EXPONENT = 6;

  private NumberText() {}

  /** The value of up to 18 digits with an optional sign, else {@link #NOT_SMALL}. */
  static long smallInteger(String text) {
    int length = text.length();
    int at = signed(text) ? 1 : 0;
    if (at == length || length - at > 18) {
      return NOT_SMALL;
    }
    long value = 0;
    for (int i = at; i < length; i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return NOT_SMALL;
      }
      value = value * 10 + digit;
    }
    return text.charAt(0) == '-' ? -value : value;
  }

  /** Whether the text is a number that Java's parsers of decimals take with the same meaning. */
  static boolean isDecimal(String text) {
    int length = text.length();
    if (length > LONGEST) {
      return false;
    }
    int start = signed(text) ? 1 : 0;
    int at = digits(text, start);
    int digits = at - start;
    if (at < length && text.charAt(at) == '.') {
      int fraction = at + 1;
      at = digits(text, fraction);
      digits += at - fraction;
    }
    if (digits == 0) {
      return false;
    }
    if (at < length && (text.charAt(at) == 'e' || text.charAt(at) == 'E')) {
      at++;
      if (at < length && (text.charAt(at) == '+' || text.charAt(at) == '-')) {
        at++;
      }
      int exponent = at;
      at = digits(text, exponent);
      if (at == exponent || at - exponent > LONGEST_EXPONENT) {
        return false;
      }
    }
    return at == length;
  }

  private static boolean signed(String text) {
    return !text.isEmpty() && (text.charAt(0) == '-' || text.charAt(0) == '+');
  }

  private static int digits(String text, int from) {
    int at = from;
    while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      at++;
    }
    return at;
  }
}
