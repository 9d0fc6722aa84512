package dev.tributary.connect.sink.batch;

import dev.tributary.connect.sink.row.ColumnInference;
import dev.tributary.connect.sink.row.RowMapping;
import dev.tributary.connect.sink.row.UnfitValueException;
import dev.tributary.connect.sink.table.Column;
import dev.tributary.connect.sink.table.InferredType;
import dev.tributary.connect.sink.table.NewColumn;
import dev.tributary.connect.sink.table.SinkKeys;
import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import dev.tributary.connect.sink.table.TableOptions;
import dev.tributary.connect.sink.table.TableStatements;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Creates tables, and adds and widens columns for the records, as far as the settings allow.
 * Nothing is ever dropped or narrowed.
 *
 * <p>Each method returns the table afterwards, or null while the server cannot be queried. A
 * statement that the server rejects is a {@link ConnectException}, never a data error. Confined to
 * the task thread.
 */
public final class SchemaEvolution {

  private static final Logger log = LoggerFactory.getLogger(SchemaEvolution.class);

  /**
   * Held from reading a type to changing it, so that no other task of this worker changes it in
   * between.
   */
  private static final Object WIDENING = new Object();

  private final String name;
  private final TableOptions options;
  private final RowMapping mapping;
  private final TableCatalog catalog;
  private final TableStatements statements;

  public SchemaEvolution(
      String name, TableOptions options, RowMapping mapping, TableCatalog catalog) {
    this.name = name;
    this.options = options;
    this.mapping = mapping;
    this.catalog = catalog;
    this.statements = new TableStatements(options);
  }

  /**
   * Reads a table, or creates it for these records.
   *
   * @throws DataException when the table must be created and no column can be inferred from the
   *     records
   */
  @Nullable Table open(TableId id, Collection<SinkRecord> records, long nowMs) {
    if (!options.creates()) {
      return catalog.read(id, nowMs);
    }
    Optional<Table> found = catalog.find(id, nowMs);
    if (found == null || found.isPresent()) {
      return found == null ? null : found.get();
    }
    List<NewColumn> columns = ColumnInference.of(records, mapping, column -> false);
    if (columns.isEmpty()) {
      throw new DataException(
          "table " + id + " does not exist yet, and the record has no field to make it from");
    }
    return catalog.change(id, statements.create(id, columns), nowMs);
  }

  /** Reads a table again for which records have new fields, and adds columns for them. */
  @Nullable Table addColumns(
      Table table, Collection<String> fields, Collection<SinkRecord> records, long nowMs) {
    Table now = catalog.read(table.id(), nowMs);
    if (now != null && options.adds()) {
      List<NewColumn> missing = ColumnInference.of(records, mapping, now::has);
      if (!missing.isEmpty()) {
        now = catalog.change(table.id(), statements.add(table.id(), missing), nowMs);
      }
    }
    if (now != null && now.equals(table) && !mapping.unknownFieldsAreErrors()) {
      log.warn(
          "{} ignores the fields {}, for which {} has no column, so their values are not stored."
              + " Nothing needs to be done if that is intended; else add columns, or see {}, {}"
              + " and {}",
          name,
          fields,
          table.id(),
          SinkKeys.TABLE_EVOLVE,
          SinkKeys.FIELD_TO_COLUMN,
          SinkKeys.UNKNOWN_FIELDS);
    }
    return now;
  }

  /** Gives a column a wider type for a value; returns the same table if there is none. */
  @Nullable Table widen(Table table, UnfitValueException unfit, long nowMs) {
    if (!options.widens()) {
      return table;
    }
    synchronized (WIDENING) {
      Table now = catalog.read(table.id(), nowMs);
      if (now == null || !now.equals(table)) {
        return now;
      }
      Column column = unfit.column();
      Optional<String> wider = InferredType.widened(column.type(), unfit.value(), unfit.schema());
      return wider.isEmpty()
          ? table
          : catalog.change(
              table.id(), statements.modify(table.id(), column.name(), wider.get()), nowMs);
    }
  }
}
