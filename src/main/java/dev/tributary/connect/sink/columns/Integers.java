package dev.tributary.connect.sink.columns;

import dev.tributary.connect.record.BytesValues;
import dev.tributary.connect.record.ValueKinds;
import dev.tributary.connect.record.ValueLimits;
import java.math.BigDecimal;
import java.math.BigInteger;
import org.apache.kafka.connect.data.Schema;
import org.jspecify.annotations.Nullable;

/** The integer that a value is, when it is one exactly. */
final class Integers {

  static final String NEEDED = "integers, also as decimal text";

  /** Beyond these a floating-point number may already have lost digits before it came here. */
  private static final double WHOLE_DOUBLES = 1L << 53;

  private static final float WHOLE_FLOATS = 1 << 24;

  /** More digits than any column has. */
  private static final int MOST_DIGITS = 100;

  private static final String BITS = "io.debezium.data.Bits";

  /** Bytes of Bits; the widest column takes 32 that are not 0. */
  private static final int MOST_BITS_BYTES = 1_024;

  private Integers() {}

  /** Whether the value is of the classes whose {@link Number#longValue} is exact. */
  static boolean isLong(Object value) {
    return value instanceof Long
        || value instanceof Integer
        || value instanceof Short
        || value instanceof Byte;
  }

  /** Debezium's Bits, the least significant byte first, as the number they are; else the value. */
  static Object withoutBits(Object value, @Nullable Schema schema) {
    if (!BytesValues.is(value) || schema == null || !BITS.equals(schema.name())) {
      return value;
    }
    int length = BytesValues.length(value);
    if (length > MOST_BITS_BYTES) {
      throw new ValueException("bits of more than " + MOST_BITS_BYTES + " bytes");
    }
    byte[] bigEndian = new byte[length];
    for (int i = 0; i < bigEndian.length; i++) {
      bigEndian[bigEndian.length - 1 - i] = BytesValues.at(value, i);
    }
    return new BigInteger(1, bigEndian);
  }

  /** The value as an integer of any size. */
  static BigInteger of(Object value, String type) {
    if (isLong(value)) {
      return BigInteger.valueOf(((Number) value).longValue());
    }
    if (value instanceof BigInteger integer) {
      return integer;
    }
    if (value instanceof BigDecimal decimal) {
      return ofDecimal(decimal, value, type);
    }
    if (value instanceof Double number) {
      return ofDouble(number, WHOLE_DOUBLES, value, type);
    }
    if (value instanceof Float number) {
      return ofDouble(number, WHOLE_FLOATS, value, type);
    }
    if (value instanceof String text && NumberText.isDecimal(text)) {
      return ofDecimal(new BigDecimal(text), value, type);
    }
    throw ValueException.unsuited(value, type, NEEDED);
  }

  /** The value, which is not text, as an integer between two limits. */
  static long between(long low, long high, Object value, String type, String range) {
    long result;
    if (isLong(value)) {
      result = ((Number) value).longValue();
    } else {
      BigInteger integer = of(value, type);
      if (integer.bitLength() > 63) {
        throw ValueException.outOfRange(value, type, range);
      }
      result = integer.longValue();
    }
    if (result < low || result > high) {
      throw ValueException.outOfRange(value, type, range);
    }
    return result;
  }

  private static BigInteger ofDecimal(BigDecimal decimal, Object value, String type) {
    if (decimal.signum() == 0) {
      return BigInteger.ZERO;
    }
    if ((long) decimal.precision() - decimal.scale() > MOST_DIGITS) {
      throw ValueException.outOfRange(value, type, "it has more than " + MOST_DIGITS + " digits");
    }
    if (decimal.scale() <= 0) {
      return decimal.toBigInteger();
    }
    BigDecimal stripped = ValueLimits.withoutTrailingZeros(decimal);
    if (stripped.scale() > 0) {
      throw fraction(value, type);
    }
    return stripped.toBigInteger();
  }

  private static BigInteger ofDouble(double number, double exact, Object value, String type) {
    if (Math.rint(number) != number || Double.isInfinite(number)) {
      throw fraction(value, type);
    }
    if (Math.abs(number) > exact) {
      throw new ValueException(
          ValueKinds.of(value) + " is too large to be exact; " + type + " takes " + NEEDED);
    }
    return BigInteger.valueOf((long) number);
  }

  private static ValueException fraction(Object value, String type) {
    return new ValueException(
        ValueKinds.of(value) + " is not a whole number; " + type + " takes " + NEEDED);
  }
}
