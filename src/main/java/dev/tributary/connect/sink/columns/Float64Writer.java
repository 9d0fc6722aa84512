package dev.tributary.connect.sink.columns;

import dev.tributary.connect.json.JsonSlice;
import org.apache.kafka.connect.data.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Float64: takes any number at its nearest double, its decimal text, and NaN and inf also as text.
 * A finite number that would become infinite is refused.
 */
final class Float64Writer extends FixedWidthWriter {

  Float64Writer(String type) {
    super(type, 8);
  }

  @Override
  void appendValue(Object value, @Nullable Schema schema) {
    data.putLong(Double.doubleToRawLongBits(number(value)));
  }

  @Override
  boolean appendJson(JsonSlice slice) {
    double nearest = slice.nearestDouble();
    if (Double.isNaN(nearest)) {
      return false;
    }
    data.putLong(Double.doubleToRawLongBits(nearest));
    return true;
  }

  private double number(Object value) {
    if (value instanceof Double || value instanceof Float) {
      return ((Number) value).doubleValue();
    }
    double nearest;
    if (value instanceof Number number) {
      nearest = number.doubleValue();
    } else if (value instanceof String text && NumberText.isDecimal(text)) {
      nearest = Double.parseDouble(text);
    } else {
      Double special = value instanceof String text ? Floats.special(text) : null;
      if (special == null) {
        throw ValueException.unsuited(value, columnType(), Floats.NEEDED);
      }
      return special;
    }
    if (Double.isInfinite(nearest)) {
      throw Floats.tooLarge(value, columnType());
    }
    return nearest;
  }
}
