package dev.tributary.connect.sink.columns;

import dev.tributary.connect.json.JsonSlice;
import org.apache.kafka.connect.data.Schema;
import org.jspecify.annotations.Nullable;

/** Bool: takes booleans, the numbers 0 and 1, and {@code true} and {@code false} in any case. */
final class BoolWriter extends FixedWidthWriter {

  private static final String NEEDED = "booleans, 0 and 1, and the texts true and false";

  BoolWriter(String type) {
    super(type, 1);
  }

  @Override
  void appendValue(Object value, @Nullable Schema schema) {
    if (value instanceof Boolean flag) {
      data.putByte(flag ? 1 : 0);
    } else if (value instanceof Number) {
      data.putByte((int) Integers.between(0, 1, value, columnType(), "0 and 1"));
    } else if (value instanceof String text && text.equalsIgnoreCase("true")) {
      data.putByte(1);
    } else if (value instanceof String text && text.equalsIgnoreCase("false")) {
      data.putByte(0);
    } else {
      throw ValueException.unsuited(value, columnType(), NEEDED);
    }
  }

  @Override
  boolean appendJson(JsonSlice slice) {
    if (!slice.isTrue() && !slice.isFalse()) {
      return false;
    }
    data.putByte(slice.isTrue() ? 1 : 0);
    return true;
  }
}
