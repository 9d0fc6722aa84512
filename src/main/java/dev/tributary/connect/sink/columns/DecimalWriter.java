package dev.tributary.connect.sink.columns;

import dev.tributary.connect.json.JsonSlice;
import dev.tributary.connect.record.ValueKinds;
import dev.tributary.connect.record.ValueLimits;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import org.apache.kafka.connect.data.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Decimal(P, S) in 32, 64, 128 or 256 bits.
 *
 * <p>Takes numbers and their decimal text when no digit is lost: neither before the point nor, but
 * for zeros, beyond the column's scale, unless it rounds. A double counts as its shortest decimal
 * text.
 */
final class DecimalWriter extends FixedWidthWriter {

  private static final String NEEDED = "numbers, also as decimal text";

  private static final int MOST_LONG_DIGITS = 18;

  private final int precision;
  private final int scale;

  /** For columns of up to 64 bits: 10 to the scale, and to the precision. */
  private final long one;

  private final long end;

  private final boolean rounds;

  /**
   * @param rounds whether digits beyond the scale are rounded half up instead of rejected
   */
  DecimalWriter(String type, int precision, int scale, boolean rounds) {
    super(type, width(precision));
    this.precision = precision;
    this.scale = scale;
    this.rounds = rounds;
    boolean fitsLong = precision <= MOST_LONG_DIGITS;
    this.one = fitsLong ? BigInteger.TEN.pow(scale).longValueExact() : 0;
    this.end = fitsLong ? BigInteger.TEN.pow(precision).longValueExact() : 0;
  }

  static int width(int precision) {
    return precision <= 9 ? 4 : precision <= MOST_LONG_DIGITS ? 8 : precision <= 38 ? 16 : 32;
  }

  @Override
  void appendValue(Object value, @Nullable Schema schema) {
    if (Integers.isLong(value) && width <= 8) {
      putWhole(((Number) value).longValue(), value);
      return;
    }
    BigInteger unscaled = unscaled(decimal(value), value);
    if (width <= 8) {
      putNumber(unscaled.longValue());
    } else {
      data.putWide(unscaled, width);
    }
  }

  @Override
  boolean appendJson(JsonSlice slice) {
    long unscaled = width <= 8 ? slice.unscaled(scale) : JsonSlice.NOT_SMALL;
    if (unscaled <= -end || unscaled >= end) {
      return false;
    }
    putNumber(unscaled);
    return true;
  }

  private void putWhole(long number, Object value) {
    if (number <= -(end / one) || number >= end / one) {
      throw tooManyDigits(value);
    }
    putNumber(number * one);
  }

  private BigDecimal decimal(Object value) {
    if (value instanceof BigDecimal decimal) {
      return decimal;
    }
    if (value instanceof BigInteger integer) {
      return new BigDecimal(integer);
    }
    if (Integers.isLong(value)) {
      return BigDecimal.valueOf(((Number) value).longValue());
    }
    if (value instanceof Double || value instanceof Float) {
      if (!Double.isFinite(((Number) value).doubleValue())) {
        throw new ValueException(
            ValueKinds.of(value) + " that is not finite; " + type() + " takes " + NEEDED);
      }
      return new BigDecimal(value.toString());
    }
    if (value instanceof String text && NumberText.isDecimal(text)) {
      return new BigDecimal(text);
    }
    throw ValueException.unsuited(value, columnType(), NEEDED);
  }

  /** The number times 10 to the scale. */
  private BigInteger unscaled(BigDecimal decimal, Object value) {
    if (decimal.signum() == 0) {
      return BigInteger.ZERO;
    }
    if ((long) decimal.precision() - decimal.scale() > precision - scale) {
      throw tooManyDigits(value);
    }
    BigDecimal exact =
        decimal.scale() > scale ? ValueLimits.withoutTrailingZeros(decimal) : decimal;
    if (exact.scale() > scale) {
      if (!rounds) {
        throw ValueException.outOfRange(
            value, columnType(), "it has digits beyond the column's scale of " + scale);
      }
      if ((long) exact.precision() - exact.scale() < -scale) {
        return BigInteger.ZERO; // below half of the last digit; rounding might need as many zeros
      }
      exact = exact.setScale(scale, RoundingMode.HALF_UP);
      if (exact.precision() > precision) {
        throw tooManyDigits(value);
      }
    }
    return exact.setScale(scale).unscaledValue();
  }

  private ValueException tooManyDigits(Object value) {
    return ValueException.outOfRange(
        value, columnType(), "the most is " + (precision - scale) + " digits before the point");
  }
}
