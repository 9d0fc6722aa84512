package dev.tributary.connect.sink.exactly;

import dev.tributary.connect.sink.clickhouse.ClickHouse;
import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.exactly.TargetCheck.Found;
import dev.tributary.connect.sink.exactly.TargetCheck.Problem;
import dev.tributary.connect.sink.table.SinkKeys;
import dev.tributary.connect.sink.table.TableId;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** The target tables of exactly_once, and whether they meet its requirements. Thread-safe. */
public final class ExactTargets {

  private final TargetCheck check;
  private final ReadBack readBack;
  private final Set<TableId> feedingViews = ConcurrentHashMap.newKeySet();

  /**
   * @param servers the number of URLs of the connector
   */
  public ExactTargets(CoordinateColumns columns, int servers, ClickHouse clickHouse) {
    check = new TargetCheck(clickHouse, columns, servers);
    readBack = new ReadBack(clickHouse, columns);
  }

  /**
   * Which requirements an existing table does not meet, one sentence each with the statement that
   * fixes it.
   */
  public List<String> problems(TableId table) throws ClickHouseException {
    Found found = check.check(table);
    if (found.feedsViews()) {
      feedingViews.add(table);
    }
    return found.problems().stream()
        .map(Problem::toString)
        .map(problem -> SinkKeys.DELIVERY + "=exactly_once: " + problem)
        .collect(Collectors.toList());
  }

  /** Whether materialized views read the table's rows. */
  public boolean feedsViews(TableId table) {
    return feedingViews.contains(table);
  }

  public ReadBack readBack() {
    return readBack;
  }
}
