package dev.tributary.connect.sink.columns;

import dev.tributary.connect.json.JsonSlice;
import org.apache.kafka.connect.data.Schema;
import org.jspecify.annotations.Nullable;

/** String: takes every value there is; see {@link Texts} for the form of each. */
class StringWriter extends ScalarWriter {

  private final IntList ends = new IntList();
  private final Texts texts;

  StringWriter(String type) {
    this(type, new Texts());
  }

  StringWriter(String type, Texts texts) {
    super(type);
    this.texts = texts;
  }

  @Override
  void appendValue(Object value, @Nullable Schema schema) {
    if (value instanceof String text) {
      data.putSizedText(text);
    } else {
      putEncoded(value, schema);
      return;
    }
    ends.add(data.size());
  }

  /** Puts what a value, not already text, is as text. */
  final void putEncoded(Object value, @Nullable Schema schema) {
    Bytes encoded = texts.encode(value, schema, columnType());
    data.putUVarInt(encoded.size());
    data.putBytes(encoded.array(), 0, encoded.size());
    ends.add(data.size());
  }

  @Override
  boolean appendJson(JsonSlice slice) {
    if (!slice.isPlainString()) {
      return false;
    }
    int length = slice.contentTo() - slice.contentFrom();
    data.putUVarInt(length);
    data.putBytes(slice.text(), slice.contentFrom(), length);
    ends.add(data.size());
    return true;
  }

  @Override
  public void appendDefault() {
    data.putByte(0);
    ends.add(data.size());
  }

  @Override
  public final int rows() {
    return ends.size();
  }

  @Override
  final int start(int row) {
    return row == 0 ? 0 : ends.get(row - 1);
  }

  @Override
  public final void truncate(int rows) {
    super.truncate(rows);
    ends.truncate(rows);
  }

  @Override
  public final void clear() {
    super.clear();
    ends.clear();
  }
}
