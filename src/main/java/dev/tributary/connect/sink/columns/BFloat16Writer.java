package dev.tributary.connect.sink.columns;

import java.math.BigDecimal;
import java.math.BigInteger;
import org.apache.kafka.connect.data.Schema;
import org.jspecify.annotations.Nullable;

/**
 * BFloat16, the upper half of a Float32: takes what {@link Float32Writer} takes, at its nearest.
 */
final class BFloat16Writer extends FixedWidthWriter {

  BFloat16Writer(String type) {
    super(type, 2);
  }

  @Override
  void appendValue(Object value, @Nullable Schema schema) {
    double number = Floats.nearestDouble(value, columnType());
    if (!Double.isFinite(number)) {
      data.putShort(Float.floatToIntBits((float) number) >>> 16); // NaN has its one form here
      return;
    }
    int bits = inexact(number, value);
    // To the nearest, and of two as near to the even one.
    int rounded = bits + 0x7FFF + ((bits >>> 16) & 1);
    if (!Float.isFinite(Float.intBitsToFloat(rounded & 0xFFFF_0000))) {
      throw Floats.tooLarge(value, columnType());
    }
    data.putShort(rounded >>> 16);
  }

  /**
   * The bits of a float that rounds as the value itself: cut towards zero, with the last bit set if
   * anything was cut off. The nearest float may lie halfway where the value does not.
   */
  private static int inexact(double number, Object value) {
    float near = (float) number;
    int bits = Float.floatToIntBits(near);
    int beyond = compareMagnitudes(near, number, value);
    if (beyond == 0) {
      return bits;
    }
    return (beyond > 0 ? bits - 1 : bits) | 1; // one less is one nearer to zero
  }

  /** Compares a float with what it is the nearest float of, both without their signs. */
  private static int compareMagnitudes(float near, double number, Object value) {
    if (near != number) {
      return Double.compare(Math.abs(near), Math.abs(number));
    }
    BigDecimal exact =
        value instanceof BigDecimal decimal
            ? decimal
            : value instanceof BigInteger integer
                ? new BigDecimal(integer)
                : value instanceof String text && NumberText.isDecimal(text)
                    ? new BigDecimal(text)
                    : value instanceof Long whole ? BigDecimal.valueOf(whole) : null;
    return exact == null ? 0 : new BigDecimal(number).abs().compareTo(exact.abs());
  }
}
