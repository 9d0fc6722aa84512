package dev.tributary.connect;

import dev.tributary.connect.dedup.DedupMetrics;
import dev.tributary.connect.dedup.DeduplicateConfig;
import dev.tributary.connect.dedup.Deduplicator;
import dev.tributary.connect.record.Held;
import dev.tributary.connect.record.Unreadable;
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
 * Drops records whose key was accepted before, within a window of event time. The first record of a
 * key wins and passes every time it is delivered; the decision survives restarts, kills and
 * rebalances, as it rests on marks in a Kafka topic.
 *
 * <p>Nothing is opened before the first record: Kafka Connect makes and configures instances for
 * plugin scans and validations too, and does not close all of them. In front of Tributary's own
 * sink the state is not even opened here: its task does that when it starts, see {@link
 * ScopedTransforms}.
 */
public final class Deduplicate<R extends ConnectRecord<R>>
    implements Transformation<R>, Monitorable {

  public static final String OVERVIEW_DOC =
      "Drop records whose key was accepted before within a window of event time, exactly, also"
          + " across restarts and rebalances. Works in sink connectors.";

  public static final ConfigDef CONFIG_DEF = DeduplicateConfig.CONFIG_DEF;

  private final StateCluster.Factory clusters;
  private final Map<String, String> environment;
  private final Time clock;
  private final DedupMetrics metrics = new DedupMetrics();
  private Map<String, String> tags = Map.of();
  private @Nullable DeduplicateConfig config;
  private @Nullable Deduplicator deduplicator;

  public Deduplicate() {
    this(KafkaStateCluster::new, System.getenv(), Time.SYSTEM);
  }

  /** For tests. */
  Deduplicate(StateCluster.Factory clusters, Map<String, String> environment, Time clock) {
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
    config = new DeduplicateConfig(settings);
  }

  /** Registers the metrics and keeps their tags: nothing else tells a transform its name. */
  @Override
  public void withPluginMetrics(PluginMetrics pluginMetrics) {
    tags = pluginMetrics.metricName("tags", "", new LinkedHashMap<>()).tags();
    metrics.register(
        new TransformId(
            "Deduplicate",
            tags.getOrDefault("connector", ""),
            tags.getOrDefault("task", ""),
            tags.getOrDefault("transformation", "")),
        pluginMetrics);
  }

  @Override
  public @Nullable R apply(R record) {
    if (!(record instanceof SinkRecord sinkRecord)) {
      throw new DataException(
          "Deduplicate works on the records of sink connectors only, as those of sources have no"
              + " offset in Kafka, but found "
              + record.getClass().getName());
    }
    if (record.value() instanceof Unreadable || record.value() instanceof Held) {
      return record; // the sink's business
    }
    Deduplicator started = deduplicator;
    if (started == null) {
      started = start();
      deduplicator = started;
    }
    return started.passes(sinkRecord) ? record : null;
  }

  private Deduplicator start() {
    DeduplicateConfig settings = config;
    if (settings == null) {
      throw new ConnectException("Deduplicate was not configured");
    }
    Optional<TaskScope> scope = TaskScope.current();
    String connector = scope.map(TaskScope::connector).orElseGet(() -> tag("connector"));
    TransformId identity =
        new TransformId("Deduplicate", connector, tag("task"), tag("transformation"));
    if (scope.flatMap(s -> s.member(identity.alias())).orElse(null) instanceof Deduplicator begun
        && begun.identity().equals(identity)) {
      return begun;
    }
    return Deduplicator.start(settings, identity, scope, metrics, clusters, environment, clock);
  }

  private String tag(String name) {
    String value = tags.get(name);
    if (value == null) {
      throw new StateUnavailableError(
          "Deduplicate does not know its "
              + name
              + " and so cannot tell which state is its own: run it in Kafka Connect 4.1 or later,"
              + " which tells it through its metrics.");
    }
    return value;
  }

  @Override
  public void close() {
    Utils.closeQuietly(deduplicator, "deduplication");
    deduplicator = null;
  }
}
