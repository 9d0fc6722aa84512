package dev.tributary.connect.sink;

import dev.tributary.connect.state.TaskScope;
import java.util.Collection;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;
import org.jspecify.annotations.Nullable;

/** The face that the sink task shows to Connect; the work is done by {@link StartedSinkTask}. */
public final class ClickHouseSinkTask extends SinkTask {

  /** The task's number, which the connector adds to the settings. */
  public static final String TASK_ID = "tributary.task.id";

  /** The plugin's version, likewise. */
  public static final String VERSION = "tributary.version";

  private String version = "unknown";
  private @Nullable TaskScope scope;
  private @Nullable StartedSinkTask started;

  @Override
  public String version() {
    return version;
  }

  @Override
  public void start(Map<String, String> properties) {
    version = properties.getOrDefault(VERSION, version);
    String connector = properties.getOrDefault("name", "");
    String name = "ClickHouseSinkTask{id=" + connector + "-" + properties.get(TASK_ID) + "}";
    SinkConfig config = new SinkConfig(properties);
    TaskScope entered = TaskScope.enter(connector, config.stateDefaults());
    scope = entered;
    started = new StartedSinkTask(name, config, context, entered);
  }

  @Override
  public void open(Collection<TopicPartition> partitions) {
    started().open(partitions);
  }

  @Override
  public void put(Collection<SinkRecord> records) {
    started().put(records);
  }

  @Override
  public Map<TopicPartition, OffsetAndMetadata> preCommit(
      Map<TopicPartition, OffsetAndMetadata> current) {
    return started().preCommit(current);
  }

  @Override
  public void close(Collection<TopicPartition> partitions) {
    started().close(partitions);
  }

  /** Also called when {@link #start} has failed, or was never called. */
  @Override
  public void stop() {
    if (started != null) {
      started.close();
      started = null;
    }
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
