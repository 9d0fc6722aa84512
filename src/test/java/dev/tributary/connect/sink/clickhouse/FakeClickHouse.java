package dev.tributary.connect.sink.clickhouse;

import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.utils.Time;
import org.jspecify.annotations.Nullable;

/**
 * A ClickHouse server in memory behind the port: it decodes what is sent, deduplicates by token,
 * fills views, answers the questions that the sink asks, and fails as the test says. Confined to
 * one thread.
 */
public final class FakeClickHouse implements ClickHouse {

  /** One attempt to insert. */
  public record Attempt(
      int number, String table, String token, List<Map<String, @Nullable Object>> rows) {

    /** The values of a column. */
    public List<@Nullable Object> values(String column) {
      List<@Nullable Object> values = new ArrayList<>();
      rows.forEach(row -> values.add(row.get(column)));
      return values;
    }
  }

  /** What becomes of an attempt. */
  public sealed interface Fate {

    /** It is taken and answered. */
    record Taken() implements Fate {}

    /** The server answers with an error; before that it has come so far, mostly nowhere. */
    record Refused(int code, String text, int steps) implements Fate {}

    /** There is no answer, and the server has come so far. */
    record NoAnswer(int steps) implements Fate {}

    /** There is no answer, and the request arrives when the test says so. */
    record Late() implements Fate {}

    /** There is no connection, so nothing is sent. */
    record NoConnection() implements Fate {}

    Fate TAKEN = new Taken();
    Fate LOST_ANSWER = new NoAnswer(Integer.MAX_VALUE);
    Fate LOST_REQUEST = new NoAnswer(0);
    Fate NO_CONNECTION = new NoConnection();
    Fate LATE = new Late();

    static Fate refused(int code) {
      return new Refused(code, "error " + code, 0);
    }
  }

  private static final Pattern COUNTS =
      Pattern.compile(
          "SELECT toInt64\\(`_offset`\\) AS tributary_offset, toInt64\\(count\\(\\)\\) FROM"
              + " `default`\\.`(\\w+)` WHERE `_topic` = '([^']*)' AND `_partition` = (\\d+) AND"
              + " \\((.*)\\) GROUP BY tributary_offset ORDER BY tributary_offset SETTINGS"
              + " select_sequential_consistency = 1, final = 0");

  private static final Pattern BETWEEN = Pattern.compile("`_offset` BETWEEN (-?\\d+) AND (-?\\d+)");

  private static final Pattern CEILING =
      Pattern.compile(
          "SELECT toInt64\\(max\\(`_offset`\\)\\), count\\(\\) FROM `default`\\.`(\\w+)` WHERE"
              + " `_topic` = '([^']*)' AND `_partition` = (\\d+) SETTINGS"
              + " select_sequential_consistency = 1, final = 0");

  private static final Pattern ADD_COLUMN =
      Pattern.compile("ALTER TABLE `default`\\.`(\\w+)` ADD COLUMN IF NOT EXISTS `(\\w+)` (\\S+)");

  private final Time time;
  private final Map<String, FakeTable> tables = new HashMap<>();
  private final List<Attempt> attempts = new ArrayList<>();
  private final List<Attempt> late = new ArrayList<>();
  private long startedMs;
  private boolean closed;

  private Function<Attempt, Fate> onInsert = attempt -> Fate.TAKEN;
  private Function<String, Optional<ClickHouseException>> onQuery = sql -> Optional.empty();

  public FakeClickHouse(Time time) {
    this.time = time;
    this.startedMs = time.milliseconds() - 1_000_000;
  }

  public FakeClickHouse with(FakeTable table) {
    tables.put(table.name, table);
    return this;
  }

  public void drop(FakeTable table) {
    tables.remove(table.name);
  }

  /** Decides the fate of each attempt. */
  public FakeClickHouse onInsert(Function<Attempt, Fate> fate) {
    onInsert = fate;
    return this;
  }

  /** Whether a query or statement fails, asked before each. */
  public FakeClickHouse onQuery(Function<String, Optional<ClickHouseException>> failure) {
    onQuery = failure;
    return this;
  }

  public static ClickHouseException answer(int code, String text) {
    return new ClickHouseException(
        ErrorCode.kind(code, text), code, "Code: " + code + ". " + text, null);
  }

  public static ClickHouseException noConnection() {
    return new ClickHouseException(FailureKind.UNREACHABLE, 0, "Connection refused", null);
  }

  /** The server has been killed and started again. */
  public void restart() {
    startedMs = time.milliseconds();
  }

  public List<Attempt> attempts() {
    return attempts;
  }

  /** The requests that have not arrived yet. */
  public List<Attempt> late() {
    return late;
  }

  /** Has a late request arrive, so far; it can arrive again. */
  public void land(Attempt request, int steps) {
    FakeTable table = tables.get(request.table);
    if (table != null) {
      var unused = table.insert(request.token, request.rows, steps);
    }
  }

  public boolean isClosed() {
    return closed;
  }

  @Override
  public void insert(TableId id, List<String> columns, String token, BlockWriter block)
      throws InsertException {
    List<NativeDecoder.Decoded> decoded = NativeDecoder.columns(bytes(block));
    List<String> names = decoded.stream().map(column -> TableId.quote(column.name())).toList();
    if (!names.equals(columns)) {
      throw new IllegalArgumentException("block of " + names + " for the columns " + columns);
    }
    Attempt attempt =
        new Attempt(attempts.size() + 1, id.name(), token, NativeDecoder.rows(decoded));
    attempts.add(attempt);
    Fate fate = onInsert.apply(attempt);
    if (fate instanceof Fate.NoConnection) {
      throw InsertException.of(noConnection(), false);
    } else if (fate instanceof Fate.Late) {
      late.add(attempt);
      throw InsertException.timeout(1_000, true);
    }
    FakeTable table = tables.get(id.name());
    if (table == null) {
      throw InsertException.of(answer(60, "Table " + id + " does not exist"), true);
    }
    Optional<ClickHouseException> problem = table.problem(decoded, attempt.rows);
    if (problem.isPresent() && !(fate instanceof Fate.Refused)) {
      throw InsertException.of(problem.get(), true);
    }
    if (fate instanceof Fate.Refused refused) {
      var unused = table.insert(token, attempt.rows, refused.steps());
      throw InsertException.of(answer(refused.code(), refused.text()), true);
    } else if (fate instanceof Fate.NoAnswer cut) {
      var unused = table.insert(token, attempt.rows, cut.steps());
      throw InsertException.timeout(1_000, true);
    }
    Optional<ClickHouseException> view = table.insert(token, attempt.rows, Integer.MAX_VALUE);
    if (view.isPresent()) {
      throw InsertException.of(view.get(), true);
    }
  }

  private static byte[] bytes(BlockWriter block) {
    try (ByteArrayOutputStream bytes = new ByteArrayOutputStream()) {
      block.writeTo(bytes);
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public boolean hasAnotherServer() {
    return false;
  }

  private void ask(String sql) throws ClickHouseException {
    Optional<ClickHouseException> failure = onQuery.apply(sql);
    if (failure.isPresent()) {
      throw failure.get();
    }
  }

  @Override
  public Optional<Table> table(TableId id) throws ClickHouseException {
    ask("DESCRIBE " + id.name());
    return Optional.ofNullable(tables.get(id.name())).map(FakeTable::table);
  }

  @Override
  public <T> T select(String sql, List<String> parameters, RowsReader<T> reader)
      throws ClickHouseException {
    ask(sql);
    return reader.read(new ListRows(rows(sql, parameters)));
  }

  private List<List<Object>> rows(String sql, List<String> parameters) throws ClickHouseException {
    Matcher counts = COUNTS.matcher(sql);
    Matcher ceiling = CEILING.matcher(sql);
    if (sql.equals("SELECT uptime()")) {
      return List.of(List.of((time.milliseconds() - startedMs) / 1_000));
    } else if (counts.matches()) {
      return counts(offsets(counts), counts.group(4));
    } else if (ceiling.matches()) {
      Map<Long, Integer> offsets = offsets(ceiling);
      long most = offsets.keySet().stream().mapToLong(Long::longValue).max().orElse(0);
      return List.of(List.of(most, (long) offsets.size()));
    } else if (sql.startsWith("SELECT engine, engine_full, sorting_key FROM system.tables ")) {
      FakeTable table = tables.get(parameters.get(1));
      return table == null ? List.of() : List.of(engine(table));
    } else if (sql.contains("dependencies_table")) {
      return views(parameters.get(1));
    } else if (sql.startsWith("SELECT value FROM system.merge_tree_settings")) {
      return List.of(List.of("0"));
    }
    throw new IllegalArgumentException("no answer for " + sql);
  }

  private static List<List<Object>> counts(Map<Long, Integer> offsets, String ranges) {
    Map<Long, Integer> asked = new TreeMap<>();
    for (String range : ranges.split(" OR ", -1)) {
      Matcher between = BETWEEN.matcher(range);
      if (!between.matches()) {
        throw new IllegalArgumentException("no range: " + range);
      }
      long from = Long.parseLong(between.group(1));
      long to = Long.parseLong(between.group(2));
      offsets.forEach(
          (offset, count) -> {
            if (offset >= from && offset <= to) {
              asked.put(offset, count);
            }
          });
    }
    List<List<Object>> rows = new ArrayList<>();
    asked.forEach((offset, count) -> rows.add(List.of(offset, (long) count)));
    return rows;
  }

  private Map<Long, Integer> offsets(Matcher question) throws ClickHouseException {
    FakeTable table = tables.get(question.group(1));
    if (table == null) {
      throw answer(60, "Table " + question.group(1) + " does not exist");
    }
    return table.offsets(question.group(2), Integer.parseInt(question.group(3)));
  }

  private static List<Object> engine(FakeTable table) {
    return List.of(
        table.engine,
        table.engine
            + " ORDER BY tuple() SETTINGS non_replicated_deduplication_window = "
            + table.window,
        "");
  }

  private List<List<Object>> views(String name) {
    FakeTable table = tables.get(name);
    List<List<Object>> rows = new ArrayList<>();
    if (table != null) {
      for (FakeTable.View view : table.views) {
        String query =
            "CREATE MATERIALIZED VIEW default."
                + view.name
                + " TO default."
                + view.target.name
                + " (`n` UInt64) AS SELECT n FROM default."
                + name;
        rows.add(
            List.of(
                "default",
                view.name,
                "MaterializedView",
                query,
                "00000000-0000-0000-0000-000000000000"));
      }
    }
    return rows;
  }

  @Override
  public void execute(String statement) throws ClickHouseException {
    ask(statement);
    Matcher add = ADD_COLUMN.matcher(statement);
    FakeTable table = add.matches() ? tables.get(add.group(1)) : null;
    if (table == null) {
      throw new IllegalArgumentException("no effect of " + statement);
    }
    table.addColumn(add.group(2), add.group(3));
  }

  @Override
  public String url() {
    return "http://fake:8123";
  }

  @Override
  public void close() {
    closed = true;
  }
}
