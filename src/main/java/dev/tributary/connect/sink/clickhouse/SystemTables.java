package dev.tributary.connect.sink.clickhouse;

import dev.tributary.connect.sink.table.TableId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Queries what the server's system tables say about tables, their views and their windows.
 * Thread-safe; methods block.
 */
public final class SystemTables {

  private static final Pattern ENGINE =
      Pattern.compile("(Replicated|Shared)?([A-Z][a-z]*(?:Collapsing)?)?MergeTree");

  /**
   * An engine.
   *
   * @param name without arguments
   * @param full with arguments and settings
   */
  public record Engine(String name, String full, String sortingKey) {

    public boolean isMergeTree() {
      return ENGINE.matcher(name).matches();
    }

    public boolean isPartitioned() {
      return full.contains(" PARTITION BY ");
    }

    /** Whether several servers may have the table's rows. */
    public boolean isReplicated() {
      Matcher engine = ENGINE.matcher(name);
      return engine.matches() && engine.group(1) != null;
    }

    /** What the engine does with rows, "Replacing" for example; "" if it keeps them as they are. */
    public String family() {
      Matcher engine = ENGINE.matcher(name);
      return engine.matches() && engine.group(2) != null ? engine.group(2) : "";
    }

    /** The setting with the number of inserts whose tokens the table remembers. */
    public String windowSetting() {
      return isReplicated()
          ? "replicated_deduplication_window"
          : "non_replicated_deduplication_window";
    }
  }

  private final ClickHouse clickHouse;

  public SystemTables(ClickHouse clickHouse) {
    this.clickHouse = clickHouse;
  }

  /** A setting of a MergeTree table: its own, or else the server's default; 0 if it is unknown. */
  public long setting(Engine engine, String setting) throws ClickHouseException {
    Matcher own = Pattern.compile("\\b" + setting + " = (\\d+)").matcher(engine.full);
    if (own.find()) {
      return Long.parseLong(own.group(1));
    }
    String defaults =
        engine.isReplicated()
            ? "system.replicated_merge_tree_settings"
            : "system.merge_tree_settings";
    return clickHouse.select(
        "SELECT value FROM " + defaults + " WHERE name = ?",
        List.of(setting),
        rows -> rows.next() ? Long.parseLong(rows.text(1)) : 0L);
  }

  /** The views that an insert into a table fills, each with its target table; "" if it has none. */
  public Map<TableId, TableId> viewsOn(TableId table) throws ClickHouseException {
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
  public static TableId target(TableId view, String createQuery, String uuid) {
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

  /** The engine of a table; empty if it does not exist or is not visible to the user. */
  public Optional<Engine> engine(TableId table) throws ClickHouseException {
    return clickHouse.select(
        "SELECT engine, engine_full, sorting_key FROM system.tables"
            + " WHERE database = ? AND name = ?",
        List.of(table.database(), table.name()),
        rows ->
            rows.next()
                ? Optional.of(new Engine(rows.text(1), rows.text(2), rows.text(3)))
                : Optional.empty());
  }

  /** The views on a table, and on their targets, each with its target. */
  public Map<TableId, TableId> allViews(TableId table) throws ClickHouseException {
    Map<TableId, TableId> views = new LinkedHashMap<>();
    addViews(table, views);
    return views;
  }

  private void addViews(TableId table, Map<TableId, TableId> views) throws ClickHouseException {
    for (Map.Entry<TableId, TableId> view : viewsOn(table).entrySet()) {
      if (!view.getValue().name().isEmpty() && views.put(view.getKey(), view.getValue()) == null) {
        addViews(view.getValue(), views);
      }
    }
  }

  /** Whether a table remembers the tokens of inserts, or has no rows that could repeat. */
  public boolean remembersTokens(TableId table) throws ClickHouseException {
    Optional<Engine> engine = engine(table);
    return engine.isPresent()
        && (engine.get().name().equals("Null")
            || (engine.get().isMergeTree()
                && setting(engine.get(), engine.get().windowSetting()) > 0));
  }
}
