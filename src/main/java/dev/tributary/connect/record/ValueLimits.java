package dev.tributary.connect.record;

import java.math.BigDecimal;
import java.math.BigInteger;
import org.apache.kafka.connect.errors.DataException;

/**
 * How large a value may be in ways that its bytes do not bound: code that reads values takes stack
 * with every level and, in a few steps, processor time with the square of the digits. {@code
 * JsonReader} has the same limits.
 */
public final class ValueLimits {

  /** How many lists, maps and structs may lie in each other. */
  public static final int MOST_LEVELS = 1_000;

  /** How many decimal digits a number may have, whatever its exponent. */
  public static final int MOST_DIGITS = 1_000;

  /** Holds every number of {@link #MOST_DIGITS}. */
  private static final int MOST_BITS = 3_322;

  private ValueLimits() {}

  /**
   * Checks a list, map or struct before its content is read.
   *
   * @param level how many others it lies in
   * @throws DataException if it lies too deep
   */
  public static void checkLevel(int level) {
    if (level >= MOST_LEVELS) {
      throw new DataException("a value that is nested more than " + MOST_LEVELS + " levels deep");
    }
  }

  /** Whether a value is a number of more than {@link #MOST_DIGITS}. */
  public static boolean hasTooManyDigits(Object value) {
    return value instanceof BigInteger integer
        ? integer.bitLength() > MOST_BITS
        : value instanceof BigDecimal decimal && decimal.unscaledValue().bitLength() > MOST_BITS;
  }

  /**
   * The number without trailing zeros: {@link BigDecimal#stripTrailingZeros}, which fails at the
   * end of the range of scales.
   */
  public static BigDecimal withoutTrailingZeros(BigDecimal number) {
    if (number.signum() == 0) {
      return BigDecimal.ZERO;
    }
    BigDecimal digits = new BigDecimal(number.unscaledValue()).stripTrailingZeros();
    long scale = (long) number.scale() + digits.scale();
    return scale >= Integer.MIN_VALUE
        ? new BigDecimal(digits.unscaledValue(), (int) scale)
        : new BigDecimal(
            digits.unscaledValue().multiply(BigInteger.TEN.pow((int) (Integer.MIN_VALUE - scale))),
            Integer.MIN_VALUE);
  }

  /** Whether a text has no surrogate without its other half, which no Unicode text has. */
  public static boolean isUnicode(String text) {
    for (int i = 0, n = text.length(); i < n; i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        if (Character.isLowSurrogate(c)
            || i + 1 == n
            || !Character.isLowSurrogate(text.charAt(i + 1))) {
          return false;
        }
        i++;
      }
    }
    return true;
  }
}
