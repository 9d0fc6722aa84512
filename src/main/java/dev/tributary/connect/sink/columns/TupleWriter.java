package dev.tributary.connect.sink.columns;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.jspecify.annotations.Nullable;

/**
 * Tuple: a column for each element, one after the other.
 *
 * <p>Takes lists with a value for every element; where the elements have names, also structs and
 * maps: an element that is absent gets its type's default, a field that is no element is passed
 * over, but one of a struct's or map's fields at least must be an element.
 */
final class TupleWriter extends ColumnWriter {

  private final String[] names;
  private final ColumnWriter[] elements;
  private final boolean named;
  private final boolean complete;
  private final JsonTextParser json = new JsonTextParser();

  /** The struct schema seen last, and where in it the elements are; null for absent ones. */
  private @Nullable Schema lastSchema;

  private final @Nullable Field[] fields;
  private int rows;

  /**
   * @param names of the elements; empty where they have none
   * @param complete whether a value must have every element
   */
  TupleWriter(String type, List<String> names, List<ColumnWriter> elements, boolean complete) {
    super(type);
    this.complete = complete;
    this.names = names.toArray(new String[0]);
    this.elements = elements.toArray(new ColumnWriter[0]);
    this.named = names.stream().noneMatch(String::isEmpty);
    this.fields = new Field[elements.size()];
  }

  @Override
  public void appendDefault() {
    for (ColumnWriter element : elements) {
      element.appendDefault();
    }
    rows++;
  }

  @Override
  void appendValue(Object value, @Nullable Schema schema) {
    try {
      if (value instanceof List<?> list) {
        appendList(list, schema == null ? null : schema.valueSchema());
      } else if (named && value instanceof Struct struct) {
        appendStruct(struct);
      } else if (named && value instanceof Map<?, ?> map) {
        appendMap(map, schema == null ? null : schema.valueSchema());
      } else if (value instanceof String text) {
        appendJson(text);
        return; // it has counted the row
      } else {
        throw ValueException.unsuited(value, columnType(), needed());
      }
    } catch (RuntimeException e) {
      truncateElements();
      throw e;
    }
    rows++;
  }

  private String needed() {
    return "lists of "
        + elements.length
        + " elements"
        + (named ? ", structs and maps" : "")
        + ", and their JSON";
  }

  private void appendJson(String text) {
    Object parsed = json.read(text);
    if (!(parsed instanceof List || (named && parsed instanceof Map))) {
      throw ValueException.unsuited(text, columnType(), needed());
    }
    appendValue(parsed, null);
  }

  private void appendList(List<?> list, @Nullable Schema elementSchema) {
    if (list.size() != elements.length) {
      throw ValueException.unsuited(list, columnType(), needed());
    }
    for (int i = 0; i < elements.length; i++) {
      append(i, list.get(i), elementSchema);
    }
  }

  private void appendStruct(Struct struct) {
    if (struct.schema() != lastSchema) {
      resolve(struct.schema());
    }
    for (int i = 0; i < elements.length; i++) {
      Field field = fields[i];
      if (field == null) {
        elements[i].appendDefault();
      } else {
        append(i, struct.getWithoutDefault(field.name()), field.schema());
      }
    }
  }

  private void resolve(Schema schema) {
    int found = 0;
    for (int i = 0; i < names.length; i++) {
      fields[i] = schema.field(names[i]);
      found += fields[i] == null ? 0 : 1;
    }
    lastSchema = isEnough(found) ? schema : null;
    if (!isEnough(found)) {
      throw noElement();
    }
  }

  private void appendMap(Map<?, ?> map, @Nullable Schema valueSchema) {
    int found = 0;
    for (int i = 0; i < elements.length; i++) {
      Object value = map.get(names[i]);
      if (value == null && !map.containsKey(names[i])) {
        elements[i].appendDefault();
      } else {
        append(i, value, valueSchema);
        found++;
      }
    }
    if (!isEnough(found)) {
      throw noElement();
    }
  }

  private boolean isEnough(int found) {
    return complete ? found == names.length : found > 0;
  }

  private ValueException noElement() {
    return new ValueException(
        (complete
                ? "not every element is among its fields, of "
                : "none of its fields is an element of ")
            + columnType());
  }

  private void append(int i, @Nullable Object value, @Nullable Schema schema) {
    try {
      elements[i].appendPart(value, schema);
    } catch (ValueException e) {
      throw e.within("element " + (names[i].isEmpty() ? String.valueOf(i + 1) : names[i]));
    }
  }

  private void truncateElements() {
    for (ColumnWriter element : elements) {
      element.truncate(rows);
    }
  }

  @Override
  public int rows() {
    return rows;
  }

  @Override
  public long bytes() {
    long bytes = 0;
    for (ColumnWriter element : elements) {
      bytes += element.bytes();
    }
    return bytes + (elements.length == 0 ? rows : 0);
  }

  @Override
  public void truncate(int newRows) {
    rows = newRows;
    truncateElements();
  }

  @Override
  public void clear() {
    rows = 0;
    for (ColumnWriter element : elements) {
      element.clear();
    }
  }

  @Override
  void writePrefix(OutputStream out) throws IOException {
    for (ColumnWriter element : elements) {
      element.writePrefix(out);
    }
  }

  @Override
  void writeData(OutputStream out) throws IOException {
    for (ColumnWriter element : elements) {
      element.writeData(out);
    }
    if (elements.length == 0) {
      for (int row = 0; row < rows; row++) {
        out.write('0'); // what stands for a row of an empty tuple
      }
    }
  }
}
