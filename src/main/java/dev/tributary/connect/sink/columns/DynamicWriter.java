package dev.tributary.connect.sink.columns;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Dynamic: the types that occur, which of them each row has, then a column for each type with that
 * type's rows. A value keeps its own type, see {@link DynamicType}. NULL is no type.
 */
final class DynamicWriter extends ColumnWriter {

  /** The types and their columns stand one after the other, without the server's own structure. */
  private static final long FLATTENED = 3;

  private static final int NULL = -1;

  private final Writers writers;
  private final Map<String, Integer> places = new HashMap<>();
  private final List<String> types = new ArrayList<>();
  private final List<ColumnWriter> columns = new ArrayList<>();
  private final IntList rows = new IntList();

  /** How many rows each column has, apart from what a failed append has left. */
  private final IntList counts = new IntList();

  private final int level;

  /**
   * @param level how many lists its values lie in that are values of another Dynamic
   */
  DynamicWriter(String type, Writers writers, int level) {
    super(type);
    this.writers = writers;
    this.level = level;
  }

  @Override
  public boolean isNullable() {
    return true;
  }

  @Override
  public void appendDefault() {
    rows.add(NULL);
  }

  @Override
  void appendValue(Object value, @Nullable Schema schema) {
    String type = DynamicType.of(value, schema, columnType(), level);
    Integer place = places.get(type);
    if (place == null) {
      ColumnWriter column = writers.inDynamic(ColumnType.parse(type));
      column.appendPart(value, schema);
      place = types.size();
      types.add(type);
      columns.add(column);
      counts.add(1);
      places.put(type, place);
    } else {
      columns.get(place).appendPart(value, schema);
      counts.set(place, counts.get(place) + 1);
    }
    rows.add(place);
  }

  @Override
  public int rows() {
    return rows.size();
  }

  @Override
  public long bytes() {
    long bytes = rows.size();
    for (ColumnWriter column : columns) {
      bytes += column.bytes();
    }
    return bytes;
  }

  @Override
  public void truncate(int newRows) {
    for (int row = rows.size() - 1; row >= newRows; row--) {
      int place = rows.get(row);
      if (place != NULL) {
        counts.set(place, counts.get(place) - 1);
      }
    }
    rows.truncate(newRows);
    // Types stand in the order of their first rows, so those without rows are the last ones.
    for (int place = types.size() - 1; place >= 0 && counts.get(place) == 0; place--) {
      places.remove(types.remove(place));
      columns.remove(place);
      counts.truncate(place);
    }
    for (int place = 0; place < columns.size(); place++) {
      columns.get(place).truncate(counts.get(place));
    }
  }

  @Override
  public void clear() {
    rows.clear();
    places.clear();
    types.clear();
    columns.clear();
    counts.clear();
  }

  @Override
  void writePrefix(OutputStream out) throws IOException {
    Bytes prefix = new Bytes();
    prefix.putLong(FLATTENED);
    prefix.putUVarInt(types.size());
    types.forEach(prefix::putSizedText);
    prefix.writeTo(out);
    for (ColumnWriter column : columns) {
      column.writePrefix(out);
    }
  }

  @Override
  void writeData(OutputStream out) throws IOException {
    int none = types.size();
    Bytes places = new Bytes();
    for (int row = 0, n = rows.size(); row < n; row++) {
      int place = rows.get(row) == NULL ? none : rows.get(row);
      if (none <= 0xFF) {
        places.putByte(place);
      } else {
        places.putShort(place);
      }
    }
    places.writeTo(out);
    for (ColumnWriter column : columns) {
      column.writeData(out);
    }
  }
}
