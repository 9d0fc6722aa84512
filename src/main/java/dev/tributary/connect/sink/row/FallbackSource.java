package dev.tributary.connect.sink.row;

import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/** Reads from one source and, if that has no value, from another. Not thread-safe. */
final class FallbackSource implements ColumnSource {

  private final ColumnSource first;
  private final ColumnSource second;
  private ColumnSource last;

  FallbackSource(ColumnSource first, ColumnSource second) {
    this.first = first;
    this.second = second;
    this.last = first;
  }

  @Override
  public @Nullable Object read(SinkRecord record, Object value) {
    last = first;
    Object read = first.read(record, value);
    if (read == ABSENT) {
      last = second;
      read = second.read(record, value);
    }
    return read;
  }

  @Override
  public @Nullable Schema schemaOfLast() {
    return last.schemaOfLast();
  }
}
