package dev.tributary.connect.sink.exactly;

import dev.tributary.connect.sink.clickhouse.ClickHouse;
import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.exactly.TargetCheck.Problem;
import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.progress.InsertedOffsets;
import dev.tributary.connect.sink.progress.TokenAge;
import dev.tributary.connect.sink.table.SinkKeys;
import dev.tributary.connect.sink.table.TableId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Time;

/**
 * The target tables of exactly_once: whether they meet its requirements, and what they hold.
 * Thread-safe.
 */
public final class ExactTargets implements InsertedOffsets, DeliveryTargets {

  private final ClickHouse clickHouse;
  private final TargetCheck check;
  private final ReadBack readBack;
  private final ViewTokens viewTokens;

  /**
   * @param servers the number of URLs of the connector
   */
  public ExactTargets(CoordinateColumns columns, int servers, ClickHouse clickHouse, Time time) {
    this.clickHouse = clickHouse;
    check = new TargetCheck(clickHouse, columns, servers);
    readBack = new ReadBack(clickHouse, columns);
    viewTokens = new ViewTokens(clickHouse, time);
  }

  /**
   * Which requirements an existing table does not meet, one sentence each with the statement that
   * fixes it.
   */
  public List<String> problems(TableId table) throws ClickHouseException {
    return check.check(table).stream()
        .map(Problem::toString)
        .map(problem -> SinkKeys.DELIVERY + "=exactly_once: " + problem)
        .collect(Collectors.toList());
  }

  @Override
  public Map<Long, OffsetSet> counts(TableId table, TopicPartition partition, OffsetSet offsets)
      throws ClickHouseException {
    return readBack.counts(table, partition, offsets);
  }

  @Override
  public long ceiling(TableId table, TopicPartition partition) throws ClickHouseException {
    return readBack.ceiling(table, partition);
  }

  @Override
  public Optional<TokenAge> tokenAge(TableId table) throws ClickHouseException {
    return viewTokens.age(table);
  }

  @Override
  public void fence(String token) throws ClickHouseException {
    fence(token, true);
  }

  @Override
  public void fence(String token, boolean inherited) throws ClickHouseException {
    clickHouse.fence(token, inherited);
  }

  @Override
  public Map<TableId, TableId> views(TableId table) throws ClickHouseException {
    return viewTokens.views(table);
  }

  @Override
  public boolean knowsToken(TableId table, TokenAge sent) throws ClickHouseException {
    return viewTokens.knows(table, sent);
  }

  @Override
  public List<String> fillViews(TableId table, TopicPartition partition, OffsetSet offsets)
      throws ClickHouseException {
    return viewTokens.fill(table, readBack.condition(partition, offsets));
  }
}
