package dev.tributary.connect.sink.progress;

import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.table.TableId;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/** Queries tables for the offsets whose rows they hold. Blocks; thread-safe. */
public interface InsertedOffsets {

  /** Those of these offsets that have rows, by their number of rows. */
  Map<Long, OffsetSet> counts(TableId table, TopicPartition partition, OffsetSet offsets)
      throws ClickHouseException;

  /** The highest offset of the partition that the table has a row of; -1 if none. */
  long ceiling(TableId table, TopicPartition partition) throws ClickHouseException;

  /**
   * Returns once no insert that a previous owner may have sent under a token can store a row.
   *
   * @throws ClickHouseException if that is not so yet, or unknown
   */
  void fence(String token) throws ClickHouseException;

  /**
   * The age of inserts that are sent from now on; empty if no materialized view reads the table.
   */
  Optional<TokenAge> tokenAge(TableId table) throws ClickHouseException;
}
