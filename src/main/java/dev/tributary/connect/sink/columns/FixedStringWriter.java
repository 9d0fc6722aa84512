package dev.tributary.connect.sink.columns;

import dev.tributary.connect.json.JsonSlice;
import org.apache.kafka.connect.data.Schema;
import org.jspecify.annotations.Nullable;

/**
 * FixedString(N): takes what {@link StringWriter} takes when it has at most N bytes; what is
 * shorter is filled up with zero bytes, as ClickHouse does.
 */
final class FixedStringWriter extends FixedWidthWriter {

  private final Texts texts = new Texts();

  FixedStringWriter(String type, int width) {
    super(type, width);
    if (width < 1) {
      throw new UnsupportedTypeException(type, "it should have at least one byte");
    }
  }

  @Override
  void appendValue(Object value, @Nullable Schema schema) {
    Bytes encoded = texts.encode(value, schema, columnType());
    int length = encoded.size();
    if (length > width) {
      throw ValueException.outOfRange(
          value, columnType(), "its text has " + length + " bytes, the most is " + width);
    }
    data.putBytes(encoded.array(), 0, length);
    data.putFill(0, width - length);
  }

  @Override
  boolean appendJson(JsonSlice slice) {
    int length = slice.contentTo() - slice.contentFrom();
    if (!slice.isPlainString() || length > width) {
      return false;
    }
    data.putBytes(slice.text(), slice.contentFrom(), length);
    data.putFill(0, width - length);
    return true;
  }
}
