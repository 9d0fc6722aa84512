package dev.tributary.connect.state;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * A Kafka cluster in memory, shared by all who open it. Records are on their way until they are
 * flushed or {@link #land}; {@link #loseInFlight} is what a hard kill does to them.
 */
public final class FakeCluster implements StateCluster {

  private final Map<String, Topic> topics = new HashMap<>();
  private final Map<String, Map<String, String>> configs = new HashMap<>();
  private final Map<TopicPartition, List<byte[][]>> logs = new HashMap<>();
  private final Deque<Runnable> inFlight = new ArrayDeque<>();

  /** Set: every send fails with it. */
  public @Nullable RuntimeException sendFailure;

  public int opened;
  public int consumersOpened;
  public int readings;

  public FakeCluster withTopic(String name, int partitions, Map<String, String> config) {
    topics.put(name, new Topic(Uuid.randomUuid(), partitions));
    configs.put(name, config);
    return this;
  }

  public Factory factory() {
    return (settings, clientId) -> {
      opened++;
      return this;
    };
  }

  /** Everything on its way arrives. */
  public void land() {
    while (!inFlight.isEmpty()) {
      inFlight.remove().run();
    }
  }

  /** Everything on its way is gone. */
  public void loseInFlight() {
    inFlight.clear();
  }

  public List<byte[][]> log(String topic, int partition) {
    return logs.computeIfAbsent(new TopicPartition(topic, partition), key -> new ArrayList<>());
  }

  @Override
  public Optional<Topic> describe(String topic) {
    return Optional.ofNullable(topics.get(topic));
  }

  @Override
  public Map<String, String> config(String topic) {
    return configs.getOrDefault(topic, Map.of());
  }

  @Override
  public void create(String topic, int partitions, Map<String, String> config) {
    withTopic(topic, partitions, config);
  }

  @Override
  public void grow(String topic, int partitions) {
    topics.computeIfPresent(topic, (name, old) -> new Topic(old.id(), partitions));
  }

  @Override
  public Producer<byte[], byte[]> producer() {
    return new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer()) {
      @Override
      public synchronized Future<RecordMetadata> send(
          ProducerRecord<byte[], byte[]> record, Callback callback) {
        RuntimeException failure = sendFailure;
        inFlight.add(
            () -> {
              TopicPartition target = new TopicPartition(record.topic(), record.partition());
              if (failure != null) {
                callback.onCompletion(null, failure);
                return;
              }
              List<byte[][]> log = log(target.topic(), target.partition());
              log.add(new byte[][] {record.key(), record.value()});
              callback.onCompletion(new RecordMetadata(target, log.size() - 1, 0, 0, 0, 0), null);
            });
        return new CompletableFuture<>();
      }

      @Override
      public synchronized void flush() {
        land();
      }
    };
  }

  @Override
  public Consumer<byte[], byte[]> consumer() {
    consumersOpened++;
    return new MockConsumer<>("earliest") {
      @Override
      public synchronized Map<TopicPartition, Long> endOffsets(
          Collection<TopicPartition> partitions) {
        readings++;
        Map<TopicPartition, Long> ends = new HashMap<>();
        for (TopicPartition partition : partitions) {
          if (topics.get(partition.topic()) == null) {
            throw new TimeoutException("Failed to get offsets of " + partition);
          }
          ends.put(partition, (long) log(partition.topic(), partition.partition()).size());
        }
        return ends;
      }

      @Override
      public synchronized void assign(Collection<TopicPartition> partitions) {
        super.assign(partitions);
        for (TopicPartition partition : partitions) {
          updateBeginningOffsets(Map.of(partition, 0L));
          long offset = 0;
          for (byte[][] record : log(partition.topic(), partition.partition())) {
            addRecord(
                new ConsumerRecord<>(
                    partition.topic(), partition.partition(), offset++, record[0], record[1]));
          }
        }
      }
    };
  }

  @Override
  public void close() {}
}
