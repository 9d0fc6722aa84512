package dev.tributary.connect.sink.row;

import dev.tributary.connect.json.JsonSlice;
import dev.tributary.connect.sink.columns.ValueException;
import dev.tributary.connect.sink.table.Column;
import org.apache.kafka.connect.data.Schema;
import org.jspecify.annotations.Nullable;

/** A column cannot hold its value in a row. The message does not quote the value. */
@SuppressWarnings("serial") // never serialised
public final class UnfitValueException extends UnfitRecordException {

  private final Column column;
  private final @Nullable Object value;
  private final @Nullable Schema schema;

  /**
   * @param value as passed to the column; decoded here if it is still a slice of JSON
   */
  public UnfitValueException(
      Column column,
      @Nullable Object value,
      @Nullable Schema schema,
      String message,
      ValueException cause) {
    super(message, cause);
    this.column = column;
    this.value = value instanceof JsonSlice slice ? slice.value() : value;
    this.schema = schema;
  }

  public Column column() {
    return column;
  }

  @Nullable
  public Object value() {
    return value;
  }

  /** The value's schema; null if it has none. */
  @Nullable
  public Schema schema() {
    return schema;
  }
}
