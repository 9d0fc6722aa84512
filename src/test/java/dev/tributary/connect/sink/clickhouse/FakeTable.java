package dev.tributary.connect.sink.clickhouse;

import dev.tributary.connect.sink.table.Column;
import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A MergeTree table in memory as ClickHouse 26.7 keeps it: an insert is written partition by
 * partition; each takes one entry of the deduplication log, and is dropped if its entry is there
 * already, whatever is in it.
 */
public final class FakeTable {

  private static final int TYPE_MISMATCH = 53;
  private static final int NO_SUCH_COLUMN = 16;
  private static final int TOO_MANY_PARTS = 252;
  private static final int NULL_IN_ORDINARY_COLUMN = 349;
  private static final int VIOLATED_CONSTRAINT = 469;

  private Table table;
  private final Map<String, Object> defaults = new HashMap<>();
  private final TokenLog log = new TokenLog();
  private long blocks;
  private final List<Map<String, @Nullable Object>> rows = new ArrayList<>();
  private Function<Map<String, @Nullable Object>, Object> partition = row -> "";
  private int maxPartitions = 100;
  private Refusal refusal = Refusal.NONE;
  private String engine = "MergeTree";
  private String sortingKey = "";

  /** A table without a deduplication window and without partitions. */
  public FakeTable(Table table) {
    this.table = table;
  }

  /**
   * A table of the database {@code default}.
   *
   * @param columns as {@code name type}, {@code name type DEFAULT} or, if a key needs it, {@code
   *     name type KEY}
   */
  public FakeTable(String name, String... columns) {
    this(new Table(new TableId("default", name), columns(columns), ZoneOffset.UTC));
  }

  private static List<Column> columns(String... texts) {
    return Arrays.stream(texts).map(FakeTable::column).toList();
  }

  private static Column column(String text) {
    String[] parts = text.split(" ", 2);
    String type = parts[1].replaceFirst(" (DEFAULT|KEY)$", "");
    return new Column(parts[0], type, parts[1].endsWith(" DEFAULT"), parts[1].endsWith(" KEY"));
  }

  /** Makes the table remember the tokens of its last {@code entries} inserts. */
  public FakeTable window(int entries) {
    log.setWindow(entries);
    return this;
  }

  public FakeTable partitionBy(Function<Map<String, @Nullable Object>, Object> key) {
    partition = key;
    return this;
  }

  /** {@code max_partitions_per_insert_block}, which is 100 by default. */
  public FakeTable maxPartitions(int most) {
    maxPartitions = most;
    return this;
  }

  /** What a column's DEFAULT is; without this it is what its type has. */
  public FakeTable defaultValue(String column, Object value) {
    defaults.put(column, value);
    return this;
  }

  /** Makes the table refuse a block with such a row, before it writes any. */
  public FakeTable refuses(int code, String text, Predicate<Map<String, @Nullable Object>> which) {
    refusal = new Refusal(code, text, which);
    return this;
  }

  /** The same with a CONSTRAINT, which rows must keep. */
  public FakeTable constraint(String name, Predicate<Map<String, @Nullable Object>> kept) {
    String text = "Constraint `" + name + "` for table " + id() + " is violated at row 1";
    return refuses(VIOLATED_CONSTRAINT, text, kept.negate());
  }

  public FakeTable refusesNothing() {
    refusal = Refusal.NONE;
    return this;
  }

  /**
   * The engine as {@code system.tables} shows it.
   *
   * @param name with its arguments, if any; with {@code Null} the table keeps no rows
   */
  public FakeTable engine(String name, String key) {
    engine = name;
    sortingKey = key;
    return this;
  }

  /** ALTER, of any kind: rows get what they lack, and keep what they have. */
  public FakeTable alter(Table changed) {
    table = changed;
    rows.replaceAll(this::complete);
    return this;
  }

  /** The same with columns as the constructor takes them. */
  public FakeTable alter(String... columns) {
    return alter(new Table(id(), columns(columns), table.serverZone()));
  }

  public TableId id() {
    return table.id();
  }

  Table table() {
    return table;
  }

  public List<Map<String, @Nullable Object>> rows() {
    return rows;
  }

  /** How many rows there are of each offset of a source partition, by the usual columns. */
  public Map<Long, Integer> offsets(String topic, int number) {
    Map<Long, Integer> counts = new TreeMap<>();
    numbers("_offset", Map.of("_topic", topic, "_partition", (long) number))
        .forEach(offset -> counts.merge(offset, 1, Integer::sum));
    return counts;
  }

  /** What the rows with these values have in a column, as often as it is there. */
  List<Long> numbers(String column, Map<String, ?> with) {
    List<Long> numbers = new ArrayList<>();
    for (Map<String, @Nullable Object> row : rows) {
      if (row.entrySet().containsAll(with.entrySet()) && row.get(column) instanceof Long number) {
        numbers.add(number);
      }
    }
    return numbers;
  }

  /** As many inserts of others that it has forgotten the tokens of all earlier ones. */
  public void forget() {
    int window = log.window();
    log.setWindow(0);
    log.setWindow(window);
    blocks += window;
  }

  /** Deletes rows, as a mutation does. */
  public void delete(Predicate<Map<String, @Nullable Object>> which) {
    rows.removeIf(which);
  }

  /** How many parts were written. */
  long blocks() {
    return blocks;
  }

  /** The tokens that it knows for some partition, oldest first. */
  public List<String> tokens() {
    return log.tokens();
  }

  String engineName() {
    return engine.replaceFirst("\\(.*", "");
  }

  String sortingKey() {
    return sortingKey;
  }

  String engineFull() {
    String setting = engine.matches("(Replicated|Shared).*") ? "" : "non_";
    return engine
        + " ORDER BY "
        + (sortingKey.isEmpty() ? "tuple()" : sortingKey)
        + " SETTINGS "
        + (log.window() == 0
            ? ""
            : setting + "replicated_deduplication_window = " + log.window() + ", ")
        + "index_granularity = 8192";
  }

  /** The rows of a block as the table would have them. */
  List<Map<String, @Nullable Object>> fit(DecodedBlock block, boolean nullAsDefault)
      throws ServerError {
    for (DecodedBlock.Field field : block.fields()) {
      if (!table.has(field.name())) {
        throw new ServerError(
            NO_SUCH_COLUMN, "No such column " + field.name() + " in table " + id());
      }
    }
    for (DecodedBlock.Field field : block.fields()) {
      String type = table.column(field.name()).map(Column::type).orElse("");
      if (!fits(field.type(), type)) {
        throw new ServerError(
            TYPE_MISMATCH, field.name() + " is " + type + " in the table, not " + field.type());
      }
    }
    List<Map<String, @Nullable Object>> fitting = new ArrayList<>();
    for (Map<String, @Nullable Object> row : block.rows()) {
      if (!nullAsDefault) {
        refuseNulls(row);
      }
      fitting.add(complete(row));
    }
    return fitting;
  }

  private void refuseNulls(Map<String, @Nullable Object> row) throws ServerError {
    for (Column column : table.columns()) {
      if (row.containsKey(column.name())
          && row.get(column.name()) == null
          && !column.isNullable()) {
        throw new ServerError(
            NULL_IN_ORDINARY_COLUMN,
            "Cannot convert NULL value to non-Nullable type: while converting " + column.name());
      }
    }
  }

  /**
   * Without conversions, a column takes its own type, with and without LowCardinality, and NULLs
   * that stand for its DEFAULT.
   */
  private static boolean fits(String travels, String type) {
    String bare = withoutLowCardinality(type);
    String travelsBare = withoutLowCardinality(travels);
    return travelsBare.equals(bare) || travelsBare.equals("Nullable(" + bare + ")");
  }

  private static String withoutLowCardinality(String type) {
    return type.replaceFirst("^LowCardinality\\((.*)\\)$", "$1");
  }

  /** A row with all columns of the table, and no others. */
  Map<String, @Nullable Object> complete(Map<String, @Nullable Object> row) {
    Map<String, @Nullable Object> complete = new LinkedHashMap<>();
    for (Column column : table.columns()) {
      Object value = row.get(column.name());
      boolean isNull = value == null && row.containsKey(column.name()) && column.isNullable();
      complete.put(column.name(), value == null && !isNull ? defaultOf(column) : value);
    }
    return complete;
  }

  private @Nullable Object defaultOf(Column column) {
    Object value = defaults.get(column.name());
    return value != null || column.isNullable() ? value : zero(column.type());
  }

  private static Object zero(String type) {
    return switch (type.replaceAll("LowCardinality\\(|\\(.*|\\)", "")) {
      case "String" -> "";
      case "Bool" -> false;
      case "Float32", "Float64" -> 0.0;
      default -> 0L;
    };
  }

  /** Whether the table takes the rows at all. */
  void check(List<Map<String, @Nullable Object>> added) throws ServerError {
    refusal.check(added);
    if (added.stream().map(partition).distinct().count() > maxPartitions) {
      throw new ServerError(
          TOO_MANY_PARTS,
          "Too many partitions for single INSERT block (more than "
              + maxPartitions
              + "). The limit is controlled by 'max_partitions_per_insert_block' setting");
    }
  }

  /** Writes checked rows, as far as it comes. */
  void write(String token, List<Map<String, @Nullable Object>> added, Reach reach) {
    Map<Object, List<Map<String, @Nullable Object>>> parts = new LinkedHashMap<>();
    added.forEach(
        row -> parts.computeIfAbsent(partition.apply(row), key -> new ArrayList<>()).add(row));
    int part = 0;
    for (Map.Entry<Object, List<Map<String, @Nullable Object>>> one : parts.entrySet()) {
      boolean isNew = reach.logs(part) && log.add(token, one.getKey());
      blocks += isNew ? 1 : 0;
      if (isNew && reach.writes(part) && !engine.equals("Null")) {
        rows.addAll(one.getValue());
      }
      part++;
    }
  }
}
