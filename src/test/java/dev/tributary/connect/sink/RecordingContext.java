package dev.tributary.connect.sink;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.connect.sink.SinkTaskContext;

/** The framework's side of a task, which remembers what it was asked for. */
public final class RecordingContext implements SinkTaskContext {

  final List<Long> timeouts = new ArrayList<>();
  final Set<TopicPartition> paused = new HashSet<>();
  public int commitsRequested;

  /** The last timeout that was set, since this was last asked; -1 without any. */
  long takeTimeout() {
    long last = timeouts.isEmpty() ? -1 : timeouts.get(timeouts.size() - 1);
    timeouts.clear();
    return last;
  }

  @Override
  public Map<String, String> configs() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void offset(Map<TopicPartition, Long> offsets) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void offset(TopicPartition partition, long offset) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void timeout(long ms) {
    timeouts.add(ms);
  }

  @Override
  public Set<TopicPartition> assignment() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void pause(TopicPartition... partitions) {
    paused.addAll(List.of(partitions));
  }

  @Override
  public void resume(TopicPartition... partitions) {
    List.of(partitions).forEach(paused::remove);
  }

  @Override
  public void requestCommit() {
    commitsRequested++;
  }

  @Override
  public PluginMetrics pluginMetrics() {
    throw new UnsupportedOperationException();
  }
}
