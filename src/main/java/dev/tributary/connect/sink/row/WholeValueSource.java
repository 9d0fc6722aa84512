package dev.tributary.connect.sink.row;

import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/** Reads a record's whole value. Not thread-safe. */
final class WholeValueSource implements ColumnSource {

  private @Nullable Schema schemaOfLast;

  @Override
  public Object read(SinkRecord record, Object value) {
    schemaOfLast = record.valueSchema();
    return value;
  }

  @Override
  public @Nullable Schema schemaOfLast() {
    return schemaOfLast;
  }
}
