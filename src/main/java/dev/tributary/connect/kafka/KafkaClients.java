package dev.tributary.connect.kafka;

import dev.tributary.connect.util.DaemonThreads;
import dev.tributary.connect.util.NativeCompression;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadFactory;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.ByteBufferDeserializer;
import org.apache.kafka.common.utils.Utils;

/** A real Kafka cluster; the admin client is opened with it. */
public final class KafkaClients implements KafkaAccess {

  /** For requests whose answers nobody waits for: a worker gives a task five seconds to stop. */
  private static final Duration CLOSE_TIMEOUT = Duration.ofMillis(100);

  /**
   * How long a send waits for a broker that is unavailable: longer than a broker's restart, shorter
   * than the five minutes after which the task would lose its partitions.
   */
  private static final int DELIVERY_TIMEOUT_MS = 120_000;

  /** The first pause before a request is tried again: a new topic has no leaders yet. */
  private static final int RETRY_BACKOFF_MS = 20;

  /** How long a transaction of a crashed owner can block the readers of its topic. */
  private static final int TRANSACTION_TIMEOUT_MS = 10_000;

  static {
    NativeCompression.loadKafkas();
  }

  private final Map<String, Object> properties;
  private final Admin admin;

  /**
   * Opens the cluster.
   *
   * @param clientId the start of the names of all clients, seen in the broker's logs and metrics
   */
  public KafkaClients(KafkaSettings settings, String clientId) {
    properties = new HashMap<>();
    properties.put(CommonClientConfigs.RETRY_BACKOFF_MS_CONFIG, RETRY_BACKOFF_MS);
    properties.putAll(settings.clientProperties());
    properties.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers());
    properties.put(CommonClientConfigs.CLIENT_ID_CONFIG, clientId);
    admin = Admin.create(properties);
  }

  @Override
  public Optional<Topic> describe(String topic) {
    try {
      TopicDescription description =
          get(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic);
      return Optional.ofNullable(description)
          .map(found -> new Topic(found.topicId(), found.partitions().size()));
    } catch (UnknownTopicOrPartitionException e) {
      return Optional.empty();
    }
  }

  @Override
  public Map<Integer, Long> endOffsets(String topic) {
    int partitions = describe(topic).map(Topic::partitions).orElse(0);
    Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
    for (int partition = 0; partition < partitions; partition++) {
      latest.put(new TopicPartition(topic, partition), OffsetSpec.latest());
    }
    Map<Integer, Long> ends = new HashMap<>();
    get(admin.listOffsets(latest).all())
        .forEach((partition, end) -> ends.put(partition.partition(), end.offset()));
    return ends;
  }

  @Override
  public Map<String, String> config(String topic) {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    Map<String, String> values = new HashMap<>();
    for (Config config : get(admin.describeConfigs(List.of(resource)).all()).values()) {
      for (ConfigEntry entry : config.entries()) {
        if (entry.value() != null) {
          values.put(entry.name(), entry.value());
        }
      }
    }
    return values;
  }

  @Override
  public void create(String topic, int partitions, Map<String, String> config) {
    NewTopic wanted =
        new NewTopic(topic, Optional.of(partitions), Optional.empty()).configs(config);
    try {
      get(admin.createTopics(List.of(wanted)).all());
    } catch (TopicExistsException e) {
      // Another task was faster.
    }
  }

  @Override
  public void grow(String topic, int partitions) {
    try {
      get(admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(partitions))).all());
    } catch (InvalidPartitionsException e) {
      // Another task was faster; the caller looks again.
    }
  }

  @Override
  public void deleteBefore(String topic, int partition, long offset) {
    get(
        admin
            .deleteRecords(
                Map.of(new TopicPartition(topic, partition), RecordsToDelete.beforeOffset(offset)))
            .all());
  }

  @Override
  public Map<TopicPartition, Long> committed(String group, Collection<TopicPartition> partitions) {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    commits(group, partitions)
        .forEach((partition, committed) -> offsets.put(partition, committed.offset()));
    return offsets;
  }

  @Override
  public Producer<byte[], byte[]> producer() {
    Map<String, Object> settings = new HashMap<>();
    settings.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    settings.put(ProducerConfig.LINGER_MS_CONFIG, 5);
    settings.put(ProducerConfig.BATCH_SIZE_CONFIG, 64 * 1024);
    settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, DELIVERY_TIMEOUT_MS);
    settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, DELIVERY_TIMEOUT_MS);
    settings.putAll(properties);
    settings.put(ProducerConfig.ACKS_CONFIG, "all");
    settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    settings.remove(ProducerConfig.TRANSACTIONAL_ID_CONFIG);
    return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
  }

  @Override
  public Consumer<ByteBuffer, ByteBuffer> consumer() {
    // Nothing here is transactional, and a reader of committed records would wait for any
    // transaction that another client leaves open in the topic. What no replica set has
    // acknowledged is not visible in either mode.
    return new KafkaConsumer<>(
        readFrom("read_uncommitted"), new ByteBufferDeserializer(), new ByteBufferDeserializer());
  }

  @Override
  public Consumer<byte[], byte[]> reader() {
    return new KafkaConsumer<>(
        readFrom("read_committed"), new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  private Map<String, Object> readFrom(String isolation) {
    Map<String, Object> settings = new HashMap<>();
    settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 10_000);
    settings.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, 16 * 1024 * 1024);
    settings.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 4 * 1024 * 1024);
    // A broker answers a connection's requests one after the other: while a fetch waits for
    // records, a request for the topic's beginning or end offsets has to wait too. There is one per
    // restored partition, and for the right topic of a join one per poll of the task.
    settings.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 10);
    settings.putAll(properties);
    settings.remove(ConsumerConfig.GROUP_ID_CONFIG);
    settings.remove(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG);
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    // A deleted topic would be recreated with the broker's settings.
    settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, isolation);
    return settings;
  }

  @Override
  public Producer<byte[], byte[]> transactionalProducer(String id) {
    Map<String, Object> settings = new HashMap<>();
    settings.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    settings.put(ProducerConfig.BATCH_SIZE_CONFIG, 4 * 1024);
    settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, 16 * 1024 * 1024);
    settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, TRANSACTION_TIMEOUT_MS);
    settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, TRANSACTION_TIMEOUT_MS);
    settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 2 * TRANSACTION_TIMEOUT_MS);
    settings.putAll(properties);
    settings.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    settings.put(ProducerConfig.ACKS_CONFIG, "all");
    settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    settings.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, TRANSACTION_TIMEOUT_MS);
    settings.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, id);
    return new TransactionalProducer(settings);
  }

  /**
   * A producer that is closed in the background if that must not wait. Even without a timeout
   * {@link KafkaProducer#close(Duration)} waits for its I/O thread, which for the time of a request
   * may be waiting for a broker.
   */
  private static final class TransactionalProducer extends KafkaProducer<byte[], byte[]> {

    private static final ThreadFactory CLOSING = DaemonThreads.named("tributary-producer-close");

    TransactionalProducer(Map<String, Object> settings) {
      super(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    @Override
    public void close(Duration timeout) {
      if (timeout.isZero()) {
        CLOSING
            .newThread(
                () -> Utils.closeQuietly(() -> super.close(timeout), "transactional producer"))
            .start();
      } else {
        super.close(timeout);
      }
    }
  }

  @Override
  public Map<TopicPartition, OffsetAndMetadata> commits(
      String group, Collection<TopicPartition> partitions) {
    Map<TopicPartition, OffsetAndMetadata> commits = new HashMap<>();
    get(admin
            .listConsumerGroupOffsets(
                Map.of(group, new ListConsumerGroupOffsetsSpec().topicPartitions(partitions)))
            .partitionsToOffsetAndMetadata(group))
        .forEach(
            (partition, committed) -> {
              if (committed != null) {
                commits.put(partition, committed);
              }
            });
    return commits;
  }

  @Override
  public void close() {
    admin.close(CLOSE_TIMEOUT);
  }

  private static <T> T get(KafkaFuture<T> future) {
    try {
      return future.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof KafkaException cause) {
        throw cause;
      }
      throw new KafkaException(e.getCause());
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }
}
