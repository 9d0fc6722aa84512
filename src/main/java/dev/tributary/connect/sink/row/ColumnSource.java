package dev.tributary.connect.sink.row;

import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/** Where a column's value comes from. Not thread-safe. */
interface ColumnSource {

  /** What {@link #read} returns if the record has no value for the column. */
  Object ABSENT = new Object();

  /**
   * The column's value, null if the record has a null, {@link #ABSENT} if it has none. It may be a
   * mutable object that the next call overwrites.
   *
   * @param value the record's value, parsed if necessary
   */
  @Nullable Object read(SinkRecord record, Object value);

  /** The schema of the last value read; null if it has none. */
  @Nullable Schema schemaOfLast();
}
