package dev.tributary.connect;

import static org.awaitility.Awaitility.await;

import dev.tributary.connect.chain.ScopedTransforms;
import dev.tributary.connect.kafka.FakeCluster;
import dev.tributary.connect.record.Records;
import dev.tributary.connect.state.TaskScope;
import dev.tributary.connect.util.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.internals.PluginMetricsImpl;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.connect.sink.SinkRecord;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;

/** Tasks with a Deduplicate, whose state is restored as in front of our own sink task. */
abstract class ScopedTransformsFixture {

  static final long T = 1_700_000_000_000L;
  static final TopicPartition ORDERS_0 = new TopicPartition("orders", 0);
  static final TopicPartition ORDERS_1 = new TopicPartition("orders", 1);
  static final Map<String, String> ENVIRONMENT = Map.of("CONNECT_BOOTSTRAP_SERVERS", "kafka:9092");

  final FakeCluster cluster = new FakeCluster().withTopic("orders", 2, Map.of());
  final Metrics metrics = new Metrics();

  /** Later than all events. */
  final ManualTime clock = new ManualTime();

  {
    clock.advance(1_000_000_000);
  }

  final List<AutoCloseable> running = new ArrayList<>();

  /** A task with its transform, as Connect starts the two. */
  final class Task implements AutoCloseable {
    final TaskScope scope = TaskScope.enter("shop", "connect-shop", Map.of());
    final Deduplicate<SinkRecord> dedup = new Deduplicate<>(cluster.factory(), ENVIRONMENT, clock);
    final PluginMetricsImpl pluginMetrics;
    final ScopedTransforms transforms;

    Task(String... settings) {
      Map<String, String> properties = new HashMap<>();
      properties.put("topics", "orders");
      properties.put("transforms", "other, dedup");
      properties.put("transforms.other.type", "org.apache.kafka.connect.transforms.Filter");
      properties.put("transforms.dedup.type", Deduplicate.class.getName());
      properties.put("transforms.dedup.key.fields", "id");
      properties.put("transforms.dedup.window", "1m");
      properties.put("transforms.dedup.predicate", "one");
      for (int i = 0; i < settings.length; i += 2) {
        properties.put(settings[i], settings[i + 1]);
      }
      Map<String, String> own = new HashMap<>(Map.of("key.fields", "id", "window", "1m"));
      dedup.configure(own);
      Map<String, String> tags = new LinkedHashMap<>();
      tags.put("connector", "shop");
      tags.put("task", "0");
      tags.put("transformation", "dedup");
      pluginMetrics = new PluginMetricsImpl(metrics, tags);
      dedup.withPluginMetrics(pluginMetrics);
      transforms =
          new ScopedTransforms(properties, "0", scope, cluster.factory(), ENVIRONMENT, clock);
      running.add(this);
    }

    boolean passes(long offset, String id) {
      return passes(0, offset, id);
    }

    boolean passes(int partition, long offset, String id) {
      SinkRecord record =
          Records.at("orders", partition, offset, T + offset, "key", Records.map("id", id));
      return dedup.apply(record) != null;
    }

    void open(long position) {
      scope.opened(Map.of(ORDERS_0, position));
    }

    void awaitReady() {
      soon().until(() -> scope.isReady(ORDERS_0));
    }

    @Override
    public void close() {
      transforms.close();
      dedup.close();
      scope.close();
      Utils.closeQuietly(pluginMetrics, "metrics");
    }
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : running) {
      one.close();
    }
    metrics.close();
  }

  void accepted(String... ids) {
    try (Task task = new Task()) {
      for (int i = 0; i < ids.length; i++) {
        task.passes(i, ids[i]);
      }
      task.scope.flush();
    }
  }

  long metric(String name) {
    return metrics.metrics().values().stream()
        .filter(m -> m.metricName().name().equals(name))
        .mapToLong(m -> (Long) m.metricValue())
        .sum();
  }

  static ConditionFactory soon() {
    return await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(5));
  }

  static void awaitNoStateThread() {
    soon()
        .until(
            () ->
                Thread.getAllStackTraces().keySet().stream()
                    .noneMatch(thread -> thread.getName().startsWith("tributary-state-")));
  }
}
