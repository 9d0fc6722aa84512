package dev.tributary.connect.json;

import org.jspecify.annotations.Nullable;

/**
 * A value that is still JSON text, known to be well-formed: a view that its owner moves from value
 * to value, so it must be used before the owner reads on. It is never JSON's null.
 *
 * <p>Whoever takes one may always take {@link #value} instead, with the same meaning; the other
 * methods only save the object.
 */
public final class JsonSlice {

  /** Says that a number is not of the kind that was asked for. */
  public static final long NOT_SMALL = Long.MIN_VALUE;

  /** Powers of ten that are doubles without a rounding. */
  private static final double[] EXACT_POWERS = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22
  };

  private static final long EXACT_DOUBLES = 1L << 53;

  byte[] text = {};
  int from;
  int to;
  boolean escaped;

  JsonSlice() {}

  /** Goes to a value; false when it is null. */
  boolean moveTo(byte[] newText, int start, int markedEnd) {
    text = newText;
    from = start;
    to = markedEnd & ~JsonScanner.ESCAPED;
    escaped = markedEnd < 0;
    return newText[start] != 'n';
  }

  /** The value without a schema, with numbers that have all their digits. */
  public Object value() {
    Object value = JsonText.value(text, from, to, escaped, JsonText.Numbers.EXACT);
    if (value == null) {
      throw new IllegalStateException("a null has no slice");
    }
    return value;
  }

  /** Whether it is a string whose UTF-8 stands in the text as it is. */
  public boolean isPlainString() {
    return text[from] == '"' && !escaped;
  }

  public boolean isTrue() {
    return text[from] == 't';
  }

  public boolean isFalse() {
    return text[from] == 'f';
  }

  public boolean isList() {
    return text[from] == '[';
  }

  /** The text that {@link #contentFrom} and {@link #contentTo} are places in; not to be changed. */
  public byte[] text() {
    return text;
  }

  /** Where a plain string begins, after its quote. */
  public int contentFrom() {
    return from + 1;
  }

  /** Where a plain string ends, before its quote. */
  public int contentTo() {
    return to - 1;
  }

  /** The value of a whole number of at most 18 digits, else {@link #NOT_SMALL}. */
  public long smallInteger() {
    return unscaled(0);
  }

  /**
   * The value of a plain decimal number times 10 to the scale, when that is whole and has at most
   * 18 digits; else {@link #NOT_SMALL}.
   */
  public long unscaled(int scale) {
    boolean negative = text[from] == '-';
    int at = negative ? from + 1 : from;
    if (to - at > JsonText.LONG_DIGITS + 1) {
      return NOT_SMALL;
    }
    long value = 0;
    int digits = 0;
    int places = -1;
    for (; at < to; at++) {
      int digit = text[at] - '0';
      if (digit >= 0 && digit <= 9) {
        value = value * 10 + digit;
        digits++;
        places += places >= 0 ? 1 : 0;
      } else if (text[at] == '.') {
        places = 0;
      } else {
        return NOT_SMALL;
      }
    }
    int missing = scale - Math.max(0, places);
    if (missing < 0 || digits == 0 || digits + missing > JsonText.LONG_DIGITS) {
      return NOT_SMALL;
    }
    for (; missing > 0; missing--) {
      value *= 10;
    }
    return negative ? -value : value;
  }

  /**
   * The nearest double of a plain decimal number, if one division gives it; else NaN. Digits and
   * power of ten must both be doubles, then IEEE 754 rounds their quotient as it should be.
   */
  public double nearestDouble() {
    boolean negative = text[from] == '-';
    int at = negative ? from + 1 : from;
    if (to - at > JsonText.LONG_DIGITS) {
      return Double.NaN;
    }
    long digits = 0;
    int places = -1;
    int start = at;
    for (; at < to; at++) {
      int digit = text[at] - '0';
      if (digit >= 0 && digit <= 9) {
        digits = digits * 10 + digit;
        places += places >= 0 ? 1 : 0;
      } else if (text[at] == '.' && at > start) {
        places = 0;
      } else {
        return Double.NaN;
      }
    }
    if (digits > EXACT_DOUBLES) {
      return Double.NaN;
    }
    double value = digits / EXACT_POWERS[Math.max(0, places)];
    // Zero has no sign here, as a BigDecimal has none.
    return negative && digits != 0 ? -value : value;
  }

  /** Goes through the elements of lists, one list after the other. Not thread-safe. */
  public static final class Elements {

    private final JsonSlice element = new JsonSlice();
    private byte[] text = {};
    private int at;

    /** Goes before the first element of a list. */
    public void enter(JsonSlice list) {
      text = list.text;
      at = list.from;
    }

    /** Goes to the next element; false after the last. */
    public boolean next() {
      if (text[at] == '[') {
        at = JsonText.skipSpace(text, at + 1);
        if (text[at] == ']') {
          return false;
        }
      } else {
        at = JsonText.skipSpace(text, at);
        if (text[at] == ']') {
          return false;
        }
        at = JsonText.skipSpace(text, at + 1);
      }
      return true;
    }

    /** The element, valid until the next one is taken; null for JSON's null. Once per next. */
    public @Nullable JsonSlice take() {
      int end = JsonText.end(text, at);
      boolean some = element.moveTo(text, at, end);
      at = end & ~JsonScanner.ESCAPED;
      return some ? element : null;
    }
  }
}
