package dev.tributary.connect.sink.table;

import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The schema of a table. Two are equal if their rows are encoded alike.
 *
 * @param columns the columns that an insert can fill, in the table's order
 * @param serverZone the server's time zone, which applies to date-times without one
 * @param computed the names of the columns that ClickHouse computes and an insert cannot fill
 * @param unsupported the columns of types that cannot be written
 */
public record Table(
    TableId id,
    List<Column> columns,
    ZoneId serverZone,
    Set<String> computed,
    List<Unsupported> unsupported) {

  /**
   * A column of a type that cannot be written.
   *
   * @param reason why the type cannot be written
   * @param hasDefault whether rows without a value for it are possible
   */
  public record Unsupported(String name, String reason, boolean hasDefault) {}

  /** A table whose columns can all be written. */
  public Table(TableId id, List<Column> columns, ZoneId serverZone) {
    this(id, columns, serverZone, Set.of(), List.of());
  }

  public Optional<Column> column(String name) {
    return columns.stream().filter(column -> column.name().equals(name)).findFirst();
  }

  /** Whether the table has a column of this name, of any kind. */
  public boolean has(String name) {
    return column(name).isPresent()
        || computed.contains(name)
        || unsupported.stream().anyMatch(column -> column.name().equals(name));
  }
}
