package dev.tributary.connect.sink.columns;

import dev.tributary.connect.json.JsonSlice;
import java.io.IOException;
import java.io.OutputStream;
import org.apache.kafka.connect.data.Schema;
import org.jspecify.annotations.Nullable;

/** Nullable(T): a map of the nulls, then the values with T's default in their places. */
final class NullableWriter extends ColumnWriter {

  private final ColumnWriter values;
  private final NullMap nulls = new NullMap();

  NullableWriter(String type, ColumnWriter values) {
    super(type);
    this.values = values;
  }

  @Override
  public boolean isNullable() {
    return true;
  }

  @Override
  public void appendDefault() {
    int row = values.rows();
    values.appendDefault();
    nulls.add(row);
  }

  @Override
  void appendValue(Object value, @Nullable Schema schema) {
    values.appendValue(value, schema);
  }

  @Override
  boolean appendJson(JsonSlice slice) {
    return values.appendJson(slice);
  }

  @Override
  public int rows() {
    return values.rows();
  }

  @Override
  public long bytes() {
    return values.bytes() + values.rows();
  }

  @Override
  public void truncate(int rows) {
    values.truncate(rows);
    nulls.truncate(rows);
  }

  @Override
  public void clear() {
    values.clear();
    nulls.clear();
  }

  @Override
  void writePrefix(OutputStream out) throws IOException {
    values.writePrefix(out);
  }

  @Override
  void writeData(OutputStream out) throws IOException {
    nulls.writeTo(out, values.rows());
    values.writeData(out);
  }
}
