package dev.tributary.connect.sink.exactly;

import dev.tributary.connect.sink.clickhouse.ClickHouse;
import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.clickhouse.SystemTables;
import dev.tributary.connect.sink.clickhouse.SystemTables.Engine;
import dev.tributary.connect.sink.progress.TokenAge;
import dev.tributary.connect.sink.table.TableId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.utils.Time;

/**
 * Whether a table and the targets of its materialized views still know the token of an insert.
 *
 * <p>An insert whose rows are stored is repeated under its token, so that they also reach the
 * views. Where the table has forgotten the token, that would store them twice. A table counts its
 * inserts in block numbers; as merges and mutations count too, more is counted than were.
 *
 * <p>Thread-safe. Methods block for queries.
 */
final class ViewTokens {

  /** How long {@link #age} is reused: an older one only counts more inserts. */
  private static final long REUSE_NS = TimeUnit.SECONDS.toNanos(10);

  private record Known(TokenAge age, long atNs) {}

  private final ClickHouse clickHouse;
  private final SystemTables tables;
  private final Time time;
  private final Map<TableId, Known> known = new ConcurrentHashMap<>();

  ViewTokens(ClickHouse clickHouse, Time time) {
    this.clickHouse = clickHouse;
    this.tables = new SystemTables(clickHouse);
    this.time = time;
  }

  /** An age for inserts that are sent from now on; empty if no view reads the table. */
  Optional<TokenAge> age(TableId table) throws ClickHouseException {
    Known last = known.get(table);
    long now = time.nanoseconds();
    if (last == null || now - last.atNs > REUSE_NS) {
      last = new Known(count(table), now);
      known.put(table, last);
    }
    return Optional.of(last.age).filter(age -> !age.inserts().isEmpty());
  }

  /** The views on a table, and on their targets, each with its target. */
  Map<TableId, TableId> views(TableId table) throws ClickHouseException {
    return tables.allViews(table);
  }

  private TokenAge count(TableId table) throws ClickHouseException {
    Map<TableId, Long> inserts = new LinkedHashMap<>();
    Map<TableId, TableId> views = views(table);
    if (views.isEmpty()) {
      return TokenAge.UNKNOWN;
    }
    long serverTimeS =
        clickHouse.select(
            "SELECT toInt64(now())", List.of(), rows -> rows.next() ? rows.number(1) : 0);
    Set<TableId> counted = new LinkedHashSet<>(Set.of(table));
    counted.addAll(views.values());
    for (TableId one : counted) {
      inserts.put(one, count(one, tables.engine(one)));
    }
    return new TokenAge(serverTimeS, inserts);
  }

  private long count(TableId table, Optional<Engine> engine) throws ClickHouseException {
    // Block numbers count the inserts of a MergeTree table; of a replicated one, of a partition.
    String sum = engine.isPresent() && engine.get().isReplicated() ? "sum" : "max";
    return clickHouse.select(
        "SELECT toInt64("
            + sum
            + "(greatest)) FROM (SELECT max(max_block_number) AS greatest FROM system.parts WHERE"
            + " database = ? AND table = ? GROUP BY partition_id)",
        List.of(table.database(), table.name()),
        rows -> rows.next() ? rows.number(1) : 0);
  }

  /**
   * Whether the table and all targets of its views are certain to know the tokens of inserts of
   * this age: half of what they remember is left as a margin.
   */
  boolean knows(TableId table, TokenAge sent) throws ClickHouseException {
    TokenAge now = count(table);
    for (Map.Entry<TableId, Long> one : now.inserts().entrySet()) {
      Long before = sent.inserts().get(one.getKey());
      Optional<Engine> engine = tables.engine(one.getKey());
      if (before == null || engine.isEmpty()) {
        return false;
      }
      long since = one.getValue() - before;
      long window = tables.setting(engine.get(), engine.get().windowSetting());
      if (since < 0 || since >= window / 2) {
        return false;
      }
      if (engine.get().isReplicated()) {
        long seconds = tables.setting(engine.get(), TargetCheck.WINDOW_SECONDS);
        if (now.serverTimeS() - sent.serverTimeS() >= seconds / 2) {
          return false;
        }
      }
    }
    return true;
  }

  /**
   * The statements that fill the views on a table with some of its rows.
   *
   * @param where a condition for the rows
   */
  List<String> fill(TableId table, String where) throws ClickHouseException {
    List<String> statements = new ArrayList<>();
    for (Map.Entry<TableId, TableId> view : tables.viewsOn(table).entrySet()) {
      String select =
          clickHouse.select(
              "SELECT as_select FROM system.tables WHERE database = ? AND name = ?",
              List.of(view.getKey().database(), view.getKey().name()),
              rows -> rows.next() ? rows.text(1) : "");
      statements.add(
          "INSERT INTO "
              + view.getValue().sql()
              + " "
              + select
              + " SETTINGS additional_table_filters = {'"
              + table
              + "': '"
              + where.replace("\\", "\\\\").replace("'", "\\'")
              + "'}");
    }
    return statements;
  }
}
