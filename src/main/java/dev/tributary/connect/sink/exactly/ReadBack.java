package dev.tributary.connect.sink.exactly;

import dev.tributary.connect.sink.clickhouse.ClickHouse;
import dev.tributary.connect.sink.clickhouse.ClickHouse.Rows;
import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.table.TableId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;

/**
 * Queries a table for the coordinates of its rows, on the server that takes the inserts.
 *
 * <p>A query names ranges of offsets, a limited number at a time. A range may span offsets that
 * were not asked for, which is cheaper than to name each one; they are removed from the answer.
 * With {@code select_sequential_consistency} a replica answers with everything that was
 * acknowledged.
 */
public final class ReadBack {

  /** The most ranges in one statement. */
  private static final int RANGES = 200;

  /** The most offsets that the ranges of one statement span, unless a single range spans more. */
  private static final long SPAN = 1_000_000;

  /** Runs at most this far apart are queried as one range. */
  private static final long NEAR = 1_000;

  private final ClickHouse clickHouse;
  private final CoordinateColumns columns;

  public ReadBack(ClickHouse clickHouse, CoordinateColumns columns) {
    this.clickHouse = clickHouse;
    this.columns = columns;
  }

  /** Those of these offsets that have rows, by their number of rows. */
  public Map<Long, OffsetSet> counts(TableId table, TopicPartition partition, OffsetSet offsets)
      throws ClickHouseException {
    Map<Long, OffsetSet> counts = new TreeMap<>();
    for (List<long[]> ranges : statements(offsets)) {
      clickHouse
          .select(countsSql(table, partition, ranges), List.of(), ReadBack::counts)
          .forEach(
              (count, some) ->
                  counts.merge(count, some.build().intersect(offsets), OffsetSet::plus));
    }
    counts.values().removeIf(OffsetSet::isEmpty);
    return counts;
  }

  private static Map<Long, OffsetSet.Builder> counts(Rows rows) throws ClickHouseException {
    Map<Long, OffsetSet.Builder> found = new HashMap<>();
    while (rows.next()) {
      long offset = rows.number(1);
      found
          .computeIfAbsent(rows.number(2), count -> new OffsetSet.Builder())
          .add(offset, offset + 1);
    }
    return found;
  }

  /** The ranges to query, by statement. */
  static List<List<long[]>> statements(OffsetSet offsets) {
    List<long[]> ranges = new ArrayList<>();
    for (int run = 0; run < offsets.runs(); run++) {
      long[] last = ranges.isEmpty() ? null : ranges.get(ranges.size() - 1);
      if (last != null && offsets.from(run) - last[1] <= NEAR && last[1] - last[0] < SPAN) {
        last[1] = offsets.end(run) - 1;
      } else {
        ranges.add(new long[] {offsets.from(run), offsets.end(run) - 1});
      }
    }
    List<List<long[]>> statements = new ArrayList<>();
    List<long[]> current = new ArrayList<>();
    long span = 0;
    for (long[] range : ranges) {
      long size = range[1] - range[0] + 1;
      if (!current.isEmpty() && (current.size() == RANGES || span + size > SPAN)) {
        statements.add(current);
        current = new ArrayList<>();
        span = 0;
      }
      current.add(range);
      span += size;
    }
    if (!current.isEmpty()) {
      statements.add(current);
    }
    return statements;
  }

  private String countsSql(TableId table, TopicPartition partition, List<long[]> ranges) {
    String offset = TableId.quote(columns.offset());
    StringBuilder sql =
        new StringBuilder("SELECT toInt64(").append(offset).append(") AS tributary_offset, ");
    sql.append("toInt64(count()) FROM ").append(table.sql());
    sql.append(" WHERE ").append(fromPartition(partition)).append(" AND (");
    for (int i = 0; i < ranges.size(); i++) {
      sql.append(i == 0 ? "" : " OR ").append(offset).append(" BETWEEN ");
      sql.append(ranges.get(i)[0]).append(" AND ").append(ranges.get(i)[1]);
    }
    return sql.append(") GROUP BY tributary_offset ORDER BY tributary_offset")
        .append(settings())
        .toString();
  }

  /** The highest offset of the partition that the table has a row of; -1 if none. */
  public long ceiling(TableId table, TopicPartition partition) throws ClickHouseException {
    String sql =
        "SELECT toInt64(max("
            + TableId.quote(columns.offset())
            + ")), count() FROM "
            + table.sql()
            + " WHERE "
            + fromPartition(partition)
            + settings();
    return clickHouse.select(
        sql, List.of(), rows -> rows.next() && rows.number(2) > 0 ? rows.number(1) : -1L);
  }

  /** A condition for the rows between the first and the last of these offsets. */
  String condition(TopicPartition partition, OffsetSet offsets) {
    return fromPartition(partition)
        + " AND "
        + TableId.quote(columns.offset())
        + " BETWEEN "
        + offsets.first()
        + " AND "
        + offsets.last();
  }

  private String fromPartition(TopicPartition partition) {
    return TableId.quote(columns.topic())
        + " = '"
        + partition.topic()
        + "' AND "
        + TableId.quote(columns.partition())
        + " = "
        + partition.partition();
  }

  private static String settings() {
    return " SETTINGS select_sequential_consistency = 1, final = 0";
  }
}
