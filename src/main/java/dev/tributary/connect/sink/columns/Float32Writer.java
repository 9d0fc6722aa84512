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
    data.putInt(Float.floatToRawIntBits(Floats.nearest(value, columnType())));
  }
}
