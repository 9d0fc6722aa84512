package dev.tributary.connect.sink.clickhouse;

import dev.tributary.connect.sink.table.TableId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The tables and views of a server in memory, and the way of an insert through them. */
final class FakeDatabase {

  private static final int UNKNOWN_TABLE = 60;

  private final Map<TableId, FakeTable> tables = new LinkedHashMap<>();
  private final List<FakeView> views = new ArrayList<>();
  private boolean nullAsDefault = true;

  void put(FakeTable table) {
    tables.put(table.id(), table);
  }

  void drop(TableId id) {
    tables.remove(id);
  }

  void add(FakeView view) {
    views.add(view);
  }

  void drop(FakeView view) {
    views.remove(view);
  }

  void setNullAsDefault(boolean on) {
    nullAsDefault = on;
  }

  Optional<FakeTable> find(TableId id) {
    return Optional.ofNullable(tables.get(id));
  }

  FakeTable existing(TableId id) throws ServerError {
    FakeTable table = tables.get(id);
    if (table == null) {
      throw new ServerError(UNKNOWN_TABLE, "Table " + id + " does not exist");
    }
    return table;
  }

  List<FakeView> viewsOn(TableId from) {
    return views.stream().filter(view -> view.from().equals(from)).toList();
  }

  void insert(TableId id, String token, DecodedBlock block, Reach reach) throws ServerError {
    FakeTable table = existing(id);
    insert(table, token, table.fit(block, nullAsDefault), reach);
  }

  /**
   * @param rows complete ones
   * @throws ServerError also when a view refuses; the table itself has its rows by then
   */
  void insert(FakeTable table, String token, List<Map<String, @Nullable Object>> rows, Reach reach)
      throws ServerError {
    checkTargets(table.id());
    push(table, token, rows, reach);
  }

  /** A missing target, however far down the chain, is noticed before anything is written. */
  private void checkTargets(TableId from) throws ServerError {
    for (FakeView view : viewsOn(from)) {
      if (!tables.containsKey(view.to())) {
        throw new ServerError(
            UNKNOWN_TABLE,
            "Target table '" + view.to() + "' of view '" + from + "' doesn't exists");
      }
      checkTargets(view.to());
    }
  }

  private void push(
      FakeTable table, String token, List<Map<String, @Nullable Object>> rows, Reach reach)
      throws ServerError {
    table.check(rows);
    table.write(token, rows, reach);
    int number = 0;
    for (FakeView view : viewsOn(table.id())) {
      if (reach.pushes(number++)) {
        push(view, token, rows);
      }
    }
  }

  private void push(FakeView view, String token, List<Map<String, @Nullable Object>> rows)
      throws ServerError {
    try {
      FakeTable target = existing(view.to());
      List<Map<String, @Nullable Object>> selected =
          view.rows(rows).stream().map(target::complete).toList();
      if (!selected.isEmpty()) {
        push(target, view.token(token), selected, Reach.ALL);
      }
    } catch (ServerError e) {
      throw e.through(view);
    }
  }
}
