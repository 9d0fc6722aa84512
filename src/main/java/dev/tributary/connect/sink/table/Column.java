package dev.tributary.connect.sink.table;

/**
 * A column that an insert can fill.
 *
 * @param type the ClickHouse type, as {@code system.columns} spells it
 * @param hasDefault whether it has a DEFAULT expression, which fills it when a row has no value
 * @param inKey whether the table's sorting, primary, partition or sampling key needs it
 */
public record Column(String name, String type, boolean hasDefault, boolean inKey) {

  /** A column outside of the keys. */
  public Column(String name, String type, boolean hasDefault) {
    this(name, type, hasDefault, false);
  }

  /** The column with another type. */
  public Column withType(String other) {
    return new Column(name, other, hasDefault, inKey);
  }

  /** Whether the column itself can hold NULL. */
  public boolean isNullable() {
    return type.startsWith("Nullable(")
        || type.startsWith("LowCardinality(Nullable(")
        || type.startsWith("Variant(")
        || type.startsWith("Dynamic")
        || type.equals("Geometry");
  }
}
