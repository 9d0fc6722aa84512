package dev.tributary.connect.join.right;

import dev.tributary.connect.kafka.KafkaAccess;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;

/** A cluster with one topic in memory, which any number of readers read. Thread-safe. */
public final class FakeRightTopic implements KafkaAccess {

  /** As many as a consumer hands out at once; more would pile up in it, to be copied each time. */
  private static final int POLL_RECORDS = 500;

  private final String name;
  private final List<List<ConsumerRecord<byte[], byte[]>>> partitions = new ArrayList<>();
  private final Map<String, String> config = new HashMap<>();
  private @Nullable Uuid id = Uuid.randomUuid();

  /** Set: polls return nothing. */
  public volatile boolean held;

  /** What a poll without records waits for. */
  private final Semaphore arrived = new Semaphore(0);

  /** Set: polls fail with it. */
  public volatile @Nullable RuntimeException failure;

  /** How many of the next questions for a position are interrupted by a wake-up. */
  public final AtomicInteger wakeUpsAtPosition = new AtomicInteger();

  public final AtomicInteger described = new AtomicInteger();
  public final AtomicInteger opened = new AtomicInteger();
  public final AtomicInteger readers = new AtomicInteger();
  public volatile int readersClosed;
  public volatile int endRequests;

  public FakeRightTopic(String name, int partitions) {
    this.name = name;
    for (int i = 0; i < partitions; i++) {
      this.partitions.add(new ArrayList<>());
    }
  }

  public FakeRightTopic compacted() {
    config.put("cleanup.policy", "compact");
    return this;
  }

  public Factory factory() {
    return (settings, clientId) -> {
      opened.incrementAndGet();
      return this;
    };
  }

  public void send(long timestamp, @Nullable String key, @Nullable String value) {
    send(0, timestamp, key, value);
  }

  public synchronized void send(
      int partition, long timestamp, @Nullable String key, @Nullable String value) {
    arrived.release();
    List<ConsumerRecord<byte[], byte[]>> log = partitions.get(partition);
    log.add(record(name, partition, log.size(), timestamp, key, value));
  }

  public synchronized void addPartition() {
    partitions.add(new ArrayList<>());
  }

  /** Deletes the topic; who asks for it finds none until it is created. */
  public synchronized void delete() {
    id = null;
    partitions.clear();
    partitions.add(new ArrayList<>());
  }

  /** Creates the topic after {@link #delete}, with one partition. */
  public synchronized void create() {
    id = Uuid.randomUuid();
  }

  static ConsumerRecord<byte[], byte[]> record(
      String topic,
      int partition,
      long offset,
      long timestamp,
      @Nullable String key,
      @Nullable String value) {
    return new ConsumerRecord<>(
        topic,
        partition,
        offset,
        timestamp,
        TimestampType.CREATE_TIME,
        0,
        0,
        bytes(key),
        bytes(value),
        new RecordHeaders(),
        Optional.empty());
  }

  private static byte @Nullable [] bytes(@Nullable String text) {
    return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
  }

  private synchronized List<ConsumerRecord<byte[], byte[]>> from(int partition, long offset) {
    if (partition >= partitions.size() || offset > count(partition)) {
      return List.of(); // as long as the consumer has not found out that the topic is another one
    }
    List<ConsumerRecord<byte[], byte[]>> log = partitions.get(partition);
    return new ArrayList<>(
        log.subList((int) offset, (int) Math.min(log.size(), offset + POLL_RECORDS)));
  }

  private synchronized int count(int partition) {
    return partition < partitions.size() ? partitions.get(partition).size() : 0;
  }

  @Override
  public Map<TopicPartition, OffsetAndMetadata> commits(
      String group, Collection<TopicPartition> partitions) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Producer<byte[], byte[]> transactionalProducer(String id) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Consumer<byte[], byte[]> reader() {
    readers.incrementAndGet();
    return new MockConsumer<>("earliest") {
      private final Map<TopicPartition, Long> next = new HashMap<>();

      @Override
      public synchronized List<PartitionInfo> partitionsFor(String topic) {
        List<PartitionInfo> infos = new ArrayList<>();
        for (int i = 0; i < partitions.size(); i++) {
          infos.add(new PartitionInfo(topic, i, Node.noNode(), new Node[0], new Node[0]));
        }
        return infos;
      }

      @Override
      public synchronized void seekToBeginning(Collection<TopicPartition> all) {
        for (TopicPartition partition : all) {
          updateBeginningOffsets(Map.of(partition, 0L));
          next.put(partition, 0L);
          seek(partition, 0);
        }
      }

      @Override
      public synchronized Map<TopicPartition, Long> endOffsets(Collection<TopicPartition> all) {
        endRequests++;
        Map<TopicPartition, Long> ends = new HashMap<>();
        all.forEach(partition -> ends.put(partition, (long) count(partition.partition())));
        return ends;
      }

      @Override
      public synchronized long position(TopicPartition partition) {
        if (wakeUpsAtPosition.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
          throw new WakeupException();
        }
        return super.position(partition);
      }

      @Override
      public synchronized ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
        RuntimeException reason = failure;
        if (reason != null) {
          throw reason;
        }
        if (!held) {
          next.replaceAll(
              (partition, offset) -> {
                if (!assignment().contains(partition)) {
                  return offset;
                }
                List<ConsumerRecord<byte[], byte[]>> more = from(partition.partition(), offset);
                more.forEach(this::addRecord);
                return offset + more.size();
              });
        }
        ConsumerRecords<byte[], byte[]> records;
        try {
          records = super.poll(timeout);
        } catch (WakeupException e) {
          records = super.poll(timeout); // a real one keeps nothing that a seek would not discard
          if (records.isEmpty()) {
            throw e;
          }
        }
        if (records.isEmpty()) {
          try {
            boolean unused = arrived.tryAcquire(1, TimeUnit.MILLISECONDS);
            arrived.drainPermits(); // the next poll finds all that came so far
          } catch (InterruptedException e) {
            throw new InterruptException(e);
          }
        }
        return records;
      }

      @Override
      public synchronized void close(CloseOptions options) {
        super.close(options);
        readersClosed++;
      }
    };
  }

  @Override
  public synchronized Optional<Topic> describe(String topic) {
    described.incrementAndGet();
    Uuid now = id;
    return topic.equals(name) && now != null
        ? Optional.of(new Topic(now, partitions.size()))
        : Optional.empty();
  }

  @Override
  public Map<String, String> config(String topic) {
    return config;
  }

  @Override
  public Map<Integer, Long> endOffsets(String topic) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void create(String topic, int count, Map<String, String> settings) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void grow(String topic, int count) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void deleteBefore(String topic, int partition, long offset) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Map<TopicPartition, Long> committed(String group, Collection<TopicPartition> all) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Producer<byte[], byte[]> producer() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Consumer<ByteBuffer, ByteBuffer> consumer() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}
}
