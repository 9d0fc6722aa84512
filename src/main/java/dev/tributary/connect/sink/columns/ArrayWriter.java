package dev.tributary.connect.sink.columns;

import dev.tributary.connect.json.JsonSlice;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.RandomAccess;
import org.apache.kafka.connect.data.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Array(T): where each row ends among the elements, then the elements of all rows.
 *
 * <p>Takes lists, JSON arrays as text, and Debezium's sets, whose members a comma separates.
 */
final class ArrayWriter extends ColumnWriter {

  private static final String NEEDED = "lists and JSON arrays";
  private static final String ENUM_SET = "io.debezium.data.EnumSet";

  private final Bytes ends = new Bytes();
  private final ColumnWriter elements;
  private final JsonTextParser json = new JsonTextParser();
  private final JsonSlice.Elements parts = new JsonSlice.Elements();

  ArrayWriter(String type, ColumnWriter elements) {
    super(type);
    this.elements = elements;
  }

  @Override
  public void appendDefault() {
    ends.putLong(elements.rows());
  }

  @Override
  void appendValue(Object value, @Nullable Schema schema) {
    if (value instanceof String text) {
      appendText(text, schema);
      return;
    }
    if (!(value instanceof List<?> list)) {
      throw ValueException.unsuited(value, columnType(), NEEDED);
    }
    Schema elementSchema = schema == null ? null : schema.valueSchema();
    int before = elements.rows();
    try {
      if (list instanceof RandomAccess) {
        for (int i = 0, n = list.size(); i < n; i++) {
          elements.appendPart(list.get(i), elementSchema);
        }
      } else {
        for (Object element : list) {
          elements.appendPart(element, elementSchema);
        }
      }
    } catch (RuntimeException e) {
      int failed = elements.rows() - before;
      elements.truncate(before);
      throw e instanceof ValueException refused
          ? refused.within("element " + (failed + 1) + " of " + list.size())
          : e;
    }
    ends.putLong(elements.rows());
  }

  @Override
  boolean appendJson(JsonSlice slice) {
    if (!slice.isList()) {
      return false;
    }
    int before = elements.rows();
    parts.enter(slice);
    try {
      while (parts.next()) {
        elements.appendPart(parts.take(), null);
      }
    } catch (ValueException e) {
      elements.truncate(before);
      return false; // thrown again with the element's number
    }
    ends.putLong(elements.rows());
    return true;
  }

  private void appendText(String text, @Nullable Schema schema) {
    if (schema != null && ENUM_SET.equals(schema.name())) {
      appendValue(text.isEmpty() ? List.of() : List.of(text.split(",", -1)), null);
    } else if (json.read(text) instanceof List<?> list) {
      appendValue(list, null);
    } else {
      throw ValueException.unsuited(text, columnType(), NEEDED);
    }
  }

  @Override
  public int rows() {
    return ends.size() / Long.BYTES;
  }

  @Override
  public long bytes() {
    return ends.size() + elements.bytes();
  }

  @Override
  public void truncate(int rows) {
    elements.truncate(rows == 0 ? 0 : (int) ends.longAt((rows - 1) * Long.BYTES));
    ends.truncate(rows * Long.BYTES);
  }

  @Override
  public void clear() {
    ends.clear();
    elements.clear();
  }

  @Override
  void writePrefix(OutputStream out) throws IOException {
    elements.writePrefix(out);
  }

  @Override
  void writeData(OutputStream out) throws IOException {
    ends.writeTo(out);
    elements.writeData(out);
  }
}
