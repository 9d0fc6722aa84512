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
    data.putLong(Double.doubleToRawLongBits(Floats.nearestDouble(value, columnType())));
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
}
