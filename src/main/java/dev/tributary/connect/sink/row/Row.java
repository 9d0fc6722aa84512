package dev.tributary.connect.sink.row;

import org.apache.kafka.connect.data.Schema;
import org.jspecify.annotations.Nullable;

/**
 * One value per column of a table, filled by {@link RowExtractor} for one record after the other.
 */
public final class Row {

  private final @Nullable Object[] values;
  private final @Nullable Schema[] schemas;

  public Row(int columns) {
    values = new Object[columns];
    schemas = new Schema[columns];
  }

  /**
   * Sets a value. An unchanged reference is not stored again, since each store into an old array
   * costs a G1 write barrier, and slices of JSON fields are reused.
   */
  void set(int column, @Nullable Object value, @Nullable Schema schema) {
    if (values[column] != value) {
      values[column] = value;
    }
    if (schemas[column] != schema) {
      schemas[column] = schema;
    }
  }

  /** The value, possibly null; {@link ColumnSource#ABSENT} if the record has none. */
  @Nullable
  public Object value(int column) {
    return values[column];
  }

  public boolean isPresent(int column) {
    return values[column] != ColumnSource.ABSENT;
  }

  /** The schema of the value: only it distinguishes Connect's Date, Time and Timestamp. */
  @Nullable
  public Schema schema(int column) {
    return schemas[column];
  }
}
