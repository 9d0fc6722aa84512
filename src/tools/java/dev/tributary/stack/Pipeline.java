package dev.tributary.stack;

import static org.awaitility.Awaitility.await;

import dev.tributary.connect.ClickHouseSinkConnector;
import dev.tributary.connect.Deduplicate;
import dev.tributary.connect.TemporalJoin;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.jspecify.annotations.Nullable;

/**
 * A topic, a table and a connector between them, under one name that no other test uses. Closing
 * removes all three. In front of a sink that is not ours there is no table.
 */
public final class Pipeline implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final Stack stack;
  private final String name;
  private final boolean hasTable;
  private final Map<String, String> config = new LinkedHashMap<>();
  private final KafkaProducer<byte[], byte[]> producer;
  private final KafkaAdmin admin;
  private volatile @Nullable Exception sendFailure;

  /**
   * @param name also of topic, table and connector
   * @param columns of the table, as CREATE TABLE takes them; the first one is the sorting key
   */
  public Pipeline(Stack stack, String name, int partitions, String columns) {
    this(stack, name, partitions, ClickHouseSinkConnector.class.getName(), true);
    stack
        .clickHouse()
        .sql()
        .execute("CREATE TABLE " + name + " (" + columns + ") ENGINE = MergeTree ORDER BY tuple()");
    sinkDefaults();
  }

  private void sinkDefaults() {
    config.put("clickhouse.url", "${env:CLICKHOUSE_URL}");
    config.put("clickhouse.username", "${env:CLICKHOUSE_USER}");
    config.put("clickhouse.password", "${env:CLICKHOUSE_PASSWORD}");
    config.put("batch.max.delay.ms", "200");
  }

  /** A topic and our sink, which has to make the table. */
  public static Pipeline withoutTable(Stack stack, String name, int partitions) {
    Pipeline pipeline =
        new Pipeline(stack, name, partitions, ClickHouseSinkConnector.class.getName(), true);
    pipeline.sinkDefaults();
    return pipeline;
  }

  private Pipeline(
      Stack stack, String name, int partitions, String connectorClass, boolean hasTable) {
    this.stack = stack;
    this.name = name;
    this.hasTable = hasTable;
    this.producer = stack.broker().producer();
    this.admin = stack.broker().admin();
    admin.createTopic(name, partitions);
    config.put("connector.class", connectorClass);
    config.put("tasks.max", "1");
    config.put("topics", name);
    config.put("key.converter", "org.apache.kafka.connect.storage.StringConverter");
  }

  /** A topic and a sink connector of another make. */
  public static Pipeline intoForeignSink(
      Stack stack, String name, int partitions, String connectorClass) {
    return new Pipeline(stack, name, partitions, connectorClass, false);
  }

  /** Puts Deduplicate in front of the sink. */
  public Pipeline deduplicating(String keyFields, String window) {
    return with("transforms", "dedup")
        .with("transforms.dedup.type", Deduplicate.class.getName())
        .with("transforms.dedup.key.fields", keyFields)
        .with("transforms.dedup.window", window);
  }

  /** Puts TemporalJoin in front of the sink, after the transforms that are there already. */
  public Pipeline joining(String alias, String rightTopic, String leftKey, String rightFields) {
    config.merge("transforms", alias, (before, added) -> before + "," + added);
    String prefix = "transforms." + alias + ".";
    return with(prefix + "type", TemporalJoin.class.getName())
        .with(prefix + "right.topic", rightTopic)
        .with(prefix + "left.key", leftKey)
        .with(prefix + "right.fields", rightFields);
  }

  /** Turns on exactly-once delivery, and makes the table fit for it. */
  public Pipeline exactlyOnce() {
    stack
        .clickHouse()
        .sql()
        .execute(
            "ALTER TABLE "
                + name
                + " ADD COLUMN _topic LowCardinality(String), ADD COLUMN _partition Int32, ADD"
                + " COLUMN _offset Int64, MODIFY SETTING non_replicated_deduplication_window ="
                + " 1000");
    return with("delivery", "exactly_once")
        .with("metadata.columns", "topic:_topic,partition:_partition,offset:_offset")
        .with("retry.backoff.ms", "50");
  }

  /** Sends records that cannot be read or written to a topic, with the error in their headers. */
  public Pipeline withDeadLetters(String topic) {
    return with("errors.tolerance", "all")
        .with("errors.deadletterqueue.topic.name", topic)
        .with("errors.deadletterqueue.topic.replication.factor", "1")
        .with("errors.deadletterqueue.context.headers.enable", "true");
  }

  /** Sets one property of the connector. */
  public Pipeline with(String key, String value) {
    config.put(key, value);
    return this;
  }

  public String name() {
    return name;
  }

  public Map<String, String> config() {
    return config;
  }

  /** Creates the connector and returns when it and its tasks run. */
  public Pipeline start() {
    create();
    stack.worker().rest().awaitRunning(name, PATIENCE);
    return this;
  }

  /** Creates the connector without waiting until it runs, for one that may have failed by then. */
  public Pipeline create() {
    stack.worker().rest().createConnector(name, config);
    return this;
  }

  /** Stops the connector, does something meanwhile, and starts it with the settings as they are. */
  public Pipeline whileStopped(Runnable change) {
    resumeAfter(change);
    stack.worker().rest().awaitRunning(name, PATIENCE);
    return this;
  }

  /** The same without waiting until it runs, for a change on which it fails. */
  public Pipeline resumeAfter(Runnable change) {
    ConnectRest rest = stack.worker().rest();
    rest.stop(name);
    change.run();
    rest.putConfig(name, config);
    rest.resume(name);
    return this;
  }

  /** Restarts connector and tasks, whether they run or have failed. */
  public Pipeline restart() {
    stack.worker().rest().restart(name);
    return this;
  }

  /** Returns when what failed runs again. */
  public Pipeline awaitRestarted() {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(100))
        .until(() -> stack.worker().rest().failures(name).isEmpty());
    stack.worker().rest().awaitRunning(name, PATIENCE);
    return this;
  }

  /** Sends a record to partition 0. */
  public void send(@Nullable String value) {
    send(0, Instant.now(), null, value);
  }

  public void send(int partition, Instant timestamp, @Nullable String key, @Nullable String value) {
    send(partition, timestamp, key, value, Map.of());
  }

  public void send(
      int partition,
      Instant timestamp,
      @Nullable String key,
      @Nullable String value,
      Map<String, String> headers) {
    send(partition, timestamp, key, bytes(value), headers);
  }

  /** Sends a record of any bytes to partition 0. */
  public void sendBytes(byte[] value) {
    send(0, Instant.now(), null, value, Map.of());
  }

  @SuppressWarnings("FutureReturnValueIgnored") // flush reports failures
  private void send(
      int partition,
      Instant timestamp,
      @Nullable String key,
      byte @Nullable [] value,
      Map<String, String> headers) {
    List<Header> all = new ArrayList<>();
    headers.forEach(
        (header, text) -> all.add(new RecordHeader(header, text.getBytes(StandardCharsets.UTF_8))));
    producer.send(
        new ProducerRecord<>(name, partition, timestamp.toEpochMilli(), bytes(key), value, all),
        (metadata, failure) -> {
          if (failure != null) {
            sendFailure = failure;
          }
        });
  }

  /** Returns when Kafka has everything that was sent. */
  public void flush() {
    producer.flush();
    if (sendFailure != null) {
      throw new AssertionError("A record could not be sent", sendFailure);
    }
  }

  private static byte @Nullable [] bytes(@Nullable String text) {
    return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
  }

  /** Returns when the connector has committed everything that was sent. */
  public void awaitDone() {
    flush();
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(100))
        .until(
            () -> {
              failOnFailedTask();
              return admin.sinkLag(name, name) == 0;
            });
  }

  private void failOnFailedTask() {
    stack
        .worker()
        .rest()
        .failures(name)
        .forEach(
            failure -> {
              throw new AssertionError(failure.who() + " failed: " + failure.trace());
            });
  }

  /** The trace of the connector's first task once it has failed. */
  public String awaitFailure() {
    flush();
    return await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(100))
        .until(() -> stack.worker().rest().failures(name), failures -> !failures.isEmpty())
        .get(0)
        .trace();
  }

  /** The first records of a dead letter queue, as many as are asked for. */
  public List<ConsumerRecord<byte[], byte[]>> awaitDeadLetters(String topic, int count) {
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    try (var consumer = stack.broker().consumer()) {
      consumer.assign(List.of(new TopicPartition(topic, 0)));
      consumer.seekToBeginning(List.of());
      await()
          .atMost(Duration.ofSeconds(30))
          .until(
              () -> {
                consumer.poll(Duration.ofMillis(200)).forEach(records::add);
                return records.size() >= count;
              });
    }
    return records;
  }

  /** A header's text; empty where there is no such header. */
  public static String header(ConsumerRecord<byte[], byte[]> record, String name) {
    Header header = record.headers().lastHeader(name);
    return header == null ? "" : new String(header.value(), StandardCharsets.UTF_8);
  }

  /** Where the connector is in a partition of the topic; 0 before its first commit. */
  public long committed(int partition) {
    return admin.committedBySink(name, name).getOrDefault(new TopicPartition(name, partition), 0L);
  }

  /** How many records of the topic the connector has committed. */
  public long committed() {
    return admin.committedBySink(name, name).values().stream().mapToLong(Long::longValue).sum();
  }

  /** What a SELECT over the table gives, {@code FROM} and table name left out. */
  public List<String> select(String columns, String rest) {
    return stack
        .clickHouse()
        .sql()
        .query("SELECT " + columns + " FROM " + name + " " + rest)
        .lines()
        .toList();
  }

  public long count(String expression) {
    return stack.clickHouse().sql().queryLong("SELECT " + expression + " FROM " + name);
  }

  /** A metric of Deduplicate, summed over the tasks. */
  public long dedupMetric(String metric) {
    try (var metrics = stack.worker().metrics()) {
      return (long) metrics.ofTransform(name, "dedup", metric).orElse(-1);
    }
  }

  /** A metric of a join, summed over the tasks; -1 if there is none. */
  public double joinMetric(String alias, String metric) {
    try (var metrics = stack.worker().metrics()) {
      return metrics.ofTransform(name, alias, metric).orElse(-1);
    }
  }

  @Override
  public void close() {
    if (stack.worker().rest().connectors().contains(name)) {
      stack.worker().rest().deleteConnector(name);
    }
    producer.close();
    admin.deleteTopics(List.of(name));
    admin.close();
    if (hasTable) {
      stack.clickHouse().sql().execute("DROP TABLE IF EXISTS " + name);
    }
  }
}
