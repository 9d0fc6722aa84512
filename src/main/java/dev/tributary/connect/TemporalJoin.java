package dev.tributary.connect;

import dev.tributary.connect.join.JoinMetrics;
import dev.tributary.connect.join.Joiner;
import dev.tributary.connect.join.TemporalJoinConfig;
import dev.tributary.connect.join.TemporalJoinDef;
import dev.tributary.connect.state.KafkaStateCluster;
import dev.tributary.connect.state.StateCluster;
import dev.tributary.connect.state.StateUnavailableError;
import dev.tributary.connect.state.TaskScope;
import dev.tributary.connect.util.TransformId;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.metrics.Monitorable;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.connect.connector.ConnectRecord;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.transforms.Transformation;
import org.jspecify.annotations.Nullable;

/**
 * Enriches records from another topic, as that was at the time of the record; waits for a side that
 * comes late when Tributary's own sink is behind it.
 *
 * <p>Nothing is opened before the first record: Kafka Connect makes and configures instances for
 * plugin scans and validations too, and does not close all of them. In front of Tributary's own
 * sink the right topic is not even opened here: its task does that when it starts, see {@link
 * ScopedTransforms}.
 */
public final class TemporalJoin<R extends ConnectRecord<R>>
    implements Transformation<R>, Monitorable {

  public static final String OVERVIEW_DOC =
      "Add the fields of the right topic's record that was valid at the time of a record, by key and"
          + " event time, waiting for it when it comes late. Works in sink connectors.";

  public static final ConfigDef CONFIG_DEF = TemporalJoinDef.CONFIG_DEF;

  private final StateCluster.Factory clusters;
  private final Map<String, String> environment;
  private final Time clock;
  private final JoinMetrics metrics = new JoinMetrics();
  private Map<String, String> tags = Map.of();
  private @Nullable TemporalJoinConfig config;
  private @Nullable Joiner joiner;

  public TemporalJoin() {
    this(KafkaStateCluster::new, System.getenv(), Time.SYSTEM);
  }

  /** For tests. */
  TemporalJoin(StateCluster.Factory clusters, Map<String, String> environment, Time clock) {
    this.clusters = clusters;
    this.environment = environment;
    this.clock = clock;
  }

  @Override
  public String version() {
    return Version.get();
  }

  @Override
  public ConfigDef config() {
    return CONFIG_DEF;
  }

  @Override
  public void configure(Map<String, ?> settings) {
    config = new TemporalJoinConfig(settings);
  }

  /** Registers the metrics and keeps their tags: nothing else tells a transform its name. */
  @Override
  public void withPluginMetrics(PluginMetrics pluginMetrics) {
    tags = pluginMetrics.metricName("tags", "", new LinkedHashMap<>()).tags();
    metrics.register(
        new TransformId(
            "TemporalJoin",
            tags.getOrDefault("connector", ""),
            tags.getOrDefault("task", ""),
            tags.getOrDefault("transformation", "")),
        pluginMetrics);
  }

  @Override
  @SuppressWarnings("unchecked") // a sink record gives a sink record
  public @Nullable R apply(R record) {
    if (!(record instanceof SinkRecord sinkRecord)) {
      throw new DataException(
          "TemporalJoin works on the records of sink connectors only, as those of sources have no"
              + " offset in Kafka, but found "
              + record.getClass().getName());
    }
    Joiner started = joiner;
    if (started == null) {
      started = start();
      joiner = started;
    }
    return (R) started.join(sinkRecord);
  }

  private Joiner start() {
    TemporalJoinConfig settings = config;
    if (settings == null) {
      throw new ConnectException("TemporalJoin was not configured");
    }
    Optional<TaskScope> scope = TaskScope.current();
    String connector = scope.map(TaskScope::connector).orElseGet(() -> tag("connector"));
    TransformId identity =
        new TransformId("TemporalJoin", connector, tag("task"), tag("transformation"));
    if (scope.flatMap(s -> s.member(identity.alias())).orElse(null) instanceof Joiner begun
        && begun.identity().equals(identity)) {
      return begun;
    }
    return Joiner.start(settings, identity, scope, metrics, clusters, environment, clock);
  }

  private String tag(String name) {
    String value = tags.get(name);
    if (value == null) {
      throw new StateUnavailableError(
          "TemporalJoin does not know its "
              + name
              + ": run it in Kafka Connect 4.1 or later, which tells it through its metrics.");
    }
    return value;
  }

  @Override
  public void close() {
    Utils.closeQuietly(joiner, "join");
    joiner = null;
  }
}
