package dev.tributary.it.sink;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.ClickHouseSinkConnector;
import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.ClickHouseServer;
import dev.tributary.stack.ConnectRest;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each mistake gives one error, on the setting that fixes it. */
@ExtendWith(StackExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ValidationIT {

  private static final String CONNECTOR = ClickHouseSinkConnector.class.getName();

  private final ConnectRest rest;
  private final Pipeline pipeline;

  ValidationIT(Stack stack) {
    rest = stack.worker().rest();
    pipeline =
        new Pipeline(stack, "validation", 1, "event_id String").deduplicating("event_id", "1h");
  }

  @AfterAll
  void close() {
    pipeline.close();
  }

  private Map<String, List<String>> errorsWith(String key, String value) {
    Map<String, String> config = new HashMap<>(pipeline.config());
    config.put(key, value);
    return rest.validate(CONNECTOR, config);
  }

  @Test
  void right_configuration_has_no_errors() {
    assertThat(rest.validate(CONNECTOR, pipeline.config())).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // what is set       | to what              | where the error is           | what it says
        "clickhouse.url      | http://127.0.0.1:1   | clickhouse.url               | could not be"
            + " reached at http://127.0.0.1:1",
        "clickhouse.url      | localhost:8123       | clickhouse.url               | must be"
            + " http://host:port",
        "clickhouse.database | nowhere              | clickhouse.database          | CREATE"
            + " DATABASE `nowhere`",
        "topic.to.table      | validation:nothing   | topic.to.table               | Table"
            + " `default`.`nothing`",
        "metadata.columns    | offset:event_id      | metadata.columns             | `event_id` of"
            + " `default`.`validation` is String, which cannot",
        "metadata.columns    | offset:_offset       | metadata.columns             |"
            + " `default`.`validation` has no column `_offset`",
        "value.mode          | raw                  | value.mode                   | no column"
            + " `value`",
        "table.name.format   | x_${topic}           | table.name.format            | Table"
            + " `default`.`x_validation`",
        "batch.max.rows      | 0                    | batch.max.rows               | Value must be"
            + " at least 1",
        "unknown.fields      | perhaps              | unknown.fields               | must be one"
            + " of",
        "transforms.dedup.window | 25x              | transforms.dedup.window      | 25x",
        "clickhouse.setting.async_insert | 1        | clickhouse.setting.async_insert | sink"
            + " decides `async_insert`",
      })
  void mistake_is_reported_on_its_key(String key, String value, String where, String what) {
    Map<String, List<String>> errors = errorsWith(key, value);

    assertThat(errors).containsOnlyKeys(where);
    assertThat(errors.get(where)).singleElement().asString().contains(what);
  }

  @Test
  void table_is_looked_for_under_the_name_that_the_transforms_give() {
    Map<String, String> config = new HashMap<>(pipeline.config());
    config.put("transforms", "route," + config.get("transforms"));
    config.put("transforms.route.type", "org.apache.kafka.connect.transforms.RegexRouter");
    config.put("transforms.route.regex", ".*");
    config.put("transforms.route.replacement", "renamed");
    Map<String, List<String>> errors = rest.validate(CONNECTOR, config);
    assertThat(errors).containsOnlyKeys("table.name.format");
    assertThat(errors.get("table.name.format"))
        .singleElement()
        .asString()
        .contains("`default`.`renamed`", "as `renamed` after the transforms");

    config.put("topic.to.table", "renamed:validation");
    assertThat(rest.validate(CONNECTOR, config)).isEmpty();
  }

  @Test
  void name_that_makes_no_state_topic_is_reported_on_the_setting_that_mends_it() {
    Map<String, String> config = new HashMap<>(pipeline.config());
    config.put("name", "заказы → sink");
    config.put("transforms.dedup.state.topic", "");
    assertThat(rest.validate(CONNECTOR, config)).containsOnlyKeys("transforms.dedup.state.topic");
    config.put("transforms.dedup.state.topic", "validation-state");
    assertThat(rest.validate(CONNECTOR, config)).isEmpty();
  }

  @Test
  void missing_topic_is_reported_on_topics() {
    Map<String, String> config = new HashMap<>(pipeline.config());
    config.put("topics", "validation,not_there");
    config.put("topic.to.table", "not_there:validation");

    Map<String, List<String>> errors = rest.validate(CONNECTOR, config);

    assertThat(errors).containsOnlyKeys("topics");
    assertThat(errors.get("topics"))
        .singleElement()
        .asString()
        .contains("Kafka has no topic not_there");
  }

  @Test
  void configuration_without_topics_is_reported_by_connect() {
    Map<String, String> config = new HashMap<>(pipeline.config());
    config.remove("topics");

    assertThat(rest.validate(CONNECTOR, config)).containsOnlyKeys("topics", "topics.regex");
  }

  @Test
  void wrong_password_is_reported_on_the_password_and_not_shown() {
    Map<String, String> config = new HashMap<>(pipeline.config());
    config.put("clickhouse.username", ClickHouseServer.SECURED_USER);
    config.put("clickhouse.password", "open barley");

    Map<String, List<String>> errors = rest.validate(CONNECTOR, config);

    assertThat(errors).containsOnlyKeys("clickhouse.password");
    assertThat(errors.get("clickhouse.password"))
        .singleElement()
        .asString()
        .contains("rejected user `" + ClickHouseServer.SECURED_USER + "`")
        .doesNotContain("barley");
    config.put("clickhouse.password", ClickHouseServer.SECURED_PASSWORD);
    assertThat(rest.validate(CONNECTOR, config)).isEmpty();
  }

  @Test
  void column_of_a_type_that_is_not_written_is_named(Stack stack) {
    stack
        .clickHouse()
        .sql()
        .execute(
            "CREATE TABLE validation_types (event_id String, state AggregateFunction(sum, UInt8))"
                + " ENGINE = MergeTree ORDER BY event_id");

    Map<String, List<String>> errors = errorsWith("topic.to.table", "validation:validation_types");

    assertThat(errors).containsOnlyKeys("topic.to.table");
    assertThat(errors.get("topic.to.table"))
        .singleElement()
        .asString()
        .contains("Column `state`")
        .contains("AggregateFunction");
  }
}
