package dev.tributary.connect;

import dev.tributary.connect.chain.ScopedTransform;
import dev.tributary.connect.join.JoinMetrics;
import dev.tributary.connect.join.JoinOperator;
import dev.tributary.connect.join.TemporalJoinConfig;
import dev.tributary.connect.join.TemporalJoinDef;
import dev.tributary.connect.kafka.KafkaAccess;
import dev.tributary.connect.kafka.KafkaClients;
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
 * Enriches records from another topic as it was at the time of the record. In front of Tributary's
 * own sink it also waits for right records that arrive late.
 */
public final class TemporalJoin<R extends ConnectRecord<R>>
    extends ScopedTransform<R, TemporalJoinConfig, JoinOperator> {

  public static final String OVERVIEW_DOC =
      "Add the fields of the right topic's record that was valid at the time of a record, by key"
          + " and event time, waiting for it when it comes late. Works in sink connectors.";

  public static final ConfigDef CONFIG_DEF = TemporalJoinDef.CONFIG_DEF;

  private final JoinMetrics metrics = new JoinMetrics();

  public TemporalJoin() {
    this(KafkaClients::new, System.getenv(), Time.SYSTEM);
  }

  /** For tests. */
  TemporalJoin(KafkaAccess.Factory clusters, Map<String, String> environment, Time clock) {
    super(JoinOperator.TYPE, JoinOperator.class, clusters, environment, clock);
  }

  @Override
  public ConfigDef config() {
    return CONFIG_DEF;
  }

  @Override
  protected TemporalJoinConfig read(Map<String, ?> settings) {
    return new TemporalJoinConfig(settings);
  }

  @Override
  protected void register(TransformId id, PluginMetrics pluginMetrics) {
    metrics.register(id, pluginMetrics);
  }

  @Override
  protected JoinOperator open(
      TemporalJoinConfig config, TransformId id, Optional<TaskScope> scope) {
    return JoinOperator.start(config, id, scope, metrics, clusters, environment, clock);
  }

  @Override
  protected @Nullable SinkRecord transform(SinkRecord record) {
    return state().join(record);
  }
}
