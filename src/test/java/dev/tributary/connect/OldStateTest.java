package dev.tributary.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tributary.connect.Fixture.Source;
import dev.tributary.connect.chain.ScopedTransforms;
import dev.tributary.connect.chain.TransformChain;
import dev.tributary.connect.kafka.FakeCluster;
import dev.tributary.connect.record.Records;
import dev.tributary.connect.state.StateTopic;
import dev.tributary.connect.state.TaskScope;
import dev.tributary.connect.util.ManualTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntToLongFunction;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.internals.PluginMetricsImpl;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Deduplicate on the state topic that an earlier version has left, see {@link Fixture}. */
class OldStateTest {

  private static final Map<String, String> ENVIRONMENT =
      Map.of("CONNECT_BOOTSTRAP_SERVERS", "kafka:9092");

  private final Metrics metrics = new Metrics();
  private final List<AutoCloseable> running = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : running) {
      one.close();
    }
    metrics.close();
  }

  /** A connector's task on what is left of it, as Connect starts it. */
  private final class Task implements AutoCloseable {
    final Fixture left;
    final ManualTime clock = new ManualTime();
    final TaskScope scope;
    final Deduplicate<SinkRecord> dedup;
    final PluginMetricsImpl pluginMetrics;
    final ScopedTransforms transforms;

    Task(Fixture left, Uuid sourceId) {
      this.left = left;
      Fixture.Connector connector = left.connector();
      String stateTopic = connector.name() + "-state";
      FakeCluster cluster =
          new FakeCluster()
              .withTopic(connector.topic(), sourceId, connector.partitions(), Map.of())
              .withTopic(stateTopic, connector.partitions(), StateTopic.configOfNew());
      left.state()
          .forEach(
              record ->
                  cluster.append(
                      stateTopic, record.partition(), record.keyBytes(), record.valueBytes()));
      clock.advance(left.state().get(0).timestamp() - clock.milliseconds());

      scope = TaskScope.enter(connector.name(), connector.group(), Map.of());
      dedup = new Deduplicate<>(cluster.factory(), ENVIRONMENT, clock);
      dedup.configure(TransformChain.of(connector.config()).links().get(0).settings());
      Map<String, String> tags = new HashMap<>();
      tags.put("connector", connector.name());
      tags.put("task", "0");
      tags.put("transformation", "dedup");
      pluginMetrics = new PluginMetricsImpl(metrics, tags);
      dedup.withPluginMetrics(pluginMetrics);
      transforms =
          new ScopedTransforms(
              connector.config(), "0", scope, cluster.factory(), ENVIRONMENT, clock);
      running.add(this);
    }

    /** Resumes at these offsets. */
    Task open(IntToLongFunction position) {
      Map<TopicPartition, Long> positions = new HashMap<>();
      partitions()
          .forEach(
              number ->
                  positions.put(left.connector().source(number), position.applyAsLong(number)));
      scope.opened(positions);
      await().until(() -> positions.keySet().stream().allMatch(scope::isReady));
      return this;
    }

    IntStream partitions() {
      return IntStream.range(0, left.connector().partitions());
    }

    boolean passes(Source record) {
      return passes(
          record.partition(), record.offset(), record.timestamp(), record.id(), record.at());
    }

    boolean passes(int partition, long offset, long timestamp, String id, long at) {
      Object value = Records.map("id", id, "at", at);
      return dedup.apply(
              Records.at(left.connector().topic(), partition, offset, timestamp, null, value))
          != null;
    }

    @Override
    public void close() {
      transforms.close();
      dedup.close();
      scope.close();
      Utils.closeQuietly(pluginMetrics, "metrics");
    }
  }

  private Task task(String connector) {
    Fixture left = Fixture.of("0.1.0", connector);
    return new Task(left, left.connector().sourceId());
  }

  private long metric(String name) {
    return metrics.metrics().values().stream()
        .filter(m -> m.metricName().name().equals(name))
        .mapToLong(m -> (Long) m.metricValue())
        .sum();
  }

  private void assertDecidesFrom(Task task, IntToLongFunction position) {
    task.open(position);
    List<Source> delivered =
        task.left.source().stream()
            .filter(record -> record.offset() >= position.applyAsLong(record.partition()))
            .toList();
    for (Source record : delivered) {
      assertThat(task.passes(record)).as("%s passes", record).isEqualTo(record.accepted());
    }
    assertThat(metric("records-redelivered-total"))
        .isEqualTo(delivered.stream().filter(one -> one.accepted() && one.seen()).count());
    assertThat(metric("records-dropped-total"))
        .isEqualTo(delivered.stream().filter(record -> !record.accepted()).count());
  }

  @ParameterizedTest
  @ValueSource(strings = {"orders", "clicks"})
  void state_written_by_0_1_0_decides_what_is_delivered_again_as_it_did(String connector) {
    Task task = task(connector);
    assertDecidesFrom(task, number -> task.left.connector().committed(number).offset());
    assertThat(metric("records-redelivered-total")).isEqualTo(27);
  }

  @ParameterizedTest
  @ValueSource(strings = {"orders", "clicks"})
  void state_written_by_0_1_0_decides_a_replay_from_the_start_as_it_did(String connector) {
    Task task = task(connector);
    assertDecidesFrom(task, number -> 0);
    assertThat(metric("records-redelivered-total")).isEqualTo(connector.equals("orders") ? 44 : 41);
  }

  @ParameterizedTest
  @ValueSource(strings = {"orders", "clicks"})
  void state_written_by_0_1_0_drops_later_duplicates_and_lets_new_keys_pass(String connector) {
    Task task = task(connector);
    task.open(number -> task.left.source(number).size());
    task.partitions()
        .forEach(
            number -> {
              List<Source> there = task.left.source(number);
              long next = there.size();
              for (Source record : there) {
                if (record.accepted() && record.seen()) {
                  assertThat(
                          task.passes(number, next++, record.timestamp(), record.id(), record.at()))
                      .as("a duplicate of %s passes", record)
                      .isFalse();
                }
              }
              long time = there.get(there.size() - 1).timestamp();
              assertThat(task.passes(number, next++, time, "new in " + number, time)).isTrue();
              assertThat(task.passes(number, next, time, "new in " + number, time)).isFalse();
            });
  }

  /** The key s is in partition 0 only. */
  @ParameterizedTest
  @ValueSource(strings = {"orders", "clicks"})
  void state_written_by_0_1_0_counts_in_other_partitions_where_the_scope_says_so(String connector) {
    Task task = task(connector).open(number -> 1_000);
    Source first =
        task.left.source(0).stream().filter(one -> one.id().equals("s")).findFirst().orElseThrow();
    assertThat(task.passes(1, 1_000, first.timestamp(), "s", first.at()))
        .isEqualTo(connector.equals("orders"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"orders", "clicks"})
  void state_written_by_0_1_0_for_a_topic_that_is_gone_is_not_looked_at(String connector) {
    Task task = new Task(Fixture.of("0.1.0", connector), Uuid.randomUuid()).open(number -> 1_000);
    Source any = task.left.source(0).get(0);
    assertThat(task.passes(0, 1_000, any.timestamp(), any.id(), any.at())).isTrue();
  }
}
