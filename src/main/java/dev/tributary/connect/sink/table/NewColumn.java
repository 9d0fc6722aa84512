package dev.tributary.connect.sink.table;

/**
 * A column to be created.
 *
 * @param type never Nullable itself
 * @param nullable whether some rows may have no value, if the type allows it
 */
public record NewColumn(String name, String type, boolean nullable) {

  NewColumn withoutNull() {
    return new NewColumn(name, type, false);
  }

  /** The column for the rows of this one and of another. */
  public NewColumn with(NewColumn other) {
    return new NewColumn(name, InferredType.both(type, other.type), nullable || other.nullable);
  }

  String sql() {
    return TableId.quote(name)
        + " "
        + (nullable && Widening.canBeNullable(type) ? "Nullable(" + type + ")" : type);
  }
}
