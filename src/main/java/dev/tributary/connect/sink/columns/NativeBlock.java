package dev.tributary.connect.sink.columns;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/** One block of ClickHouse's {@code Native} format, as its HTTP interface reads it. */
public final class NativeBlock {

  private NativeBlock() {}

  /**
   * Writes exactly one block.
   *
   * @throws IllegalArgumentException when the block would be empty or its columns differ in rows
   */
  public static void write(
      OutputStream out, List<String> names, List<ColumnWriter> columns, int rows)
      throws IOException {
    if (rows == 0 || columns.isEmpty() || names.size() != columns.size()) {
      throw new IllegalArgumentException(
          names.size() + " names, " + columns.size() + " columns and " + rows + " rows");
    }
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).rows() != rows) {
        throw new IllegalArgumentException(
            "Column " + names.get(i) + " has " + columns.get(i).rows() + " of " + rows + " rows");
      }
    }
    Bytes header = new Bytes();
    header.putUVarInt(columns.size());
    header.putUVarInt(rows);
    for (int i = 0; i < columns.size(); i++) {
      header.putSizedText(names.get(i));
      header.putSizedText(columns.get(i).type());
      header.writeTo(out);
      header.clear();
      columns.get(i).writeTo(out);
    }
  }
}
