package dev.tributary.connect.sink.row;

import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/** Where a column's value comes from. Not thread-safe. */
interface ColumnSource {

  /** What {@link #read} returns when the record has nothing for the column. */
  Object ABSENT = new Object();

  /**
   * The column's value, null when the record says null, else {@link #ABSENT}. It may be a mutable
   * object that the next call fills anew.
   *
   * @param value the record's value, parsed where that was necessary
   */
  @Nullable Object read(SinkRecord record, Object value);

  /** The schema of what was read last; null where there is none. */
  @Nullable Schema schemaOfLast();
}
