package dev.tributary.connect.chain;

import dev.tributary.connect.kafka.KafkaAccess;
import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.state.TaskScope;
import dev.tributary.connect.util.TransformId;
import dev.tributary.connect.util.Version;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
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
 * A stateful transform as Connect runs it: it learns its name, and finds or opens its state.
 *
 * <p>Nothing is opened before the first record: Kafka Connect also creates and configures instances
 * for plugin scans and validations, and does not close all of them. In front of Tributary's own
 * sink the state is not opened here at all: the sink task opens it when it starts, see {@link
 * ScopedTransforms}.
 *
 * <p>Confined to the task thread once records come.
 *
 * @param <R> the records, which have to be those of a sink
 * @param <C> the settings
 * @param <S> the state
 */
public abstract class ScopedTransform<R extends ConnectRecord<R>, C, S extends TaskScope.Member>
    implements Transformation<R>, Monitorable {

  public final KafkaAccess.Factory clusters;
  public final Map<String, String> environment;
  public final Time clock;

  private final String type;
  private final Class<S> stateClass;
  private Map<String, String> tags = Map.of();
  private @Nullable C config;
  private @Nullable S state;

  /**
   * @param type the simple name of the transform, in names and errors
   */
  public ScopedTransform(
      String type,
      Class<S> stateClass,
      KafkaAccess.Factory clusters,
      Map<String, String> environment,
      Time clock) {
    this.type = type;
    this.stateClass = stateClass;
    this.clusters = clusters;
    this.environment = environment;
    this.clock = clock;
  }

  protected abstract C read(Map<String, ?> settings);

  protected abstract void register(TransformId id, PluginMetrics pluginMetrics);

  /** Opens the state, which then joins the scope, if there is one. */
  protected abstract S open(C config, TransformId id, Optional<TaskScope> scope);

  /** What a record of a sink becomes; null drops it. What it throws may fail the task's scope. */
  protected abstract @Nullable SinkRecord transform(SinkRecord record);

  @Override
  public final String version() {
    return Version.get();
  }

  @Override
  public final void configure(Map<String, ?> settings) {
    config = read(settings);
  }

  /** Registers the metrics and keeps their tags, the only source of a transform's name. */
  @Override
  public final void withPluginMetrics(PluginMetrics pluginMetrics) {
    tags = pluginMetrics.metricName("tags", "", new LinkedHashMap<>()).tags();
    register(
        new TransformId(
            type,
            tags.getOrDefault("connector", ""),
            tags.getOrDefault("task", ""),
            tags.getOrDefault("transformation", "")),
        pluginMetrics);
  }

  @Override
  public final @Nullable R apply(R record) {
    try {
      return transformed(record);
    } catch (Throwable e) { // whatever it is, the sink task has to know whether it continues
      TaskScope.current().ifPresent(scope -> scope.thrown(e));
      throw e;
    }
  }

  @SuppressWarnings("unchecked") // a sink record becomes a sink record
  private @Nullable R transformed(R record) {
    if (!(record instanceof SinkRecord sinkRecord)) {
      throw new DataException(
          type
              + " works on the records of sink connectors only, as those of sources have no offset"
              + " in Kafka, but found "
              + record.getClass().getName());
    }
    return (R) transform(sinkRecord);
  }

  /** The state, found or opened on the first call. */
  protected final S state() {
    S open = state;
    if (open == null) {
      open = findOrOpen();
      state = open;
    }
    return open;
  }

  private S findOrOpen() {
    C settings = config;
    if (settings == null) {
      throw new ConnectException(type + " was not configured");
    }
    Optional<TaskScope> scope = TaskScope.current();
    String connector = scope.map(TaskScope::connector).orElseGet(() -> tag("connector"));
    TransformId id = new TransformId(type, connector, tag("task"), tag("transformation"));
    return scope
        .flatMap(s -> s.member(id))
        .map(stateClass::cast)
        .orElseGet(() -> open(settings, id, scope));
  }

  private String tag(String name) {
    String value = tags.get(name);
    if (value == null) {
      throw new StateUnavailableError(
          type
              + " does not know its "
              + name
              + " and cannot find its state without it: run it in Kafka Connect 4.1 or later,"
              + " which passes it in the tags of the plugin metrics.");
    }
    return value;
  }

  @Override
  public final void close() {
    Utils.closeQuietly(state, type);
    state = null;
  }
}
