package dev.tributary.connect;

import dev.tributary.connect.kafka.FakeCluster;
import dev.tributary.connect.sink.SinkPorts;
import dev.tributary.connect.sink.clickhouse.ClickHouse;
import dev.tributary.connect.util.ManualBackground;
import dev.tributary.connect.util.ManualTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/**
 * Kafka Connect and its Kafka in memory: source topics, a consumer group, and tasks of one
 * connector that are driven step by step on the test's thread, with a clock that the test moves.
 */
final class SimulatedConnect {

  static final String CONNECTOR = "shop";
  static final String GROUP = "connect-" + CONNECTOR;

  /** A record of a source topic. */
  record Source(long timestamp, @Nullable Object key, @Nullable Object value) {}

  final ManualTime time;
  final FakeCluster cluster;
  final ClickHouse clickHouse;
  final Map<String, String> properties = new HashMap<>();

  /** Records that went to the dead letter queue. */
  final List<SinkRecord> deadLetters = new ArrayList<>();

  private final List<ManualBackground> backgrounds = new ArrayList<>();
  private final Map<TopicPartition, List<Source>> logs = new LinkedHashMap<>();

  SimulatedConnect(ManualTime time, FakeCluster cluster, ClickHouse clickHouse) {
    this.time = time;
    this.cluster = cluster;
    this.clickHouse = clickHouse;
    properties.put("name", CONNECTOR);
    properties.put("clickhouse.url", "http://fake:8123");
    properties.put("state.bootstrap.servers", "kafka:9092");
    properties.put("errors.tolerance", "all");
  }

  SimulatedConnect with(String key, String value) {
    properties.put(key, value);
    return this;
  }

  SimulatedConnect exactlyOnce() {
    return with("delivery", "exactly_once")
        .with("metadata.columns", "topic:_topic,partition:_partition,offset:_offset");
  }

  /** A source topic, known to the cluster that holds the state as well. */
  SimulatedConnect topic(String name, int partitions) {
    cluster.withTopic(name, partitions, Map.of());
    for (int partition = 0; partition < partitions; partition++) {
      logs.put(new TopicPartition(name, partition), new ArrayList<>());
    }
    properties.merge("topics", name, (one, two) -> one + "," + two);
    return this;
  }

  void send(TopicPartition partition, @Nullable Object value) {
    send(partition, time.milliseconds(), null, value);
  }

  void send(
      TopicPartition partition, long timestamp, @Nullable Object key, @Nullable Object value) {
    log(partition).add(new Source(timestamp, key, value));
  }

  List<Source> log(TopicPartition partition) {
    List<Source> log = logs.get(partition);
    if (log == null) {
      throw new IllegalArgumentException("there is no " + partition);
    }
    return log;
  }

  Set<TopicPartition> partitions() {
    return logs.keySet();
  }

  SinkRecord record(TopicPartition partition, long offset) {
    Source source = log(partition).get((int) offset);
    return new SinkRecord(
        partition.topic(),
        partition.partition(),
        null,
        source.key,
        null,
        source.value,
        offset,
        source.timestamp,
        TimestampType.CREATE_TIME);
  }

  /** The offset that the group has committed; 0 without one. */
  long committed(TopicPartition partition) {
    OffsetAndMetadata committed = commit(partition);
    return committed == null ? 0 : committed.offset();
  }

  @Nullable OffsetAndMetadata commit(TopicPartition partition) {
    return cluster.commits(GROUP, List.of(partition)).get(partition);
  }

  boolean toleratesErrors() {
    return "all".equals(properties.get("errors.tolerance"));
  }

  boolean hasDeadLetterQueue() {
    return properties.containsKey("errors.deadletterqueue.topic.name");
  }

  /** How many background threads of all tasks were started and not closed. */
  int openBackgrounds() {
    return backgrounds.stream().mapToInt(ManualBackground::open).sum();
  }

  SinkPorts ports(ManualBackground background) {
    backgrounds.add(background);
    return new SinkPorts(
        options -> clickHouse, cluster.factory(), background.factory(), time, Map.of());
  }

  /** A new task with all partitions. */
  SimulatedTask start() {
    SimulatedTask task = new SimulatedTask(this);
    task.assign(new HashSet<>(partitions()));
    return task;
  }
}
