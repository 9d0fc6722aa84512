package dev.tributary.connect.kafka;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/**
 * The operations that the plugin needs on the Kafka cluster that holds the state.
 *
 * <p>Every method may throw {@link org.apache.kafka.common.KafkaException}. Thread-safe; the
 * producers and consumers that it returns are as thread-safe as Kafka makes them.
 */
public interface KafkaAccess extends AutoCloseable {

  /** Opens clusters; {@link KafkaClients} for real ones. */
  @FunctionalInterface
  interface Factory {
    KafkaAccess open(KafkaSettings settings, String clientId);
  }

  /** A topic as it is now. */
  record Topic(Uuid id, int partitions) {}

  Optional<Topic> describe(String topic);

  /** The end offset of every partition of a topic. */
  Map<Integer, Long> endOffsets(String topic);

  /** The effective configuration of a topic. */
  Map<String, String> config(String topic);

  /** Creates a topic with the broker's default replication factor unless it exists. */
  void create(String topic, int partitions, Map<String, String> config);

  /** Adds partitions to a topic unless it has as many. */
  void grow(String topic, int partitions);

  /** Deletes the records of a partition below an offset. */
  void deleteBefore(String topic, int partition, long offset);

  /** The offsets that a consumer group has committed; partitions without one are absent. */
  Map<TopicPartition, Long> committed(String group, Collection<TopicPartition> partitions);

  /** As {@link #committed}, with the metadata of the commits. */
  Map<TopicPartition, OffsetAndMetadata> commits(
      String group, Collection<TopicPartition> partitions);

  /** A new idempotent producer, which waits for all in-sync replicas; the caller closes it. */
  Producer<byte[], byte[]> producer();

  /**
   * A new producer whose transactions fence earlier producers with the same id; the caller closes
   * it. With a timeout of zero that returns at once, and what is in flight fails. Its records are
   * few and small, so it takes little memory.
   */
  Producer<byte[], byte[]> transactionalProducer(String id);

  /**
   * A new consumer without a group that starts at the beginning; the caller closes it. Keys and
   * values are views of what was fetched, to save a copy of each.
   */
  Consumer<ByteBuffer, ByteBuffer> consumer();

  /**
   * A new consumer without a group for a topic that others write, which sees committed records
   * only; the caller closes it.
   */
  Consumer<byte[], byte[]> reader();

  @Override
  void close();
}
