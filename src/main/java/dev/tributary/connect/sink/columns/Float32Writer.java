package dev.tributary.connect.sink.columns;

import org.apache.kafka.connect.data.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Float32: takes any number at its nearest float, its decimal text, and NaN and inf also as text. A
 * finite number that would become infinite is refused.
 */
final class Float32Writer extends FixedWidthWriter {

  Float32Writer(String type) {
    super(type, 4);
  }

  @Override
  void appendValue(Object value, @Nullable Schema schema) {
    data.putInt(Float.floatToRawIntBits(number(value)));
  }

  private float number(Object value) {
    float nearest;
    if (value instanceof Number number) {
      nearest = number.floatValue();
      if (Float.isInfinite(nearest) && Double.isInfinite(number.doubleValue()) && isBinary(value)) {
        return nearest;
      }
    } else if (value instanceof String text && NumberText.isDecimal(text)) {
      nearest = Float.parseFloat(text);
    } else {
      Double special = value instanceof String text ? Floats.special(text) : null;
      if (special == null) {
        throw ValueException.unsuited(value, columnType(), Floats.NEEDED);
      }
      return special.floatValue();
    }
    if (Float.isInfinite(nearest)) {
      throw Floats.tooLarge(value, columnType());
    }
    return nearest;
  }

  /** Whether an infinity of the value is the value's own, not the result of a conversion. */
  private static boolean isBinary(Object value) {
    return value instanceof Double || value instanceof Float;
  }
}
