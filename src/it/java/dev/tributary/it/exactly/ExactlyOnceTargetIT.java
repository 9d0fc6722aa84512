package dev.tributary.it.exactly;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.ClickHouseSinkConnector;
import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.ClickHouseSql;
import dev.tributary.stack.Stack;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A table or setting that cannot keep the promise is rejected, with the statement that fixes it.
 */
@ExtendWith(StackExtension.class)
class ExactlyOnceTargetIT {

  private static final String COLUMNS =
      "(n UInt64, v UInt64, _topic LowCardinality(String), _partition Int32, _offset Int64)";
  private static final String WINDOW = " SETTINGS non_replicated_deduplication_window = 1000";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "MergeTree ORDER BY n | remembers its last 0 inserts",
        "MergeTree ORDER BY n SETTINGS non_replicated_deduplication_window = 999 | last 999"
            + " inserts",
        "Memory | has the engine Memory",
        "Null | has the engine Null",
        "Log | has the engine Log",
        "Buffer(default, exact_no, 1, 10, 100, 10, 100, 10, 100) | has the engine Buffer",
        "ReplacingMergeTree ORDER BY n SETTINGS non_replicated_deduplication_window = 1000 | merges"
            + " rows",
        "SummingMergeTree ORDER BY n SETTINGS non_replicated_deduplication_window = 1000 | merges"
            + " rows",
      })
  void a_table_is_refused_until_the_statement_was_run(String engine, String reason, Stack stack) {
    ClickHouseSql sql = stack.clickHouse().sql();
    String table = "exact_refused";
    sql.execute("CREATE TABLE " + table + COLUMNS + " ENGINE = " + engine);
    try {
      List<String> errors = deliveryErrors(stack, table);
      assertThat(errors).hasSizeBetween(1, 2).anyMatch(error -> error.contains(reason));
      for (String statement : statements(errors.get(0))) {
        sql.execute(statement);
      }
      assertThat(deliveryErrors(stack, table)).isEmpty();
    } finally {
      sql.execute("DROP TABLE IF EXISTS " + table);
      sql.execute("DROP TABLE IF EXISTS " + table + "_before");
    }
  }

  @Test
  void tables_of_views_are_checked_too(Stack stack) {
    ClickHouseSql sql = stack.clickHouse().sql();
    String table = "exact_refused_view";
    sql.execute("CREATE TABLE " + table + COLUMNS + " ENGINE = MergeTree ORDER BY n" + WINDOW);
    sql.execute("CREATE TABLE exact_daily (v UInt64) ENGINE = SummingMergeTree ORDER BY tuple()");
    sql.execute("CREATE TABLE exact_memory (v UInt64) ENGINE = Memory");
    sql.execute("CREATE MATERIALIZED VIEW exact_mv TO exact_daily AS SELECT v FROM " + table);
    sql.execute("CREATE MATERIALIZED VIEW exact_mv2 TO exact_memory AS SELECT v FROM exact_daily");
    try {
      List<String> errors = deliveryErrors(stack, table);
      assertThat(errors).hasSize(2);
      assertThat(errors).anyMatch(error -> error.contains("`exact_daily` remembers its last 0"));
      assertThat(errors).anyMatch(error -> error.contains("has the engine Memory"));
      for (String error : errors) {
        statements(error).forEach(sql::execute);
      }
      assertThat(deliveryErrors(stack, table)).isEmpty();
    } finally {
      sql.execute("DROP VIEW IF EXISTS exact_mv");
      sql.execute("DROP VIEW IF EXISTS exact_mv2");
      sql.execute("DROP TABLE " + table);
      sql.execute("DROP TABLE exact_daily");
      sql.execute("DROP TABLE exact_memory");
    }
  }

  @Test
  void settings_are_refused_that_cannot_keep_the_promise(Stack stack) {
    ClickHouseSql sql = stack.clickHouse().sql();
    String table = "exact_settings";
    sql.execute("CREATE TABLE " + table + COLUMNS + " ENGINE = MergeTree ORDER BY n" + WINDOW);
    try {
      Map<String, String> config = config(table);
      config.put("metadata.columns", "topic:_topic,offset:_offset");
      assertThat(errors(stack, config).get("metadata.columns"))
          .anyMatch(error -> error.contains("partition has no column yet"));

      config = config(table);
      String url = stack.clickHouse().url();
      config.put("clickhouse.url", url + "," + url);
      assertThat(errors(stack, config).get("delivery"))
          .anyMatch(error -> error.contains("is not replicated"));

      config = config(table);
      config.put("clickhouse.setting.use_strict_insert_block_limits", "1");
      assertThat(errors(stack, config))
          .containsKey("clickhouse.setting.use_strict_insert_block_limits");
    } finally {
      sql.execute("DROP TABLE " + table);
    }
  }

  @Test
  void replacing_rows_are_kept_apart_by_a_version_or_their_coordinates(Stack stack) {
    ClickHouseSql sql = stack.clickHouse().sql();
    String table = "exact_replacing";
    for (String engine :
        List.of(
            "ReplacingMergeTree(v) ORDER BY n",
            "ReplacingMergeTree ORDER BY (_topic, _partition, _offset)",
            "SummingMergeTree ORDER BY (n, _topic, _partition, _offset)")) {
      sql.execute("CREATE TABLE " + table + COLUMNS + " ENGINE = " + engine + WINDOW);
      try {
        assertThat(deliveryErrors(stack, table)).isEmpty();
      } finally {
        sql.execute("DROP TABLE " + table);
      }
    }
  }

  /** The statements after "Run:", which end in semicolons. */
  private static List<String> statements(String error) {
    List<String> statements = new ArrayList<>();
    for (String statement : error.substring(error.indexOf("Run: ") + 5).split(";", -1)) {
      if (!statement.isBlank()) {
        statements.add(statement.strip());
      }
    }
    return statements;
  }

  private static Map<String, String> config(String table) {
    Map<String, String> config = new LinkedHashMap<>();
    config.put("topics", "no_such_topic");
    config.put("clickhouse.url", "${env:CLICKHOUSE_URL}");
    config.put("clickhouse.username", "${env:CLICKHOUSE_USER}");
    config.put("clickhouse.password", "${env:CLICKHOUSE_PASSWORD}");
    config.put("table.name.format", table);
    config.put("delivery", "exactly_once");
    config.put("metadata.columns", "topic:_topic,partition:_partition,offset:_offset");
    return config;
  }

  private static Map<String, List<String>> errors(Stack stack, Map<String, String> config) {
    return stack.worker().rest().validate(ClickHouseSinkConnector.class.getName(), config);
  }

  private static List<String> deliveryErrors(Stack stack, String table) {
    return errors(stack, config(table)).getOrDefault("delivery", List.of());
  }
}
