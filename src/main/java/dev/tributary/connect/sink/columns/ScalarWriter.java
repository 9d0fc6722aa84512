package dev.tributary.connect.sink.columns;

import java.io.IOException;
import java.io.OutputStream;

/** A column whose rows lie one after the other in one buffer. */
abstract class ScalarWriter extends ColumnWriter {

  final Bytes data = new Bytes();
  private final NullMap absent = new NullMap();

  ScalarWriter(String type) {
    super(type);
  }

  /** Where in {@link #data} a row starts; for the row after the last, where that one ends. */
  abstract int start(int row);

  @Override
  public final boolean canTravelAsNullable() {
    return true;
  }

  @Override
  public final void appendAbsent() {
    int row = rows();
    appendDefault();
    absent.add(row);
  }

  @Override
  public final long bytes() {
    return data.size() + (absent.hasNulls() ? rows() : 0L);
  }

  @Override
  public void truncate(int rows) {
    data.truncate(start(rows));
    absent.truncate(rows);
  }

  @Override
  public void clear() {
    data.clear();
    absent.clear();
  }

  @Override
  public final String type() {
    return absent.hasNulls() ? "Nullable(" + columnType() + ")" : columnType();
  }

  @Override
  final void writeData(OutputStream out) throws IOException {
    if (absent.hasNulls()) {
      absent.writeTo(out, rows());
    }
    data.writeTo(out);
  }
}
