package dev.tributary.connect.sink.exactly;

import dev.tributary.connect.sink.clickhouse.ClickHouse;
import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.table.TableId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
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

  /**
   * The result of a check.
   *
   * @param feedsViews whether materialized views read the table's rows
   */
  public record Found(List<Problem> problems, boolean feedsViews) {}

  private static final Pattern ENGINE =
      Pattern.compile("(Replicated|Shared)?([A-Z][a-z]*(?:Collapsing)?)?MergeTree");

  /** The engine families that keep every row as it is. */
  private static final Set<String> KEEPING = Set.of("");

  private static final Pattern ARGUMENTS = Pattern.compile("MergeTree\\((.*?)\\)( |$)");

  private record Engine(String name, String full, String sortingKey) {}

  private final ClickHouse clickHouse;
  private final CoordinateColumns columns;
  private final int urls;

  /**
   * @param urls the number of servers that the sink may insert through
   */
  public TargetCheck(ClickHouse clickHouse, CoordinateColumns columns, int urls) {
    this.clickHouse = clickHouse;
    this.columns = columns;
    this.urls = urls;
  }

  /**
   * Checks a table that exists.
   *
   * @throws ClickHouseException when the server cannot be queried
   */
  public Found check(TableId table) throws ClickHouseException {
    List<Problem> problems = new ArrayList<>();
    checkTarget(table, problems);
    Set<TableId> reached = new HashSet<>(Set.of(table));
    checkViews(table, reached, problems);
    return new Found(problems, reached.size() > 1);
  }

  private void checkTarget(TableId table, List<Problem> problems) throws ClickHouseException {
    Optional<Engine> engine = engine(table);
    if (engine.isEmpty()) {
      return; // reported elsewhere
    }
    Matcher kind = ENGINE.matcher(engine.get().name);
    if (!kind.matches()) {
      problems.add(
          new Problem(
              table.sql()
                  + " has the engine "
                  + engine.get().name
                  + ", which cannot be queried for its rows, or does not remember the tokens of"
                  + " inserts. Use an engine of the MergeTree family.",
              asMergeTree(table)));
      return;
    }
    if (!keepsRows(kind.group(2), engine.get())) {
      problems.add(
          new Problem(
              table.sql()
                  + " has the engine "
                  + engine.get().name
                  + ", which merges rows, and with them the coordinates by which the sink finds"
                  + " out which rows are stored. Use MergeTree, and a materialized view into a"
                  + " table of that engine; or let its sorting key contain "
                  + coordinates()
                  + (engine.get().name.contains("Replacing")
                      ? "; or give it a version column."
                      : "."),
              asMergeTree(table)));
    }
    checkWindow(table, engine.get(), kind.group(1), problems);
    if (kind.group(1) == null && urls > 1) {
      problems.add(
          new Problem(
              table.sql()
                  + " is not replicated, so only one server has its rows, but clickhouse.url names "
                  + urls
                  + ". Name one.",
              List.of()));
    }
  }

  private boolean keepsRows(String family, Engine engine) {
    String kind = family == null ? "" : family;
    if (KEEPING.contains(kind)) {
      return true;
    }
    List<String> key =
        Arrays.stream(engine.sortingKey.split(",", -1))
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
    Matcher arguments = ARGUMENTS.matcher(engine.full);
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

  private void checkWindow(TableId table, Engine engine, String replication, List<Problem> problems)
      throws ClickHouseException {
    String setting =
        replication == null
            ? "non_replicated_deduplication_window"
            : "replicated_deduplication_window";
    long window = window(engine, setting, replication != null);
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
              List.of(
                  "ALTER TABLE "
                      + table.sql()
                      + " MODIFY SETTING "
                      + setting
                      + " = "
                      + 10 * WINDOW)));
    }
  }

  private long window(Engine engine, String setting, boolean replicated)
      throws ClickHouseException {
    Matcher own = Pattern.compile("\\b" + setting + " = (\\d+)").matcher(engine.full);
    if (own.find()) {
      return Long.parseLong(own.group(1));
    }
    String defaults =
        replicated ? "system.replicated_merge_tree_settings" : "system.merge_tree_settings";
    return clickHouse.select(
        "SELECT value FROM " + defaults + " WHERE name = ?",
        List.of(setting),
        rows -> rows.next() ? Long.parseLong(rows.text(1)) : 0L);
  }

  private void checkViews(TableId from, Set<TableId> reached, List<Problem> problems)
      throws ClickHouseException {
    for (Map.Entry<TableId, TableId> view : viewsOn(from).entrySet()) {
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
    Optional<Engine> engine = engine(target);
    String name = engine.map(Engine::name).orElse("");
    Matcher kind = ENGINE.matcher(name);
    if (engine.isPresent() && !kind.matches()) {
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
      checkWindow(target, engine.get(), kind.group(1), problems);
    }
  }

  /** The views that an insert into a table fills, each with its target table; "" if it has none. */
  private Map<TableId, TableId> viewsOn(TableId table) throws ClickHouseException {
    String sql =
        "SELECT database, name, engine, create_table_query, toString(uuid) FROM system.tables"
            + " WHERE (database, name) IN (SELECT d, t FROM system.tables ARRAY JOIN"
            + " dependencies_database AS d, dependencies_table AS t WHERE database = ? AND name ="
            + " ?)";
    return clickHouse.select(
        sql,
        List.of(table.database(), table.name()),
        rows -> {
          Map<TableId, TableId> views = new LinkedHashMap<>();
          while (rows.next()) {
            TableId view = new TableId(rows.text(1), rows.text(2));
            views.put(
                view,
                rows.text(3).equals("MaterializedView")
                    ? target(view, rows.text(4), rows.text(5))
                    : new TableId(view.database(), ""));
          }
          return views;
        });
  }

  private static final Pattern TO =
      Pattern.compile(
          "^CREATE MATERIALIZED VIEW (?:`(?:[^`\\\\]|\\\\.)*`|[^ `])+ (?:UUID '[^']*' )?TO"
              + " ((?:`(?:[^`\\\\]|\\\\.)*`|\\w)+)(?:\\.((?:`(?:[^`\\\\]|\\\\.)*`|\\w)+))?[ (]");

  /** The target table of a view: the table after TO, or its inner table. */
  static TableId target(TableId view, String createQuery, String uuid) {
    Matcher to = TO.matcher(createQuery);
    if (to.find()) {
      return to.group(2) == null
          ? new TableId(view.database(), unquote(to.group(1)))
          : new TableId(unquote(to.group(1)), unquote(to.group(2)));
    }
    boolean hasUuid = !uuid.matches("[0-]*");
    return new TableId(view.database(), hasUuid ? ".inner_id." + uuid : ".inner." + view.name());
  }

  private static String unquote(String identifier) {
    return identifier.startsWith("`")
        ? identifier.substring(1, identifier.length() - 1).replaceAll("\\\\(.)", "$1")
        : identifier;
  }

  private Optional<Engine> engine(TableId table) throws ClickHouseException {
    return clickHouse.select(
        "SELECT engine, engine_full, sorting_key FROM system.tables"
            + " WHERE database = ? AND name = ?",
        List.of(table.database(), table.name()),
        rows ->
            rows.next()
                ? Optional.of(new Engine(rows.text(1), rows.text(2), rows.text(3)))
                : Optional.empty());
  }
}
