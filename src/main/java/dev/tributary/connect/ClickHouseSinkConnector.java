package dev.tributary.connect;

import dev.tributary.connect.chain.ScopedTransforms;
import dev.tributary.connect.chain.TopicRoutes;
import dev.tributary.connect.chain.TransformChain;
import dev.tributary.connect.sink.config.ConnectionCheck;
import dev.tributary.connect.sink.config.SinkConfig;
import dev.tributary.connect.util.Version;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkConnector;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes Kafka topics to ClickHouse tables in batches. */
public final class ClickHouseSinkConnector extends SinkConnector {

  private static final Logger log = LoggerFactory.getLogger(ClickHouseSinkConnector.class);

  private Map<String, String> properties = Map.of();

  @Override
  public String version() {
    return Version.get();
  }

  @Override
  public ConfigDef config() {
    return SinkConfig.CONFIG_DEF;
  }

  @Override
  public Class<? extends Task> taskClass() {
    return ClickHouseSinkTask.class;
  }

  /**
   * Checks each setting by itself and, if all are valid, against the real servers: that ClickHouse
   * can be reached with this user, and that the tables and the topics exist.
   */
  @Override
  public Config validate(Map<String, String> connectorConfigs) {
    List<ConfigValue> values = new ArrayList<>(super.validate(connectorConfigs).configValues());
    SinkConfig.settingErrors(connectorConfigs)
        .forEach((key, error) -> addError(values, key, connectorConfigs.get(key), error));
    // Without the value: Connect takes the value of a class setting for the class itself.
    TransformChain.of(connectorConfigs)
        .errors()
        .forEach((key, error) -> values.add(withError(key, null, error)));
    TransformChain.of(connectorConfigs)
        .stateTopicErrors(connectorConfigs.getOrDefault("name", ""))
        .forEach((key, error) -> addError(values, key, connectorConfigs.get(key), error));
    if (values.stream().allMatch(value -> value.errorMessages().isEmpty())) {
      TopicRoutes routes = new TopicRoutes(connectorConfigs);
      new ConnectionCheck(
              new SinkConfig(connectorConfigs),
              connectorConfigs,
              routes::namesOf,
              routes.dependOnTime())
          .run(values);
    }
    return new Config(values);
  }

  /** A defined setting already has its parsed value in the list. */
  private static void addError(
      List<ConfigValue> values, String key, @Nullable String text, String error) {
    values.stream()
        .filter(value -> value.name().equals(key))
        .findFirst()
        .ifPresentOrElse(
            value -> value.addErrorMessage(error), () -> values.add(withError(key, text, error)));
  }

  private static ConfigValue withError(String key, @Nullable String value, String error) {
    return new ConfigValue(key, value, List.of(), new ArrayList<>(List.of(error)));
  }

  @Override
  public void start(Map<String, String> connectorConfigs) {
    try {
      new SinkConfig(connectorConfigs);
    } catch (ConfigException e) {
      throw new ConnectException("The connector cannot start: " + e.getMessage(), e);
    }
    properties = Map.copyOf(connectorConfigs);
  }

  @Override
  public List<Map<String, String>> taskConfigs(int maxTasks) {
    int tasks = ScopedTransforms.needOneTask(properties) ? 1 : maxTasks;
    if (tasks < maxTasks) {
      log.info(
          "Connector {} runs as one task and not as {}: a transform looks for duplicates in all"
              + " partitions of a topic (scope=topic)",
          properties.get("name"),
          maxTasks);
    }
    List<Map<String, String>> configs = new ArrayList<>(tasks);
    for (int task = 0; task < tasks; task++) {
      Map<String, String> config = new HashMap<>(properties);
      config.put(ClickHouseSinkTask.TASK_ID, String.valueOf(task));
      config.put(ClickHouseSinkTask.VERSION, version());
      configs.add(config);
    }
    return configs;
  }

  /**
   * Allows offsets to be altered and reset. With {@code delivery=exactly_once} this starts a new
   * epoch of the partition, which its next task begins: an altered offset lacks the metadata that
   * tasks commit along with their own.
   */
  @Override
  public boolean alterOffsets(
      Map<String, String> connectorConfigs, Map<TopicPartition, Long> offsets) {
    return true;
  }

  @Override
  public void stop() {
    properties = Map.of();
  }
}
