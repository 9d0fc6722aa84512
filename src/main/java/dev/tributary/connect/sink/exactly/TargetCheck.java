package dev.tributary.connect.sink.exactly;

import dev.tributary.connect.sink.clickhouse.ClickHouse;
import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.clickhouse.SystemTables;
import dev.tributary.connect.sink.clickhouse.SystemTables.Engine;
import dev.tributary.connect.sink.table.TableId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Checks whether a table, and the tables that its materialized views fill, meet the requirements of
 * {@code delivery=exactly_once}.
 *
 * <p>The table must remember the tokens of its last inserts, and must keep each row's coordinates:
 * with an engine that merges rows, a stored row could look as if it was missing. The table of a
 * view only has to remember tokens.
 */
public final class TargetCheck {

  /** The least number of inserts whose tokens a table must remember. */
  static final long WINDOW = 1_000;

  /** How long a replicated table remembers tokens, whatever the number of inserts. */
  static final String WINDOW_SECONDS = "replicated_deduplication_window_seconds";

  private static final long LEAST_SECONDS = 86_400;

  /**
   * A requirement that a table does not meet.
   *
   * @param statements the statements that fix it, to be run in this order; empty if none can
   */
  public record Problem(String text, List<String> statements) {

    @Override
    public String toString() {
      return statements.isEmpty() ? text : text + " Run: " + String.join("; ", statements) + ";";
    }
  }

  /** The engine families that keep every row as it is. */
  private static final Set<String> KEEPING = Set.of("");

  private static final Pattern ARGUMENTS = Pattern.compile("MergeTree\\((.*?)\\)( |$)");

  private final SystemTables tables;
  private final CoordinateColumns columns;
  private final int urls;

  /**
   * @param urls the number of servers that the sink may insert through
   */
  public TargetCheck(ClickHouse clickHouse, CoordinateColumns columns, int urls) {
    this.tables = new SystemTables(clickHouse);
    this.columns = columns;
    this.urls = urls;
  }

  /**
   * Checks a table that exists.
   *
   * @throws ClickHouseException when the server cannot be queried
   */
  public List<Problem> check(TableId table) throws ClickHouseException {
    List<Problem> problems = new ArrayList<>();
    checkTarget(table, problems);
    checkViews(table, new HashSet<>(Set.of(table)), problems);
    return problems;
  }

  private void checkTarget(TableId table, List<Problem> problems) throws ClickHouseException {
    Optional<Engine> engine = tables.engine(table);
    if (engine.isEmpty()) {
      return; // reported elsewhere
    }
    if (!engine.get().isMergeTree()) {
      problems.add(
          new Problem(
              table.sql()
                  + " has the engine "
                  + engine.get().name()
                  + ", which cannot be queried for its rows, or does not remember the tokens of"
                  + " inserts. Use an engine of the MergeTree family.",
              asMergeTree(table)));
      return;
    }
    if (!keepsRows(engine.get())) {
      problems.add(
          new Problem(
              table.sql()
                  + " has the engine "
                  + engine.get().name()
                  + ", which merges rows, and with them the coordinates by which the sink finds"
                  + " out which rows are stored. Use MergeTree, and a materialized view into a"
                  + " table of that engine; or let its sorting key contain "
                  + coordinates()
                  + (engine.get().name().contains("Replacing")
                      ? "; or give it a version column."
                      : "."),
              asMergeTree(table)));
    }
    checkWindow(table, engine.get(), problems);
    if (!engine.get().isReplicated() && urls > 1) {
      problems.add(
          new Problem(
              table.sql()
                  + " is not replicated, so only one server has its rows, but clickhouse.url names "
                  + urls
                  + ". Name one.",
              List.of()));
    }
  }

  private boolean keepsRows(Engine engine) {
    String kind = engine.family();
    if (KEEPING.contains(kind)) {
      return true;
    }
    List<String> key =
        Arrays.stream(engine.sortingKey().split(",", -1))
            .map(String::strip)
            .map(column -> column.replace("`", ""))
            .toList();
    if (key.contains(columns.topic())
        && key.contains(columns.partition())
        && key.contains(columns.offset())) {
      return true;
    }
    return kind.equals("Replacing") && hasVersion(engine);
  }

  /**
   * The arguments of a replicated engine are its path and replica as two strings, then the version.
   */
  private static boolean hasVersion(Engine engine) {
    Matcher arguments = ARGUMENTS.matcher(engine.full());
    return arguments.find()
        && Arrays.stream(arguments.group(1).split(",", -1))
            .map(String::strip)
            .anyMatch(argument -> !argument.isEmpty() && !argument.startsWith("'"));
  }

  private String coordinates() {
    return TableId.quote(columns.topic())
        + ", "
        + TableId.quote(columns.partition())
        + " and "
        + TableId.quote(columns.offset());
  }

  /** Replaces the table by one with the same columns that meets the requirements. */
  private static List<String> asMergeTree(TableId table) {
    String made = new TableId(table.database(), table.name() + "_exact").sql();
    String old = new TableId(table.database(), table.name() + "_before").sql();
    return List.of(
        "CREATE TABLE "
            + made
            + " AS "
            + table.sql()
            + " ENGINE = MergeTree ORDER BY tuple() SETTINGS non_replicated_deduplication_window = "
            + 10 * WINDOW,
        "RENAME TABLE " + table.sql() + " TO " + old + ", " + made + " TO " + table.sql());
  }

  private void checkWindow(TableId table, Engine engine, List<Problem> problems)
      throws ClickHouseException {
    String setting = engine.windowSetting();
    long window = tables.setting(engine, setting);
    if (window < WINDOW) {
      problems.add(
          new Problem(
              table.sql()
                  + " remembers its last "
                  + window
                  + " inserts ("
                  + setting
                  + "), at least "
                  + WINDOW
                  + " are needed: with fewer, an insert that arrives twice may store its rows"
                  + " twice.",
              List.of(modifySetting(table, setting, 10 * WINDOW))));
    }
    if (engine.isReplicated()) {
      long seconds = tables.setting(engine, WINDOW_SECONDS);
      if (seconds < LEAST_SECONDS) {
        problems.add(
            new Problem(
                table.sql()
                    + " forgets an insert after "
                    + seconds
                    + " s ("
                    + WINDOW_SECONDS
                    + "), at least "
                    + LEAST_SECONDS
                    + " s are needed: an insert that is repeated later stores its rows twice.",
                List.of(modifySetting(table, WINDOW_SECONDS, 7 * LEAST_SECONDS))));
      }
    }
  }

  private static String modifySetting(TableId table, String setting, long value) {
    return "ALTER TABLE " + table.sql() + " MODIFY SETTING " + setting + " = " + value;
  }

  private void checkViews(TableId from, Set<TableId> reached, List<Problem> problems)
      throws ClickHouseException {
    for (Map.Entry<TableId, TableId> view : tables.viewsOn(from).entrySet()) {
      TableId target = view.getValue();
      if (target.name().isEmpty()) {
        problems.add(
            new Problem(
                view.getKey().sql()
                    + " reads the rows of "
                    + from.sql()
                    + " and is no materialized view that writes to a table: rows could arrive there"
                    + " twice. Drop it.",
                List.of("DROP TABLE " + view.getKey().sql())));
      } else if (reached.add(target)) {
        checkTargetOfView(view.getKey(), target, problems);
        checkViews(target, reached, problems);
      }
    }
  }

  private void checkTargetOfView(TableId view, TableId target, List<Problem> problems)
      throws ClickHouseException {
    Optional<Engine> engine = tables.engine(target);
    String name = engine.map(Engine::name).orElse("");
    if (engine.isPresent() && !engine.get().isMergeTree()) {
      problems.add(
          new Problem(
              target.sql()
                  + ", which the materialized view "
                  + view.sql()
                  + " fills, has the engine "
                  + name
                  + ", which does not deduplicate inserts by token: rows could arrive there twice."
                  + " Drop the view, or let it fill a table of the MergeTree family.",
              List.of("DROP VIEW " + view.sql())));
    } else if (engine.isPresent()) {
      checkWindow(target, engine.get(), problems);
    }
  }
}
