package dev.tributary.connect.sink.columns;

import java.io.IOException;
import java.io.OutputStream;

/**
 * One byte a row: 1 where there is no value. Rows with a value cost nothing until the map is
 * written, because the zeros before a null are only filled in when it comes.
 */
final class NullMap {

  private final Bytes flags = new Bytes();
  private int nulls;

  boolean hasNulls() {
    return nulls > 0;
  }

  /** Marks a row after all rows marked so far. */
  void add(int row) {
    fillTo(row);
    flags.putByte(1);
    nulls++;
  }

  void truncate(int rows) {
    for (int row = flags.size() - 1; row >= rows; row--) {
      nulls -= flags.array()[row];
    }
    flags.truncate(Math.min(rows, flags.size()));
  }

  void clear() {
    flags.clear();
    nulls = 0;
  }

  void writeTo(OutputStream out, int rows) throws IOException {
    fillTo(rows);
    flags.writeTo(out);
  }

  private void fillTo(int rows) {
    flags.putFill(0, rows - flags.size());
  }
}
