package dev.tributary.connect.sink.exactly;

import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.progress.TokenAge;
import dev.tributary.connect.sink.table.TableId;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/** What the delivery needs from ClickHouse. Thread-safe; methods block. */
public interface DeliveryTargets {

  /** See {@link dev.tributary.connect.sink.clickhouse.ClickHouse#fence}. */
  void fence(String token, boolean inherited) throws ClickHouseException;

  /** The materialized views on a table, and on their targets, each with its target. */
  Map<TableId, TableId> views(TableId table) throws ClickHouseException;

  /**
   * Whether the table and all targets of its views are certain to know the tokens of inserts of
   * this age.
   */
  boolean knowsToken(TableId table, TokenAge sent) throws ClickHouseException;

  /** The statements that fill the views on a table with these rows of a partition. */
  List<String> fillViews(TableId table, TopicPartition partition, OffsetSet offsets)
      throws ClickHouseException;
}
