package dev.tributary.connect.sink.table;

/** A table's database and name, unquoted. */
public record TableId(String database, String name) {

  /** Quotes an identifier for ClickHouse. */
  public static String quote(String identifier) {
    return "`" + identifier.replace("\\", "\\\\").replace("`", "\\`") + "`";
  }

  /** The table as a statement names it. */
  public String sql() {
    return quote(database) + "." + quote(name);
  }

  @Override
  public String toString() {
    return database + "." + name;
  }
}
