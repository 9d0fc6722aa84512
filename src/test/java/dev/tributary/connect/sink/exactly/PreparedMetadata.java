package dev.tributary.connect.sink.exactly;

import dev.tributary.connect.sink.exactly.ReadBack.Question;
import dev.tributary.connect.sink.exactly.ReadBack.Server;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * The system tables of a server with engines that the one in the tests does not have: Replicated
 * tables need a Keeper, Shared ones ClickHouse Cloud.
 */
final class PreparedMetadata implements Server {

  private final Map<String, List<String>> tables = new HashMap<>();
  private final Map<String, List<List<String>>> views = new HashMap<>();
  private final Map<String, String> settings = new HashMap<>();

  /**
   * @param full the engine with its arguments and settings, as {@code engine_full} has it
   */
  PreparedMetadata table(String name, String full, String sortingKey) {
    tables.put(name, List.of(full.split("[( ]", 2)[0], full, sortingKey));
    return this;
  }

  PreparedMetadata view(String name, String from, String to) {
    views
        .computeIfAbsent(from, key -> new ArrayList<>())
        .add(
            List.of(
                "default",
                name,
                "MaterializedView",
                "CREATE MATERIALIZED VIEW default."
                    + name
                    + " TO default."
                    + to
                    + " (`n` UInt64) AS SELECT n FROM default."
                    + from,
                "00000000-0000-0000-0000-000000000000"));
    return this;
  }

  /**
   * @param where the system table that has the default
   */
  PreparedMetadata setting(String where, String name, String value) {
    settings.put(where + "/" + name, value);
    return this;
  }

  @Override
  public <T> T query(Question<T> question) throws SQLException {
    return question.ask(
        proxy(
            Connection.class,
            (proxy, method, arguments) ->
                method.getName().equals("prepareStatement")
                    ? statement((String) arguments[0])
                    : unexpected(method.getName())));
  }

  private PreparedStatement statement(String sql) {
    Map<Integer, String> parameters = new HashMap<>();
    return proxy(
        PreparedStatement.class,
        (proxy, method, arguments) ->
            switch (method.getName()) {
              case "setString" -> {
                parameters.put((Integer) arguments[0], (String) arguments[1]);
                yield null;
              }
              case "executeQuery" -> rows(answer(sql, parameters).iterator());
              case "close" -> null;
              default -> unexpected(method.getName());
            });
  }

  private List<List<String>> answer(String sql, Map<Integer, String> parameters) {
    if (sql.startsWith("SELECT engine, engine_full, sorting_key FROM system.tables ")) {
      List<String> row = tables.get(parameters.get(2));
      return row == null ? List.of() : List.of(row);
    } else if (sql.contains("dependencies_table")) {
      return views.getOrDefault(parameters.get(2), List.of());
    }
    String where = sql.replaceAll(".* FROM (\\S+) .*", "$1");
    String value = settings.get(where + "/" + parameters.get(1));
    return value == null ? List.of() : List.of(List.of(value));
  }

  private static ResultSet rows(Iterator<List<String>> rows) {
    List<String> row = new ArrayList<>();
    return proxy(
        ResultSet.class,
        (proxy, method, arguments) ->
            switch (method.getName()) {
              case "next" -> {
                row.clear();
                boolean more = rows.hasNext();
                row.addAll(more ? rows.next() : List.of());
                yield more;
              }
              case "getString" -> row.get((Integer) arguments[0] - 1);
              case "close" -> null;
              default -> unexpected(method.getName());
            });
  }

  private static Object unexpected(String method) {
    throw new UnsupportedOperationException(method);
  }

  private static <T> T proxy(Class<T> type, InvocationHandler handler) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }
}
