package dev.tributary.connect.sink.config;

import dev.tributary.connect.kafka.KafkaSettings;
import dev.tributary.connect.sink.clickhouse.ClickHouse;
import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.clickhouse.HttpClickHouse;
import dev.tributary.connect.sink.exactly.CoordinateColumns;
import dev.tributary.connect.sink.exactly.ExactTargets;
import dev.tributary.connect.sink.table.SinkKeys;
import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import dev.tributary.connect.util.Causes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.common.utils.Time;

/**
 * Checks a configuration against the servers that it names, and reports each error on the setting
 * that fixes it. Used by the validation of a connector, before it exists.
 */
public final class ConnectionCheck {

  private static final long KAFKA_TIMEOUT_MS = 10_000;

  private final SinkConfig config;
  private final List<String> topics;
  private final Function<String, Optional<Set<String>>> namesOf;
  private final boolean namesDependOnTime;

  /**
   * @param properties the connector's settings, including those of the framework
   * @param namesOf the names under which records of a topic may reach the sink; empty if unknown
   * @param namesDependOnTime whether these are only examples of names that depend on a record's
   *     time
   */
  public ConnectionCheck(
      SinkConfig config,
      Map<String, String> properties,
      Function<String, Optional<Set<String>>> namesOf,
      boolean namesDependOnTime) {
    this.config = config;
    this.namesOf = namesOf;
    this.namesDependOnTime = namesDependOnTime;
    this.topics =
        Arrays.stream(properties.getOrDefault("topics", "").split(",", -1))
            .map(String::strip)
            .filter(topic -> !topic.isEmpty())
            .toList();
  }

  /** Adds the errors to the values of the settings. */
  public void run(List<ConfigValue> values) {
    Errors errors = new Errors(values);
    try (ClickHouse clickHouse = new HttpClickHouse(config.clickHouseOptions())) {
      if (checkServer(clickHouse, errors) && checkPath(clickHouse, errors)) {
        checkTables(clickHouse, errors);
      }
    }
    checkTopics(errors);
  }

  private boolean checkServer(ClickHouse clickHouse, Errors errors) {
    try {
      boolean found =
          clickHouse.select(
              "SELECT count() FROM system.databases WHERE name = ?",
              List.of(config.database()),
              rows -> rows.next() && rows.number(1) > 0);
      if (!found) {
        errors.add(
            SinkKeys.DATABASE,
            "Database "
                + TableId.quote(config.database())
                + " does not exist in ClickHouse at "
                + clickHouse.url()
                + ", or the user may not see it. Create it with CREATE DATABASE "
                + TableId.quote(config.database())
                + ", or name another.");
      }
      return found;
    } catch (ClickHouseException e) {
      switch (e.kind()) {
        case DENIED ->
            errors.add(
                SinkKeys.PASSWORD,
                "ClickHouse at "
                    + clickHouse.url()
                    + " rejected user `"
                    + config.username()
                    + "`: the password is wrong or the user does not exist. Check "
                    + SinkKeys.USERNAME
                    + " and "
                    + SinkKeys.PASSWORD
                    + ".");
        case UNREACHABLE ->
            errors.add(
                SinkKeys.URL,
                "ClickHouse could not be reached at "
                    + String.join(", ", config.urls())
                    + " ("
                    + Causes.message(e)
                    + "). The worker itself must reach it, on the port of the HTTP interface.");
        default ->
            errors.add(
                SinkKeys.URL,
                "ClickHouse at "
                    + clickHouse.url()
                    + " answered with an error: "
                    + Causes.message(e));
      }
      return false;
    }
  }

  /** Whether inserts and their answers pass unchanged. */
  private boolean checkPath(ClickHouse clickHouse, Errors errors) {
    try {
      clickHouse.probe(config.exactlyOnce());
      return true;
    } catch (ClickHouseException e) {
      errors.add(SinkKeys.URL, Causes.message(e));
      return false;
    }
  }

  private void checkTables(ClickHouse clickHouse, Errors errors) {
    for (String topic : topics) {
      Map<TableId, String> tables = new LinkedHashMap<>();
      for (String name : namesOf.apply(topic).orElse(Set.of())) {
        tables.putIfAbsent(config.tableNames().tableFor(name), name);
      }
      if (tables.size() == 1) {
        tables.forEach((id, name) -> checkTable(clickHouse, topic, name, id, errors));
      } else if (!namesDependOnTime && !config.tableOptions().creates()) {
        checkOneExists(clickHouse, topic, tables, errors);
      }
    }
  }

  private String keyOf(String name) {
    return config.tableNames().isMapped(name)
        ? SinkKeys.TOPIC_TO_TABLE
        : SinkKeys.TABLE_NAME_FORMAT;
  }

  /** Which of several tables records go to is up to the records: it may be any one of them. */
  private void checkOneExists(
      ClickHouse clickHouse, String topic, Map<TableId, String> tables, Errors errors) {
    String key = SinkKeys.TABLE_NAME_FORMAT;
    try {
      for (Map.Entry<TableId, String> table : tables.entrySet()) {
        key = keyOf(table.getValue());
        if (clickHouse.table(table.getKey()).isPresent()) {
          return;
        }
      }
    } catch (ClickHouseException e) {
      errors.add(key, "A table of topic `" + topic + "` could not be read: " + Causes.message(e));
      return;
    }
    if (!tables.isEmpty()) {
      errors.add(
          key,
          "None of the tables "
              + tables.keySet().stream().map(TableId::sql).collect(Collectors.joining(", "))
              + ", where topic `"
              + topic
              + "` goes after the transforms, exists in ClickHouse at "
              + clickHouse.url()
              + ", or the user may not see them. Create them, or name other tables here.");
    }
  }

  private void checkTable(
      ClickHouse clickHouse, String topic, String name, TableId id, Errors errors) {
    String key = keyOf(name);
    try {
      Optional<Table> table = clickHouse.table(id);
      if (table.isEmpty() && config.tableOptions().creates()) {
        return; // it is created from its first records
      }
      if (table.isEmpty()) {
        errors.add(
            key,
            "Table "
                + id.sql()
                + ", where topic `"
                + topic
                + (name.equals(topic) ? "`" : "`, as `" + name + "` after the transforms,")
                + " goes, does not exist in ClickHouse at "
                + clickHouse.url()
                + ", or the user may not see it. Create it, or name another table here.");
      } else {
        config
            .rowMapping()
            .problems(table.get())
            .forEach(
                (setting, problem) ->
                    errors.add(setting.equals(SinkKeys.TOPIC_TO_TABLE) ? key : setting, problem));
        if (config.exactlyOnce()) {
          new ExactTargets(
                  CoordinateColumns.of(config.metadataColumns()),
                  config.urls().size(),
                  clickHouse,
                  Time.SYSTEM)
              .problems(id)
              .forEach(problem -> errors.add(SinkKeys.DELIVERY, problem));
        }
      }
    } catch (ClickHouseException e) {
      errors.add(key, "Table " + id.sql() + " could not be read: " + Causes.message(e));
    }
  }

  /** Checks that the topics exist, if the Kafka cluster is known. */
  private void checkTopics(Errors errors) {
    if (topics.isEmpty()) {
      return;
    }
    Optional<KafkaSettings> kafka =
        KafkaSettings.find("", Map.of(), config.stateDefaults(), System.getenv());
    if (kafka.isEmpty()) {
      return;
    }
    Map<String, Object> client = new HashMap<>(kafka.get().clientProperties());
    client.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.get().bootstrapServers());
    try (Admin admin = Admin.create(client)) {
      Set<String> known = admin.listTopics().names().get(KAFKA_TIMEOUT_MS, TimeUnit.MILLISECONDS);
      List<String> missing = new ArrayList<>(topics);
      missing.removeAll(known);
      if (!missing.isEmpty()) {
        errors.add(
            "topics",
            "Kafka has no topic "
                + String.join(", ", missing)
                + ", or the worker may not see it. Create it before the connector, since a"
                + " connector waits forever for a misspelt one.");
      }
    } catch (ExecutionException | TimeoutException | KafkaException e) {
      errors.add(
          KafkaSettings.BOOTSTRAP_SERVERS,
          "Topics could not be listed in Kafka at "
              + kafka.get().bootstrapServers()
              + ": "
              + Causes.message(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Adds validation errors to their settings. */
  private final class Errors {
    private final List<ConfigValue> values;

    Errors(List<ConfigValue> values) {
      this.values = values;
    }

    void add(String key, String message) {
      ConfigValue value =
          values.stream()
              .filter(one -> one.name().equals(key))
              .findFirst()
              .orElseGet(
                  () -> {
                    // The only framework setting with errors is `topics`, a list.
                    ConfigValue added = new ConfigValue(key, topics, List.of(), new ArrayList<>());
                    values.add(added);
                    return added;
                  });
      value.addErrorMessage(message);
    }
  }
}
