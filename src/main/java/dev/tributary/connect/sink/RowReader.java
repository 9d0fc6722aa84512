package dev.tributary.connect.sink;

import dev.tributary.connect.record.Unreadable;
import dev.tributary.connect.sink.table.Column;
import dev.tributary.connect.sink.table.FieldToColumn;
import dev.tributary.connect.sink.table.Table;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.jspecify.annotations.Nullable;

/**
 * Takes a record's value apart into one value per column of a table. Not thread-safe.
 *
 * <p>A column without a value in a row gets its default. Where that is the type's own default, the
 * sink writes it; where it is a DEFAULT expression, ClickHouse must fill it in, see {@link Batch}.
 */
final class RowReader {

  private final Table table;
  private final FieldReader[] readers;
  private final boolean[] nullMeansAbsent;
  private final Set<String> knownFields;
  private final boolean unknownFieldsAreErrors;

  RowReader(
      Table table, FieldToColumn mapping, boolean unknownFieldsAreErrors, boolean nullAsDefault) {
    this.table = table;
    this.unknownFieldsAreErrors = unknownFieldsAreErrors;
    List<Column> columns = table.columns();
    readers = new FieldReader[columns.size()];
    nullMeansAbsent = new boolean[columns.size()];
    knownFields = new HashSet<>();
    for (int i = 0; i < readers.length; i++) {
      Column column = columns.get(i);
      List<String> path = mapping.pathFor(column.name());
      readers[i] = new FieldReader(path);
      nullMeansAbsent[i] = nullAsDefault && !column.isNullable();
      if (!path.isEmpty()) {
        knownFields.add(path.get(0));
      }
    }
  }

  /**
   * Reads the value of every column.
   *
   * @param value a struct or a map
   * @param row receives a value per column
   * @throws DataException when the value is no record, has a field that no column takes and that is
   *     an error, or has not one field that a column takes
   */
  void read(@Nullable Object value, Row row) {
    if (value instanceof Unreadable unreadable) {
      throw new DataException(unreadable.reason());
    }
    if (!(value instanceof Struct || value instanceof Map<?, ?>)) {
      throw new DataException(
          "the value is "
              + (value == null ? "null" : "a " + value.getClass().getSimpleName())
              + "; it must be a record with named fields (a struct, or a JSON object)");
    }
    boolean found = false;
    for (int i = 0; i < readers.length; i++) {
      Object field = readers[i].read(value);
      if (field == null && nullMeansAbsent[i]) {
        field = FieldReader.ABSENT;
        found = true;
      }
      row.set(i, field, readers[i].schemaOfLast());
      found |= field != FieldReader.ABSENT;
    }
    if (unknownFieldsAreErrors) {
      checkUnknown(value);
    }
    if (!found) {
      throw new DataException(
          "not one of its fields "
              + fieldNames(value)
              + " is a column of "
              + table.id()
              + "; map fields to columns with "
              + SinkConfig.FIELD_TO_COLUMN);
    }
  }

  private void checkUnknown(Object value) {
    for (String name : fieldNames(value)) {
      if (!knownFields.contains(name)) {
        throw new DataException(
            "the field `"
                + name
                + "` has no column in "
                + table.id()
                + "; add the column, map the field with "
                + SinkConfig.FIELD_TO_COLUMN
                + ", or set "
                + SinkConfig.UNKNOWN_FIELDS
                + "=ignore");
      }
    }
  }

  private static List<String> fieldNames(Object value) {
    return value instanceof Struct struct
        ? struct.schema().fields().stream().map(Field::name).toList()
        : ((Map<?, ?>) value).keySet().stream().map(String::valueOf).collect(Collectors.toList());
  }
}
