package dev.tributary.connect.sink.columns;

import dev.tributary.connect.json.JsonSlice;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import org.apache.kafka.connect.data.Schema;
import org.jspecify.annotations.Nullable;

/**
 * LowCardinality(T) and LowCardinality(Nullable(T)): a dictionary of the distinct values, then each
 * row's place in it.
 *
 * <p>A value is first encoded after the dictionary's values and removed again if the same bytes are
 * there already. In a key, 0 is NULL, 1 the default, and a value as many as it was the first of its
 * kind; NULL leaves the dictionary again when the column travels without one.
 */
final class LowCardinalityWriter extends ColumnWriter {

  private static final long VERSION = 1;

  /** The dictionary follows, and it is all there is to it. */
  private static final long ADDITIONAL_KEYS = 1 << 9;

  private static final long NEED_UPDATE = 1 << 10;

  private static final int NULL = 0;
  private static final int DEFAULT = 1;

  private final boolean nullable;

  /** Row i is what key i + 1 stands for. */
  private final ScalarWriter dictionary;

  /** What stands in the dictionary for NULL. */
  private final byte[] placeholder;

  private final DictionaryIndex index;

  private final IntList keys = new IntList();

  /** For each value of the dictionary, the row that brought it. */
  private final IntList firstRows = new IntList();

  private int absent;
  private final Bytes out = new Bytes();

  LowCardinalityWriter(String type, ScalarWriter dictionary, boolean nullable) {
    super(type);
    this.nullable = nullable;
    this.dictionary = dictionary;
    this.index = new DictionaryIndex(dictionary);
    addDefault();
    byte[] array = dictionary.data.array();
    this.placeholder = Arrays.copyOf(array, dictionary.data.size());
  }

  private void addDefault() {
    dictionary.appendDefault();
    index.findOrAddLast();
    firstRows.add(-1);
  }

  @Override
  void appendValue(Object value, @Nullable Schema schema) {
    dictionary.appendValue(value, schema);
    keepOnce();
  }

  @Override
  boolean appendJson(JsonSlice slice) {
    if (!dictionary.appendJson(slice)) {
      return false;
    }
    keepOnce();
    return true;
  }

  /** Removes the value that was appended to the dictionary if it is in it already. */
  private void keepOnce() {
    int size = dictionary.rows();
    int entry = index.findOrAddLast();
    if (entry < size - 1) {
      dictionary.truncate(size - 1);
    } else {
      firstRows.add(keys.size());
    }
    keys.add(entry + DEFAULT);
  }

  @Override
  public boolean isNullable() {
    return nullable;
  }

  @Override
  public void appendDefault() {
    keys.add(nullable ? NULL : DEFAULT);
  }

  @Override
  public void appendAbsent() {
    if (nullable) {
      super.appendAbsent();
    }
    keys.add(NULL);
    absent++;
  }

  @Override
  public boolean canTravelAsNullable() {
    return !nullable;
  }

  @Override
  public int rows() {
    return keys.size();
  }

  @Override
  public long bytes() {
    return dictionary.bytes() + (long) keys.size() * keyWidth();
  }

  @Override
  public void truncate(int rows) {
    for (int row = keys.size() - 1; row >= rows && absent > 0; row--) {
      absent -= keys.get(row) == NULL ? 1 : 0;
    }
    keys.truncate(rows);
    int entries = firstRows.size();
    while (firstRows.get(entries - 1) >= rows) {
      entries--;
      index.removeLast(entries);
    }
    firstRows.truncate(entries);
    dictionary.truncate(entries);
  }

  @Override
  public void clear() {
    keys.clear();
    absent = 0;
    dictionary.clear();
    index.clear();
    firstRows.clear();
    addDefault();
  }

  @Override
  public String type() {
    return absent > 0 ? "LowCardinality(Nullable(" + dictionary.type() + "))" : columnType();
  }

  @Override
  void writePrefix(OutputStream target) throws IOException {
    out.clear();
    out.putLong(VERSION);
    out.writeTo(target);
  }

  @Override
  void writeData(OutputStream target) throws IOException {
    if (keys.size() == 0) {
      return;
    }
    boolean withNull = withNull();
    int width = keyWidth();
    out.clear();
    out.putLong(ADDITIONAL_KEYS | NEED_UPDATE | Integer.numberOfTrailingZeros(width));
    out.putLong(dictionary.rows() + (withNull ? 1L : 0L));
    if (withNull) {
      out.putBytes(placeholder, 0, placeholder.length);
    }
    out.writeTo(target);
    dictionary.writeData(target);
    out.clear();
    out.putLong(keys.size());
    int first = withNull ? NULL : DEFAULT;
    for (int i = 0, n = keys.size(); i < n; i++) {
      int key = keys.get(i) - first;
      switch (width) {
        case 1 -> out.putByte(key);
        case 2 -> out.putShort(key);
        default -> out.putInt(key);
      }
    }
    out.writeTo(target);
  }

  private boolean withNull() {
    return nullable || absent > 0;
  }

  private int keyWidth() {
    int greatest = dictionary.rows() - (withNull() ? 0 : 1);
    return greatest <= 0xFF ? 1 : greatest <= 0xFFFF ? 2 : 4;
  }
}
