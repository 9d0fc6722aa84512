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

/** The tables that rows go into exactly once: whether they are fit for it. Thread-safe. */
public final class ExactTargets {

  private final TargetCheck check;
  private final ReadBack readBack;
  private final Set<TableId> feedingViews = ConcurrentHashMap.newKeySet();

  /**
   * @param servers how many URLs the connector has
   */
  public ExactTargets(CoordinateColumns columns, int servers, ClickHouse clickHouse) {
    check = new TargetCheck(clickHouse, columns, servers);
    readBack = new ReadBack(clickHouse, columns);
  }

  /** What keeps a table that exists from being fit, a sentence each with the statement. */
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

  /** Whether materialized views take the table's rows on. */
  public boolean feedsViews(TableId table) {
    return feedingViews.contains(table);
  }

  public ReadBack readBack() {
    return readBack;
  }
}
