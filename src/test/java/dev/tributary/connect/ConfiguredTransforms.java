package dev.tributary.connect;

import dev.tributary.connect.chain.TransformChain;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.internals.PluginMetricsImpl;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.transforms.Transformation;

/**
 * Our transforms in the order of a connector's settings, as a worker makes them for one of its
 * tasks: configured, and named by the tags of their metrics.
 */
final class ConfiguredTransforms implements AutoCloseable {

  private final Metrics metrics = new Metrics();
  private final List<AutoCloseable> made = new ArrayList<>();
  private final List<Transformation<SinkRecord>> chain = new ArrayList<>();

  ConfiguredTransforms(SimulatedConnect connect) {
    for (TransformChain.Link link : TransformChain.of(connect.properties).links()) {
      Map<String, String> tags = new LinkedHashMap<>();
      tags.put("connector", SimulatedConnect.CONNECTOR);
      tags.put("task", connect.properties.getOrDefault(ClickHouseSinkTask.TASK_ID, ""));
      tags.put("transformation", link.alias());
      PluginMetricsImpl pluginMetrics = new PluginMetricsImpl(metrics, tags);
      if (Deduplicate.class.getName().equals(link.settings().get("type"))) {
        Deduplicate<SinkRecord> dedup =
            new Deduplicate<>(connect.cluster.factory(), Map.of(), connect.time);
        dedup.withPluginMetrics(pluginMetrics);
        add(dedup, pluginMetrics, link);
      } else {
        TemporalJoin<SinkRecord> join =
            new TemporalJoin<>(connect.cluster.factory(), Map.of(), connect.time);
        join.withPluginMetrics(pluginMetrics);
        add(join, pluginMetrics, link);
      }
    }
  }

  private void add(
      Transformation<SinkRecord> transform,
      PluginMetricsImpl pluginMetrics,
      TransformChain.Link link) {
    transform.configure(link.settings());
    chain.add(transform);
    made.add(transform);
    made.add(pluginMetrics);
  }

  List<Transformation<SinkRecord>> chain() {
    return chain;
  }

  /** A metric of the transform with this alias. */
  long metric(String alias, String name) {
    return metrics.metrics().values().stream()
        .filter(metric -> metric.metricName().name().equals(name))
        .filter(metric -> alias.equals(metric.metricName().tags().get("transformation")))
        .mapToLong(metric -> (Long) metric.metricValue())
        .findFirst()
        .orElseThrow();
  }

  @Override
  public void close() {
    made.forEach(one -> Utils.closeQuietly(one, "a transform"));
    metrics.close();
  }
}
