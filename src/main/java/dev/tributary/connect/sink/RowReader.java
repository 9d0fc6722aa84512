package dev.tributary.connect.sink;

import dev.tributary.connect.sink.table.Column;
import dev.tributary.connect.sink.table.MetadataColumns;
import dev.tributary.connect.sink.table.Table;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * Takes a record apart into one value per column of a table. Not thread-safe.
 *
 * <p>A column without a value in a row gets its default. Where that is the type's own default, the
 * sink writes it; where it is a DEFAULT expression, ClickHouse must fill it in, see {@link Batch}.
 */
final class RowReader {

  private final Table table;
  private final RowMapping mapping;
  private final RecordValue recordValue = new RecordValue();
  private final ColumnSource[] sources;
  private final boolean[] nullMeansAbsent;
  private final boolean[] isMetadata;
  private final Set<String> knownFields = new HashSet<>();

  RowReader(Table table, RowMapping mapping) {
    this.table = table;
    this.mapping = mapping;
    List<Column> columns = table.columns();
    sources = new ColumnSource[columns.size()];
    nullMeansAbsent = new boolean[columns.size()];
    isMetadata = new boolean[columns.size()];
    for (int i = 0; i < sources.length; i++) {
      Column column = columns.get(i);
      Optional<MetadataColumns.Source> metadata = mapping.metadata().sourceOf(column.name());
      isMetadata[i] = metadata.isPresent();
      sources[i] =
          metadata.isPresent() ? new MetadataReader(metadata.get(), column) : value(column);
      nullMeansAbsent[i] = mapping.nullAsDefault() && !column.isNullable();
    }
  }

  private ColumnSource value(Column column) {
    if (mapping.raw()) {
      return mapping.takesRawValue(column.name()) ? new RawReader() : new FieldReader(List.of());
    }
    List<String> path = mapping.fields().pathFor(column.name());
    if (!path.isEmpty()) {
      knownFields.add(path.get(0));
    }
    return new FieldReader(path);
  }

  /**
   * Reads the value of every column.
   *
   * @param row receives a value per column, until the next call
   * @throws DataException when the record's value has no fields, has a field that no column takes
   *     and that is an error, or has not one field that a column takes
   */
  void read(SinkRecord record, Row row) {
    Object value =
        mapping.raw()
            ? RecordValue.readable(record.value())
            : recordValue.withFields(record.value());
    boolean found = false;
    for (int i = 0; i < sources.length; i++) {
      Object field = sources[i].read(record, value);
      found |= field != ColumnSource.ABSENT && !isMetadata[i];
      if (field == null && nullMeansAbsent[i]) {
        field = ColumnSource.ABSENT;
      }
      row.set(i, field, sources[i].schemaOfLast());
    }
    if (mapping.unknownFieldsAreErrors() && !mapping.raw()) {
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
