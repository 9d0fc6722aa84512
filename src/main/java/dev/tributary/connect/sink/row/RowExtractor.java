package dev.tributary.connect.sink.row;

import dev.tributary.connect.sink.table.Column;
import dev.tributary.connect.sink.table.MetadataColumns;
import dev.tributary.connect.sink.table.SinkKeys;
import dev.tributary.connect.sink.table.Table;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * Extracts one value per column of a table from a record. Not thread-safe.
 *
 * <p>A column without a value in a row gets its default. The sink writes the default of a type;
 * ClickHouse must compute a DEFAULT expression, see {@code Batch}.
 */
public final class RowExtractor {

  private final Table table;
  private final RowMapping mapping;
  private final RecordValue recordValue = new RecordValue();
  private final ColumnSource[] sources;
  private final boolean[] nullMeansAbsent;
  private final boolean[] isMetadata;

  /** The sources of columns that cannot be written; a record may have no value for them. */
  private final ColumnSource[] unsupported;

  private final UnknownFields unknownFields;
  private List<String> newFields = List.of();

  /**
   * @param metFields the fields without a column that were seen before; the caller adds to it
   */
  public RowExtractor(Table table, RowMapping mapping, Set<String> metFields) {
    this.table = table;
    this.mapping = mapping;
    List<Column> columns = table.columns();
    sources = new ColumnSource[columns.size()];
    nullMeansAbsent = new boolean[columns.size()];
    isMetadata = new boolean[columns.size()];
    Set<String> known = new HashSet<>();
    for (int i = 0; i < sources.length; i++) {
      Column column = columns.get(i);
      Optional<MetadataColumns.Source> metadata = mapping.metadata().sourceOf(column.name());
      isMetadata[i] = metadata.isPresent();
      sources[i] =
          metadata.isPresent()
              ? new MetadataSource(metadata.get(), column)
              : value(column.name(), known);
      nullMeansAbsent[i] = mapping.nullAsDefault() && !column.isNullable();
    }
    unsupported =
        table.unsupported().stream()
            .map(column -> value(column.name(), known))
            .toArray(ColumnSource[]::new);
    if (!mapping.unknownFieldsAreErrors()) {
      known.addAll(table.computed());
    }
    unknownFields = new UnknownFields(known, metFields, mapping.addsColumns());
  }

  private ColumnSource value(String column, Set<String> known) {
    if (mapping.raw()) {
      return mapping.takesRawValue(column) ? new WholeValueSource() : new FieldSource(List.of());
    }
    List<List<String>> paths = mapping.fields().pathsFor(column);
    List<ColumnSource> candidates = new ArrayList<>();
    for (List<String> path : paths) {
      known.add(path.get(0));
      candidates.add(new FieldSource(path));
    }
    return candidates.stream()
        .reduce(FallbackSource::new)
        .orElseGet(() -> new FieldSource(List.of()));
  }

  /**
   * Reads the value of every column.
   *
   * @param row receives a value per column, until the next call
   * @return false if the record has fields without a column that were not seen before: the table
   *     may have changed for them. Nothing is read then.
   * @throws UnfitRecordException when the record has a field without a column and that is an error,
   *     has a value for a column that cannot be written, or has no field with a column
   * @throws DataException when the record's value has no fields, whatever the table is
   */
  public boolean read(SinkRecord record, Row row) {
    try {
      return readColumns(record, row);
    } catch (DataException e) {
      throw e;
    } catch (RuntimeException | StackOverflowError e) { // of a class that no converter should make
      throw new DataException("its value cannot be read: " + e.getClass().getName(), e);
    }
  }

  private boolean readColumns(SinkRecord record, Row row) {
    Object value =
        mapping.raw()
            ? RecordValue.readable(record.value())
            : recordValue.withFields(record.value());
    List<String> unknown = mapping.raw() ? List.of() : unknownFields.in(value);
    if (!unknown.isEmpty()) {
      newFields = unknownFields.notMet(unknown);
      if (!newFields.isEmpty()) {
        return false;
      }
      if (mapping.unknownFieldsAreErrors()) {
        throw new UnfitRecordException(unknown(unknown.get(0)));
      }
    }
    boolean found = false;
    for (int i = 0; i < sources.length; i++) {
      Object field = sources[i].read(record, value);
      found |= field != ColumnSource.ABSENT && !isMetadata[i];
      if (field == null && nullMeansAbsent[i]) {
        field = ColumnSource.ABSENT;
      }
      row.set(i, field, sources[i].schemaOfLast());
    }
    for (int i = 0; i < unsupported.length; i++) {
      if (unsupported[i].read(record, value) != ColumnSource.ABSENT) {
        throw new UnfitRecordException(
            "it has a value for the column `"
                + table.unsupported().get(i).name()
                + "` of "
                + table.id()
                + ". "
                + table.unsupported().get(i).reason());
      }
    }
    if (!found) {
      throw new UnfitRecordException(
          "not one of its fields "
              + UnknownFields.names(value)
              + " is a column of "
              + table.id()
              + "; map fields to columns with "
              + SinkKeys.FIELD_TO_COLUMN);
    }
    return true;
  }

  /** The fields for which {@link #read} returned false. */
  public List<String> newFields() {
    return newFields;
  }

  private String unknown(String name) {
    return "the field `"
        + name
        + (table.computed().contains(name) ? "` is computed by " : "` has no column in ")
        + table.id()
        + "; add the column, map the field with "
        + SinkKeys.FIELD_TO_COLUMN
        + ", or set "
        + SinkKeys.UNKNOWN_FIELDS
        + "=ignore";
  }
}
