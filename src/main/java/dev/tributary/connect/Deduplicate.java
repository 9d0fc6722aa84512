package dev.tributary.connect;

import dev.tributary.connect.chain.ScopedTransform;
import dev.tributary.connect.dedup.DedupMetrics;
import dev.tributary.connect.dedup.DeduplicateConfig;
import dev.tributary.connect.dedup.Deduplicator;
import dev.tributary.connect.kafka.KafkaAccess;
import dev.tributary.connect.kafka.KafkaClients;
import dev.tributary.connect.record.HeldValue;
import dev.tributary.connect.record.UnreadableValue;
import dev.tributary.connect.state.TaskScope;
import dev.tributary.connect.util.TransformId;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.connect.connector.ConnectRecord;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/**
 * Drops records whose key was accepted before, within a window of event time. The first record of a
 * key wins and passes every time it is delivered; the decision survives restarts, kills and
 * rebalances, as it rests on marks in a Kafka topic.
 */
public final class Deduplicate<R extends ConnectRecord<R>>
    extends ScopedTransform<R, DeduplicateConfig, Deduplicator> {

  public static final String OVERVIEW_DOC =
      "Drop records whose key was accepted before within a window of event time, exactly, also"
          + " across restarts and rebalances. Works in sink connectors.";

  public static final ConfigDef CONFIG_DEF = DeduplicateConfig.CONFIG_DEF;

  private final DedupMetrics metrics = new DedupMetrics();

  public Deduplicate() {
    this(KafkaClients::new, System.getenv(), Time.SYSTEM);
  }

  /** For tests. */
  Deduplicate(KafkaAccess.Factory clusters, Map<String, String> environment, Time clock) {
    super(Deduplicator.TYPE, Deduplicator.class, clusters, environment, clock);
  }

  @Override
  public ConfigDef config() {
    return CONFIG_DEF;
  }

  @Override
  protected DeduplicateConfig read(Map<String, ?> settings) {
    return new DeduplicateConfig(settings);
  }

  @Override
  protected void register(TransformId id, PluginMetrics pluginMetrics) {
    metrics.register(id, pluginMetrics);
  }

  @Override
  protected Deduplicator open(DeduplicateConfig config, TransformId id, Optional<TaskScope> scope) {
    return Deduplicator.start(config, id, scope, metrics, clusters, environment, clock);
  }

  @Override
  protected @Nullable SinkRecord transform(SinkRecord record) {
    if (record.value() instanceof UnreadableValue || record.value() instanceof HeldValue) {
      return record; // only the sink handles these
    }
    return state().passes(record) ? record : null;
  }
}
