package dev.tributary.connect.sink.clickhouse;

import dev.tributary.connect.sink.columns.ColumnWriter;
import dev.tributary.connect.sink.columns.UnsupportedTypeException;
import dev.tributary.connect.sink.table.Column;
import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the schema of a table from ClickHouse's system tables. */
final class TableMetadata {

  private static final String COLUMNS =
      "SELECT name, type, default_kind, timezone() AS zone, is_in_partition_key OR"
          + " is_in_sorting_key OR is_in_primary_key OR is_in_sampling_key FROM system.columns"
          + " WHERE database = ? AND table = ? ORDER BY position";

  private final TableId id;
  private final List<Column> columns = new ArrayList<>();
  private final Set<String> computed = new HashSet<>();
  private final List<Table.Unsupported> unsupported = new ArrayList<>();
  private @Nullable ZoneId zone;

  private TableMetadata(TableId id) {
    this.id = id;
  }

  /** The table; empty if it does not exist or is not visible to the user. */
  static Optional<Table> read(ClickHouse clickHouse, TableId id) throws ClickHouseException {
    return clickHouse.select(
        COLUMNS,
        List.of(id.database(), id.name()),
        rows -> {
          TableMetadata metadata = new TableMetadata(id);
          while (rows.next()) {
            metadata.add(
                rows.text(1),
                rows.text(2),
                rows.text(3),
                ZoneId.of(rows.text(4)),
                rows.number(5) != 0);
          }
          return metadata.table();
        });
  }

  private void add(String name, String type, String defaultKind, ZoneId serverZone, boolean inKey) {
    zone = serverZone;
    if (defaultKind.equals("MATERIALIZED") || defaultKind.equals("ALIAS")) {
      computed.add(name);
      return;
    }
    // The remaining kinds are DEFAULT and EPHEMERAL, which both fill in a missing value.
    boolean hasDefault = !defaultKind.isEmpty();
    try {
      ColumnWriter.create(type, serverZone);
      columns.add(new Column(name, type, hasDefault, inKey));
    } catch (UnsupportedTypeException e) {
      unsupported.add(new Table.Unsupported(name, String.valueOf(e.getMessage()), hasDefault));
    }
  }

  private Optional<Table> table() {
    return Optional.ofNullable(zone)
        .map(
            serverZone ->
                new Table(
                    id,
                    List.copyOf(columns),
                    serverZone,
                    Set.copyOf(computed),
                    List.copyOf(unsupported)));
  }
}
