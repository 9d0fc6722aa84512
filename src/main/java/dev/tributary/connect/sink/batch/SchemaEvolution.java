package dev.tributary.connect.sink.batch;

import dev.tributary.connect.sink.columns.ColumnWriter;
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
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
 * <p>A record decides what is asked for, so a statement that the server refuses for what it asks
 * for is no error of the task: the field has no column then, or the value does not fit. That is
 * remembered, so that not each record sends it again. A missing right is a {@link
 * ConnectException}, and so is a CREATE that is refused for its settings.
 *
 * <p>Each method with a table returns it as it is afterwards, or null while the server cannot be
 * queried. Confined to the task thread.
 */
public final class SchemaEvolution {

  private static final Logger log = LoggerFactory.getLogger(SchemaEvolution.class);

  /**
   * Held from reading a type to changing it, so that no other task of this worker changes it in
   * between.
   */
  private static final Object WIDENING = new Object();

  /** ClickHouse's error for a name that a table's columns cannot have, among others. */
  private static final int ILLEGAL_COLUMN = 44;

  private final String name;
  private final TableOptions options;
  private final RowMapping mapping;
  private final TableCatalog catalog;
  private final TableStatements statements;

  /** The names for which the server has refused columns. */
  private final Map<TableId, Set<String>> refusedNames = new HashMap<>();

  /** The columns with types that the server did not give them in a table as it was. */
  private record Refused(Table table, Set<Column> columns) {}

  private final Map<TableId, Refused> refusedTypes = new HashMap<>();

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
    return create(id, ColumnInference.of(records, mapping, name -> isRefused(id, name)), nowMs);
  }

  private @Nullable Table create(TableId id, List<NewColumn> columns, long nowMs) {
    if (columns.isEmpty()) {
      throw new DataException(
          "table " + id + " does not exist yet, and the record has no field to make it from");
    }
    try {
      return catalog.change(id, statements.create(id, columns), nowMs);
    } catch (RefusedStatementException e) {
      List<NewColumn> rest = columns.stream().filter(column -> !isBlamed(column, e)).toList();
      if (rest.size() == columns.size()) {
        throw new ConnectException(e.getMessage(), e);
      }
      columns.stream().filter(column -> !rest.contains(column)).forEach(one -> refuse(id, one, e));
      return create(id, rest, nowMs);
    }
  }

  /** Whether a CREATE was refused for the name of this column. */
  private static boolean isBlamed(NewColumn column, RefusedStatementException refused) {
    return refused.code() == ILLEGAL_COLUMN
        && (refused.reason().contains("'" + column.name() + "'")
            || refused.reason().contains("`" + column.name() + "`"));
  }

  /** Reads a table again for which records have new fields, and adds columns for them. */
  @Nullable Table addColumns(
      Table table, Collection<String> fields, Collection<SinkRecord> records, long nowMs) {
    Table read = catalog.readAgain(table, nowMs);
    Table now = read;
    if (read != null && options.adds()) {
      List<NewColumn> missing =
          ColumnInference.of(
              records, mapping, name -> read.has(name) || isRefused(table.id(), name));
      now = add(read, missing, nowMs);
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

  /** Adds columns in one statement or, if that is refused, those that the server takes. */
  private @Nullable Table add(Table table, List<NewColumn> missing, long nowMs) {
    if (missing.isEmpty()) {
      return table;
    }
    try {
      return catalog.change(table.id(), statements.add(table.id(), missing), nowMs);
    } catch (RefusedStatementException e) {
      if (missing.size() == 1) {
        refuse(table.id(), missing.get(0), e);
        return catalog.readAgain(table, nowMs);
      }
    }
    Table now = table;
    for (NewColumn column : missing) {
      now = now == null ? null : add(now, List.of(column), nowMs);
    }
    return now;
  }

  private void refuse(TableId id, NewColumn column, RefusedStatementException refused) {
    refusedNames.computeIfAbsent(id, key -> new HashSet<>()).add(column.name());
    log.warn(
        "{} gives the field {} no column in {}, since ClickHouse refuses one, and treats it as one"
            + " without a column from now on. Map it to a column of another name with {} if its"
            + " values are to be stored: {}",
        name,
        TableId.quote(column.name()),
        id,
        SinkKeys.FIELD_TO_COLUMN,
        refused.reason());
  }

  private boolean isRefused(TableId id, String column) {
    return refusedNames.getOrDefault(id, Set.of()).contains(column);
  }

  /**
   * The column as it has to be for a value that it cannot hold as it is in this table; empty if
   * there is no wider type, or if the table is not to be changed for it.
   *
   * <p>A column of a key keeps its type, since ClickHouse sorts and partitions by it. One with a
   * DEFAULT does not become Nullable, since rows under way that have no value for it would then be
   * stored with NULL. The wider type must be one that the sink writes, and take this very value.
   */
  Optional<Column> wider(Table table, UnfitValueException unfit) {
    Column column = unfit.column();
    if (!options.widens() || column.inKey()) {
      return Optional.empty();
    }
    return InferredType.widened(column.type(), unfit.value(), unfit.schema())
        .map(column::withType)
        .filter(wider -> !(column.hasDefault() && wider.isNullable() && !column.isNullable()))
        .filter(wider -> !isRefused(table, wider))
        .filter(wider -> takes(table, wider, unfit));
  }

  private boolean takes(Table table, Column column, UnfitValueException unfit) {
    try {
      ColumnWriter.create(column.type(), mapping.options(table, column))
          .append(unfit.value(), unfit.schema());
      return true;
    } catch (RuntimeException | StackOverflowError e) {
      log.debug("{} does not widen {} of {} for a value", name, column, table.id(), e);
      return false;
    }
  }

  private boolean isRefused(Table table, Column wider) {
    Refused refused = refusedTypes.get(table.id());
    return refused != null && refused.table.equals(table) && refused.columns.contains(wider);
  }

  /**
   * Gives a column of a table a wider type, unless the table is another one by now. Null also if
   * the server has taken the statement and the table does not show it yet.
   */
  @Nullable Table widen(Table table, Column wider, long nowMs) {
    synchronized (WIDENING) {
      Table now = catalog.readAgain(table, nowMs);
      if (now == null || !now.equals(table)) {
        return now;
      }
      try {
        now =
            catalog.change(
                table.id(), statements.modify(table.id(), wider.name(), wider.type()), nowMs);
        if (!table.equals(now)) {
          return now;
        }
        remember(table, wider);
        return null;
      } catch (RefusedStatementException e) {
        remember(table, wider);
        log.warn(
            "{} leaves {} of {} as it is, since ClickHouse refuses to make it {}. Values that need"
                + " that are errors of their records until the table changes: {}",
            name,
            TableId.quote(wider.name()),
            table.id(),
            wider.type(),
            e.reason());
        return catalog.readAgain(table, nowMs);
      }
    }
  }

  private void remember(Table table, Column wider) {
    Refused refused = refusedTypes.get(table.id());
    if (refused == null || !refused.table.equals(table)) {
      refused = new Refused(table, new HashSet<>());
      refusedTypes.put(table.id(), refused);
    }
    refused.columns.add(wider);
  }
}
