package dev.tributary.connect.sink.table;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads what ClickHouse's system tables say of a table. */
public final class TableReader {

  private static final String COLUMNS =
      "SELECT name, type, default_kind, timezone() AS zone FROM system.columns"
          + " WHERE database = ? AND table = ? ORDER BY position";

  private TableReader() {}

  /**
   * The table; empty when it does not exist or the user may not see it.
   *
   * @throws SQLException when the server cannot be asked
   */
  public static Optional<Table> read(Connection connection, TableId id) throws SQLException {
    List<Column> columns = new ArrayList<>();
    ZoneId zone = null;
    try (PreparedStatement statement = connection.prepareStatement(COLUMNS)) {
      statement.setString(1, id.database());
      statement.setString(2, id.name());
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          zone = ZoneId.of(rows.getString("zone"));
          String kind = rows.getString("default_kind");
          if (kind.equals("MATERIALIZED") || kind.equals("ALIAS")) {
            continue; // ClickHouse computes these and takes no value for them
          }
          columns.add(new Column(rows.getString("name"), rows.getString("type"), !kind.isEmpty()));
        }
      }
    }
    return zone == null ? Optional.empty() : Optional.of(new Table(id, List.copyOf(columns), zone));
  }
}
