package dev.tributary.connect.sink.columns;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;

/**
 * A number of some unit of time as whole seconds and nanoseconds, rounded down. A floating-point
 * number counts as its shortest decimal text.
 *
 * <p>The result stays in the object, so that a row costs none.
 */
final class FractionalNumber {

  private static final long SECOND_NANOS = 1_000_000_000L;

  /** More digits before the point, or zeros after it, than any number of a column has. */
  private static final int MOST_DIGITS = 40;

  /** Nanoseconds of this many bits are seconds of less than 64 bits. */
  private static final int MOST_BITS = 92;

  long second;
  int nanos;

  /** Whether something finer than nanoseconds is left out. */
  boolean beyondNanos;

  /** Whether the number has a fraction. */
  static boolean is(Object value) {
    if (value instanceof BigDecimal decimal) {
      return decimal.scale() > 0
          && decimal.signum() != 0
          && (decimal.precision() <= decimal.scale() || decimal.stripTrailingZeros().scale() > 0);
    }
    if (value instanceof Double || value instanceof Float) {
      double number = ((Number) value).doubleValue();
      return Double.isFinite(number) && Math.rint(number) != number;
    }
    return false;
  }

  /**
   * Reads a number of units of time.
   *
   * @throws ValueException when it is a floating-point number that may have lost digits, or has
   *     more seconds than 64 bits
   */
  void read(Object value, long nanosPerUnit, String type) {
    if (value instanceof BigDecimal decimal) {
      readExact(decimal.signum() == 0 ? BigDecimal.ZERO : decimal, nanosPerUnit, value, type);
      return;
    }
    if (value instanceof BigInteger || is(value)) {
      readExact(new BigDecimal(value.toString()), nanosPerUnit, value, type);
      return;
    }
    long units = Integers.between(Long.MIN_VALUE, Long.MAX_VALUE, value, type, "64 bits");
    long unitsPerSecond = SECOND_NANOS / nanosPerUnit;
    second = Math.floorDiv(units, unitsPerSecond);
    nanos = (int) (Math.floorMod(units, unitsPerSecond) * nanosPerUnit);
    beyondNanos = false;
  }

  private void readExact(BigDecimal units, long nanosPerUnit, Object value, String type) {
    long wholeDigits = (long) units.precision() - units.scale();
    if (wholeDigits > MOST_DIGITS) {
      throw ValueException.outOfRange(value, type, "64 bits");
    }
    BigInteger total;
    if (wholeDigits < -MOST_DIGITS) {
      total = units.signum() < 0 ? BigInteger.ONE.negate() : BigInteger.ZERO;
      beyondNanos = true;
    } else {
      BigDecimal exact = units.multiply(BigDecimal.valueOf(nanosPerUnit));
      BigDecimal whole = exact.setScale(0, RoundingMode.FLOOR);
      beyondNanos = whole.compareTo(exact) != 0;
      total = whole.toBigInteger();
    }
    if (total.bitLength() > MOST_BITS) {
      throw ValueException.outOfRange(value, type, "64 bits");
    }
    BigInteger[] parts = total.divideAndRemainder(BigInteger.valueOf(SECOND_NANOS));
    int rest = parts[1].intValue();
    second = parts[0].longValueExact() - (rest < 0 ? 1 : 0);
    nanos = rest < 0 ? rest + (int) SECOND_NANOS : rest;
  }
}
