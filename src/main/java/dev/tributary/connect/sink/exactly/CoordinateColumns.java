package dev.tributary.connect.sink.exactly;

import dev.tributary.connect.sink.table.MetadataColumns;
import dev.tributary.connect.sink.table.MetadataColumns.Kind;

/** The columns of a table that hold where in Kafka a row comes from. */
public record CoordinateColumns(String topic, String partition, String offset) {

  /** The columns that the connector fills; exactly_once demands all three of them. */
  public static CoordinateColumns of(MetadataColumns columns) {
    return new CoordinateColumns(
        columns.columnFor(Kind.TOPIC).orElseThrow(),
        columns.columnFor(Kind.PARTITION).orElseThrow(),
        columns.columnFor(Kind.OFFSET).orElseThrow());
  }
}
