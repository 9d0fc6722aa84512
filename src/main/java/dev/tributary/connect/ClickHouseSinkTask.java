package dev.tributary.connect;

import dev.tributary.connect.chain.ScopedTransforms;
import dev.tributary.connect.sink.SinkPorts;
import dev.tributary.connect.sink.StartedSinkTask;
import dev.tributary.connect.sink.config.SinkConfig;
import dev.tributary.connect.state.TaskScope;
import java.util.Collection;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;
import org.jspecify.annotations.Nullable;

/**
 * The sink task as Connect runs it. It links the task with the transforms before it; {@link
 * StartedSinkTask} does the work.
 */
public final class ClickHouseSinkTask extends SinkTask {

  /** The task's number, which the connector adds to the settings. */
  static final String TASK_ID = "tributary.task.id";

  /** The plugin's version, also added by the connector. */
  static final String VERSION = "tributary.version";

  /** Connect's own setting of a connector. */
  private static final String ERRORS_TOLERANCE = "errors.tolerance";

  private final SinkPorts ports;
  private String version = "unknown";
  private @Nullable TaskScope scope;
  private @Nullable ScopedTransforms transforms;
  private @Nullable StartedSinkTask started;

  /** What this task instance has failed with. */
  private @Nullable Throwable failure;

  public ClickHouseSinkTask() {
    this(SinkPorts.real());
  }

  ClickHouseSinkTask(SinkPorts ports) {
    this.ports = ports;
  }

  @Override
  public String version() {
    return version;
  }

  @Override
  public void start(Map<String, String> properties) {
    version = properties.getOrDefault(VERSION, version);
    String connector = properties.getOrDefault("name", "");
    String task = properties.getOrDefault(TASK_ID, "");
    SinkConfig config = new SinkConfig(properties);
    TaskScope entered =
        TaskScope.enter(
            connector,
            group(connector, properties),
            config.stateDefaults(),
            toleratesExceptions(properties));
    scope = entered;
    transforms =
        new ScopedTransforms(
            properties, task, entered, ports.kafka(), ports.environment(), ports.time());
    started =
        StartedSinkTask.start(
            "ClickHouseSinkTask{id=" + connector + "-" + task + "}",
            config,
            context,
            entered,
            ports);
  }

  /** The consumer group of the connector's tasks. */
  private static String group(String connector, Map<String, String> properties) {
    return properties.getOrDefault(
        "consumer.override." + ConsumerConfig.GROUP_ID_CONFIG, "connect-" + connector);
  }

  /** Whether Connect skips a record for which a transform throws an exception. */
  private static boolean toleratesExceptions(Map<String, String> properties) {
    return properties.getOrDefault(ERRORS_TOLERANCE, "none").trim().equals("all");
  }

  @Override
  public void open(Collection<TopicPartition> partitions) {
    guarded(() -> started().open(partitions));
  }

  @Override
  public void put(Collection<SinkRecord> records) {
    Throwable before = failure;
    if (before instanceof Error error) {
      throw error;
    } else if (before instanceof RuntimeException exception) {
      throw exception;
    }
    guarded(() -> started().put(records));
  }

  /**
   * Returns an empty map, for which the framework commits nothing, once this task instance has
   * failed in any way: it may have taken records out of one book before they were in the next one.
   *
   * <p>Never throws: the framework would rewind to the last commit and go on, beside what is in
   * flight. What went wrong is thrown by the next {@link #put}.
   */
  @Override
  public Map<TopicPartition, OffsetAndMetadata> preCommit(
      Map<TopicPartition, OffsetAndMetadata> current) {
    TaskScope entered = scope;
    if (failure != null || (entered != null && entered.hasFailed())) {
      return Map.of();
    }
    try {
      return started().preCommit(current);
    } catch (RuntimeException | Error e) {
      failure = e;
      return Map.of();
    }
  }

  @Override
  public void close(Collection<TopicPartition> partitions) {
    guarded(() -> started().close(partitions));
  }

  private void guarded(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException | Error e) {
      failure = e;
      throw e;
    }
  }

  /** Also called when {@link #start} has failed, or was never called. */
  @Override
  public void stop() {
    Utils.closeQuietly(started, "sink");
    started = null;
    Utils.closeQuietly(transforms, "state of the transforms");
    transforms = null;
    if (scope != null) {
      scope.close();
      scope = null;
    }
  }

  private StartedSinkTask started() {
    if (started == null) {
      throw new IllegalStateException("the task has not been started");
    }
    return started;
  }
}
