package dev.tributary.connect;

import static org.awaitility.Awaitility.await;

import dev.tributary.stack.KafkaAdmin;
import dev.tributary.stack.Stack;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * A topic, a table and a connector between them, under one name that no other test uses. Closing
 * removes all three.
 */
public final class Pipeline implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final Stack stack;
  private final String name;
  private final Map<String, String> config = new LinkedHashMap<>();
  private final KafkaProducer<byte[], byte[]> producer;
  private final KafkaAdmin admin;
  private volatile @Nullable Exception sendFailure;

  /**
   * @param name also of topic, table and connector
   * @param columns of the table, as CREATE TABLE takes them; the first one is the sorting key
   */
  public Pipeline(Stack stack, String name, int partitions, String columns) {
    this.stack = stack;
    this.name = name;
    this.producer = stack.broker().producer();
    this.admin = stack.broker().admin();
    admin.createTopic(name, partitions);
    stack
        .clickHouse()
        .sql()
        .execute("CREATE TABLE " + name + " (" + columns + ") ENGINE = MergeTree ORDER BY tuple()");
    config.put("connector.class", ClickHouseSinkConnector.class.getName());
    config.put("tasks.max", "1");
    config.put("topics", name);
    config.put("key.converter", "org.apache.kafka.connect.storage.StringConverter");
    config.put("clickhouse.url", "${env:CLICKHOUSE_URL}");
    config.put("clickhouse.username", "${env:CLICKHOUSE_USER}");
    config.put("clickhouse.password", "${env:CLICKHOUSE_PASSWORD}");
    config.put("batch.max.delay.ms", "200");
  }

  /** Puts Deduplicate in front of the sink. */
  public Pipeline deduplicating(String keyFields, String window) {
    return with("transforms", "dedup")
        .with("transforms.dedup.type", Deduplicate.class.getName())
        .with("transforms.dedup.key.fields", keyFields)
        .with("transforms.dedup.window", window);
  }

  /** Has records that cannot be read or written go to a topic, with their story in headers. */
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
    stack.worker().rest().createConnector(name, config);
    stack.worker().rest().awaitRunning(name, PATIENCE);
    return this;
  }

  /** Sends a record to partition 0. */
  public void send(@Nullable String value) {
    send(0, Instant.now(), null, value);
  }

  @SuppressWarnings("FutureReturnValueIgnored") // flush tells
  public void send(int partition, Instant timestamp, @Nullable String key, @Nullable String value) {
    producer.send(
        new ProducerRecord<>(name, partition, timestamp.toEpochMilli(), bytes(key), bytes(value)),
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

  @Override
  public void close() {
    if (stack.worker().rest().connectors().contains(name)) {
      stack.worker().rest().deleteConnector(name);
    }
    producer.close();
    admin.deleteTopics(List.of(name));
    admin.close();
    stack.clickHouse().sql().execute("DROP TABLE " + name);
  }
}
