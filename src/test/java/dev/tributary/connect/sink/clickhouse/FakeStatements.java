package dev.tributary.connect.sink.clickhouse;

import dev.tributary.connect.sink.table.Column;
import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Carries out exactly the statements with which the sink makes and changes tables. */
final class FakeStatements {

  private static final Pattern WINDOW =
      Pattern.compile("replicated_deduplication_window ?= ?(\\d+)");

  private static final Set<String> RESERVED =
      Set.of("_row_exists", "_block_number", "_block_offset");

  private static final int ILLEGAL_TYPE_OF_ARGUMENT = 43;
  private static final int ILLEGAL_COLUMN = 44;
  private static final int ALTER_OF_COLUMN_IS_FORBIDDEN = 524;

  private final FakeDatabase database;

  FakeStatements(FakeDatabase database) {
    this.database = database;
  }

  void execute(String statement) throws ClickHouseException {
    try {
      carryOut(statement);
    } catch (ServerError e) {
      throw e.toException();
    }
  }

  private void carryOut(String statement) throws ServerError {
    SqlText sql = new SqlText(statement);
    if (sql.accept("CREATE TABLE IF NOT EXISTS ")) {
      create(sql);
      return;
    }
    sql.expect("ALTER TABLE ");
    FakeTable table = database.existing(sql.table());
    if (sql.accept(" MODIFY COLUMN IF EXISTS ")) {
      Column column = column(sql);
      sql.expect(" SETTINGS alter_sync = 0").expectEnd();
      modify(table, column);
      return;
    }
    sql.expect(" ");
    List<Column> added = new ArrayList<>();
    do {
      sql.expect("ADD COLUMN IF NOT EXISTS ");
      added.add(column(sql));
    } while (sql.accept(", "));
    sql.expectEnd();
    add(table, added);
  }

  private static Column column(SqlText sql) {
    String name = sql.identifier();
    sql.expect(" ");
    return new Column(name, sql.type(), false);
  }

  private void create(SqlText sql) throws ServerError {
    TableId id = sql.table();
    List<Column> columns = new ArrayList<>();
    sql.expect(" (");
    do {
      columns.add(column(sql));
    } while (sql.accept(", "));
    checkNames(columns, "Cannot create table with column");
    sql.expect(") ENGINE = ");
    String engine = sql.type();
    String partitionBy = sql.accept(" PARTITION BY ") ? sql.upTo(" ORDER BY ") : "";
    String orderBy = sql.accept(" ORDER BY ") ? sql.upTo(" SETTINGS ") : "";
    Matcher window = WINDOW.matcher(sql.accept(" SETTINGS ") ? sql.upTo(";") : "");
    sql.expectEnd();
    if (database.find(id).isPresent()) {
      return;
    }
    Set<String> keys = new HashSet<>(List.of((partitionBy + "," + orderBy).split("[(),` ]+", -1)));
    columns.replaceAll(
        column -> new Column(column.name(), column.type(), false, keys.contains(column.name())));
    FakeTable table = new FakeTable(new Table(id, columns, ZoneOffset.UTC));
    table.engine(engine, orderBy.equals("tuple()") ? "" : orderBy.replaceAll("^\\(|\\)$", ""));
    if (!partitionBy.isEmpty()) {
      partitionBy(table, partitionBy.replace("`", ""));
    }
    if (window.find()) {
      table.window(Integer.parseInt(window.group(1)));
    }
    database.put(table);
  }

  private static void partitionBy(FakeTable table, String column) {
    if (!table.table().has(column)) {
      throw new IllegalArgumentException("only a column can be PARTITION BY: " + column);
    }
    table.partitionBy(row -> String.valueOf(row.get(column)));
  }

  private static void add(FakeTable table, List<Column> added) throws ServerError {
    checkNames(added, "Cannot add column");
    List<Column> columns = new ArrayList<>(table.table().columns());
    added.stream().filter(column -> !table.table().has(column.name())).forEach(columns::add);
    alter(table, columns);
  }

  private static void checkNames(List<Column> columns, String what) throws ServerError {
    for (Column column : columns) {
      if (RESERVED.contains(column.name())) {
        throw new ServerError(
            ILLEGAL_COLUMN,
            what
                + " `"
                + column.name()
                + "`: this column name is reserved for persistent virtual column");
      }
    }
  }

  private static void modify(FakeTable table, Column changed) throws ServerError {
    if (table.table().column(changed.name()).filter(Column::inKey).isPresent()) {
      throw new ServerError(
          ALTER_OF_COLUMN_IS_FORBIDDEN, "ALTER of key column " + changed.name() + " is forbidden");
    } else if (changed.type().matches("Nullable\\((Array|Map|Point|Ring|Polygon).*")) {
      throw new ServerError(
          ILLEGAL_TYPE_OF_ARGUMENT,
          "Nested type " + changed.type() + " cannot be inside Nullable type");
    }
    List<Column> columns = new ArrayList<>(table.table().columns());
    columns.replaceAll(
        column -> column.name().equals(changed.name()) ? column.withType(changed.type()) : column);
    alter(table, columns);
  }

  private static void alter(FakeTable table, List<Column> columns) {
    Table before = table.table();
    table.alter(
        new Table(
            before.id(),
            List.copyOf(columns),
            before.serverZone(),
            Set.copyOf(before.computed()),
            before.unsupported()));
  }
}
