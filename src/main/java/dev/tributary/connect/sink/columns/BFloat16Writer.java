package dev.tributary.connect.sink.columns;

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
    float number = Floats.nearest(value, columnType());
    int bits = Float.floatToIntBits(number);
    // To the nearest, and of two as near to the even one. NaN has its one form here.
    int rounded = Float.isFinite(number) ? bits + 0x7FFF + ((bits >>> 16) & 1) : bits;
    if (Float.isFinite(number) && !Float.isFinite(Float.intBitsToFloat(rounded & 0xFFFF_0000))) {
      throw Floats.tooLarge(value, columnType());
    }
    data.putShort(rounded >>> 16);
  }
}
