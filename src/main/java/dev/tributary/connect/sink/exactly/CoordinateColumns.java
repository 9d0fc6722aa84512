package dev.tributary.connect.sink.exactly;

import dev.tributary.connect.sink.table.MetadataColumns;
import dev.tributary.connect.sink.table.MetadataColumns.Kind;

/** The columns of a table that hold the coordinates of a row's record in Kafka. */
public record CoordinateColumns(String topic, String partition, String offset) {

  /** The columns that the connector fills; exactly_once requires all three. */
  public static CoordinateColumns of(MetadataColumns columns) {
    return new CoordinateColumns(
        columns.columnFor(Kind.TOPIC).orElseThrow(),
        columns.columnFor(Kind.PARTITION).orElseThrow(),
        columns.columnFor(Kind.OFFSET).orElseThrow());
  }
}
