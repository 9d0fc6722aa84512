package dev.tributary.connect.sink.progress;

import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.table.TableId;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/** Asks tables which offsets they have rows of. Blocks; thread-safe. */
public interface InsertedOffsets {

  /** Which of these offsets have rows, by the number of rows that an offset has. */
  Map<Long, OffsetSet> counts(TableId table, TopicPartition partition, OffsetSet offsets)
      throws ClickHouseException;

  /** The greatest offset of the partition that the table has a row of; -1 without any. */
  long ceiling(TableId table, TopicPartition partition) throws ClickHouseException;
}
