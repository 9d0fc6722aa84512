package dev.tributary.connect.sink.clickhouse;

import dev.tributary.connect.sink.table.Column;
import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A MergeTree table in memory as ClickHouse 26.7 keeps it: an insert is written partition by
 * partition, each of which takes one entry of the deduplication log; the rows that an insert brings
 * to a partition whose entry is there already are dropped; the log forgets.
 */
public final class FakeTable {

  /** Why a row is refused, with the answer. */
  public record Refusal(Predicate<Map<String, @Nullable Object>> row, int code, String text) {}

  /** A materialized view: rows go on to its target, or it refuses them. */
  static final class View {
    final String name;
    final FakeTable target;
    @Nullable Refusal refusal;

    View(String name, FakeTable target) {
      this.name = name;
      this.target = target;
    }
  }

  final String name;
  private List<Column> columns;
  String engine = "MergeTree";
  int window;
  private Function<Map<String, @Nullable Object>, String> partition = row -> "";
  private int maxPartitions = Integer.MAX_VALUE;
  final List<View> views = new ArrayList<>();
  private final List<Map<String, @Nullable Object>> rows = new ArrayList<>();
  private final Deque<String> log = new ArrayDeque<>();

  /** Checked before anything is written; null: every row is good. */
  private @Nullable Refusal constraint;

  /**
   * @param columns as {@code name type} or {@code name type DEFAULT}
   */
  public FakeTable(String name, String... columns) {
    this.name = name;
    this.columns = parse(columns);
  }

  private static List<Column> parse(String... columns) {
    return Arrays.stream(columns)
        .map(column -> column.split(" ", 3))
        .map(parts -> new Column(parts[0], parts[1], parts.length > 2))
        .toList();
  }

  /** Remembers the tokens of the last inserts, one entry for each partition that they touch. */
  public FakeTable window(int entries) {
    window = entries;
    return this;
  }

  public FakeTable partitionBy(
      Function<Map<String, @Nullable Object>, String> key, int mostInOneInsert) {
    partition = key;
    maxPartitions = mostInOneInsert;
    return this;
  }

  public FakeTable refuses(@Nullable Refusal refusal) {
    constraint = refusal;
    return this;
  }

  public FakeTable view(String view, FakeTable target) {
    views.add(new View(view, target));
    return this;
  }

  /** Has a view refuse rows, or take all of them again. */
  public void viewRefuses(String view, @Nullable Refusal refusal) {
    views.stream().filter(one -> one.name.equals(view)).forEach(one -> one.refusal = refusal);
  }

  /** What ALTER does. */
  public void columns(String... now) {
    columns = parse(now);
  }

  void addColumn(String column, String type) {
    List<Column> more = new ArrayList<>(columns);
    more.add(new Column(column, type, false));
    columns = more;
  }

  Table table() {
    return new Table(id(), columns, ZoneOffset.UTC);
  }

  TableId id() {
    return new TableId("default", name);
  }

  public List<Map<String, @Nullable Object>> rows() {
    return rows;
  }

  /** How many rows there are of each offset of a source partition. */
  public Map<Long, Integer> offsets(String topic, int number) {
    Map<Long, Integer> counts = new TreeMap<>();
    for (Map<String, @Nullable Object> row : rows) {
      if (topic.equals(row.get("_topic"))
          && Long.valueOf(number).equals(row.get("_partition"))
          && row.get("_offset") instanceof Long offset) {
        counts.merge(offset, 1, Integer::sum);
      }
    }
    return counts;
  }

  /** What comes from another writer. */
  public void write(Map<String, @Nullable Object> row) {
    rows.add(new HashMap<>(row));
  }

  /** Why the table does not take a block at all; empty if it does. */
  Optional<ClickHouseException> problem(
      List<NativeDecoder.Decoded> block, List<Map<String, @Nullable Object>> added) {
    for (NativeDecoder.Decoded column : block) {
      Optional<Column> own =
          columns.stream().filter(one -> one.name().equals(column.name())).findFirst();
      if (own.isEmpty()) {
        return Optional.of(FakeClickHouse.answer(16, "No such column " + column.name()));
      }
      String type = own.get().type();
      boolean fits =
          column.type().equals(type)
              || (own.get().hasDefault() && column.type().equals("Nullable(" + type + ")"));
      if (!fits) {
        return Optional.of(
            FakeClickHouse.answer(53, column.name() + " is " + type + ", not " + column.type()));
      }
    }
    long partitions = added.stream().map(partition).distinct().count();
    if (partitions > maxPartitions) {
      return Optional.of(
          FakeClickHouse.answer(252, "Too many partitions for single INSERT block (more than …)"));
    }
    return refused(constraint, added);
  }

  private static Optional<ClickHouseException> refused(
      @Nullable Refusal refusal, List<Map<String, @Nullable Object>> added) {
    return refusal != null && added.stream().anyMatch(refusal.row)
        ? Optional.of(FakeClickHouse.answer(refusal.code, refusal.text))
        : Optional.empty();
  }

  /**
   * Writes rows, then hands them on to the views.
   *
   * @param steps how far it comes: logging an entry and writing its rows are one step each
   * @return why a view has refused what the table has by then
   */
  Optional<ClickHouseException> insert(
      String token, List<Map<String, @Nullable Object>> added, int steps) {
    Map<String, List<Map<String, @Nullable Object>>> parts = new TreeMap<>();
    added.forEach(
        row -> parts.computeIfAbsent(partition.apply(row), key -> new ArrayList<>()).add(row));
    int left = steps;
    for (Map.Entry<String, List<Map<String, @Nullable Object>>> part : parts.entrySet()) {
      if (left-- <= 0) {
        return Optional.empty();
      }
      boolean isNew = log(token + "/" + part.getKey());
      if (left-- <= 0) {
        return Optional.empty();
      }
      if (isNew) {
        rows.addAll(part.getValue());
      }
    }
    for (View view : views) {
      Optional<ClickHouseException> refused = refused(view.refusal, added);
      if (refused.isPresent()) {
        return Optional.of(
            FakeClickHouse.answer(
                refused.get().code(),
                refused.get().getMessage() + ": while pushing to view default." + view.name));
      }
      Optional<ClickHouseException> further = view.target.insert(token, added, left);
      if (further.isPresent()) {
        return further;
      }
    }
    return Optional.empty();
  }

  /** Returns whether the entry is new. Without a window every one is. */
  private boolean log(String entry) {
    if (window == 0) {
      return true;
    }
    if (log.contains(entry)) {
      return false;
    }
    log.add(entry);
    if (log.size() > window) {
      log.remove();
    }
    return true;
  }
}
