package dev.tributary.connect.sink.table;

/**
 * A column that an insert can fill.
 *
 * @param type the ClickHouse type, as {@code system.columns} spells it
 * @param hasDefault whether it has a DEFAULT expression, which fills it when a row has no value
 */
public record Column(String name, String type, boolean hasDefault) {

  /** Whether the column itself can hold NULL. */
  public boolean isNullable() {
    return type.startsWith("Nullable(")
        || type.startsWith("LowCardinality(Nullable(")
        || type.startsWith("Variant(")
        || type.startsWith("Dynamic")
        || type.equals("Geometry");
  }
}
