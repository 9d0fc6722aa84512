package dev.tributary.connect.kafka;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * A Kafka cluster in memory, shared by all who open it. Records are on their way until they are
 * flushed or {@link #land}; {@link #loseInFlight} is what a hard kill does to them. Thread-safe.
 */
public class FakeCluster implements KafkaAccess {

  private final Map<String, Topic> topics = new HashMap<>();
  private final Map<String, Map<String, String>> configs = new HashMap<>();
  private final Map<TopicPartition, List<byte[][]>> logs = new HashMap<>();
  private final Map<TopicPartition, Long> beginnings = new HashMap<>();
  private final Map<String, Map<TopicPartition, OffsetAndMetadata>> committed = new HashMap<>();

  /** How often each transactional id was initialised. */
  private final Map<String, Integer> epochs = new HashMap<>();

  /**
   * Set: every commit of a transaction fails with it; whether its records are there is left open.
   */
  public volatile @Nullable RuntimeException transactionFailure;

  /** Whether a transaction that fails so has been committed all the same. */
  public volatile boolean failedTransactionIsCommitted;

  public final AtomicInteger producersClosed = new AtomicInteger();
  private final Deque<Runnable> inFlight = new ArrayDeque<>();

  /** Set: every send fails with it. */
  public @Nullable RuntimeException sendFailure;

  /** Set: every poll of a consumer fails with it. */
  public volatile @Nullable RuntimeException readFailure;

  /** Until it is counted down polls return nothing. */
  private volatile CountDownLatch readsHeld = new CountDownLatch(0);

  /** Set: nothing can be deleted. */
  public volatile @Nullable RuntimeException deleteFailure;

  /** Runs before a deletion. */
  public Runnable beforeDelete = () -> {};

  /** How many records of a partition a poll returns. */
  public volatile int maxPollRecords = 100_000;

  public int opened;
  public volatile int consumersOpened;
  public volatile int readings;
  public final AtomicInteger consumersClosed = new AtomicInteger();

  @Override
  public synchronized Map<Integer, Long> endOffsets(String topic) {
    Map<Integer, Long> ends = new HashMap<>();
    logs.forEach(
        (partition, log) -> {
          if (partition.topic().equals(topic)) {
            ends.put(partition.partition(), (long) log.size());
          }
        });
    return ends;
  }

  public synchronized FakeCluster withTopic(
      String name, int partitions, Map<String, String> config) {
    return withTopic(name, Uuid.randomUuid(), partitions, config);
  }

  public synchronized FakeCluster withTopic(
      String name, Uuid id, int partitions, Map<String, String> config) {
    topics.put(name, new Topic(id, partitions));
    configs.put(name, config);
    return this;
  }

  public Factory factory() {
    return (settings, clientId) -> {
      opened++;
      return this;
    };
  }

  /** From now on polls return nothing. */
  public void holdReads() {
    readsHeld = new CountDownLatch(1);
  }

  public void releaseReads() {
    readsHeld.countDown();
  }

  /** Waits that long at most for reads to be released; whether they are still held. */
  boolean isHeld(Duration timeout) {
    try {
      return !readsHeld.await(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  /** Everything on its way arrives. */
  public synchronized void land() {
    while (!inFlight.isEmpty()) {
      inFlight.remove().run();
    }
  }

  /** The first of what is on its way arrives; returns false if nothing is. */
  public synchronized boolean landNext() {
    Runnable next = inFlight.poll();
    if (next != null) {
      next.run();
    }
    return next != null;
  }

  private synchronized void enqueue(Runnable arrival) {
    inFlight.add(arrival);
  }

  /** Everything on its way is gone. */
  public synchronized void loseInFlight() {
    inFlight.clear();
  }

  /** All records that ever arrived, those cut off too; the index is the offset. */
  public synchronized List<byte[][]> log(String topic, int partition) {
    return logs.computeIfAbsent(new TopicPartition(topic, partition), key -> new ArrayList<>());
  }

  /** Appends a record. */
  public synchronized void append(String topic, int partition, byte[] key, byte[] value) {
    log(topic, partition).add(new byte[][] {key, value});
  }

  @Override
  public synchronized Optional<Topic> describe(String topic) {
    return Optional.ofNullable(topics.get(topic));
  }

  @Override
  public synchronized Map<String, String> config(String topic) {
    return configs.getOrDefault(topic, Map.of());
  }

  @Override
  public synchronized void create(String topic, int partitions, Map<String, String> config) {
    withTopic(topic, partitions, config);
  }

  @Override
  public synchronized void grow(String topic, int partitions) {
    topics.computeIfPresent(topic, (name, old) -> new Topic(old.id(), partitions));
  }

  @Override
  public synchronized void deleteBefore(String topic, int partition, long offset) {
    RuntimeException failure = deleteFailure;
    if (failure != null) {
      throw failure;
    }
    beforeDelete.run();
    beginnings.merge(new TopicPartition(topic, partition), offset, Math::max);
  }

  @Override
  public synchronized Map<TopicPartition, Long> committed(
      String group, Collection<TopicPartition> partitions) {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    commits(group, partitions)
        .forEach((partition, committed) -> offsets.put(partition, committed.offset()));
    return offsets;
  }

  @Override
  public synchronized Map<TopicPartition, OffsetAndMetadata> commits(
      String group, Collection<TopicPartition> partitions) {
    Map<TopicPartition, OffsetAndMetadata> offsets =
        new HashMap<>(committed.getOrDefault(group, Map.of()));
    offsets.keySet().retainAll(partitions);
    return offsets;
  }

  /** What a consumer group has committed. */
  public synchronized void commit(String group, Map<TopicPartition, Long> offsets) {
    offsets.forEach((partition, offset) -> commit(group, partition, new OffsetAndMetadata(offset)));
  }

  /** What a consumer group has committed, with what goes along with it. */
  public synchronized void commit(
      String group, TopicPartition partition, OffsetAndMetadata offset) {
    committed.computeIfAbsent(group, key -> new HashMap<>()).put(partition, offset);
  }

  @Override
  public Producer<byte[], byte[]> transactionalProducer(String id) {
    return new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer()) {
      private final List<ProducerRecord<byte[], byte[]>> sent = new ArrayList<>();
      private int epoch;

      @Override
      public void initTransactions() {
        super.initTransactions();
        synchronized (FakeCluster.this) {
          epoch = epochs.merge(id, 1, Integer::sum);
        }
      }

      @Override
      public synchronized Future<RecordMetadata> send(
          ProducerRecord<byte[], byte[]> record, Callback callback) {
        sent.add(record);
        return new CompletableFuture<>();
      }

      @Override
      public void commitTransaction() {
        super.commitTransaction();
        synchronized (FakeCluster.this) {
          if (epochs.getOrDefault(id, 0) != epoch) {
            throw new ProducerFencedException("a newer producer has the id " + id);
          }
          RuntimeException failure = transactionFailure;
          if (failure == null || failedTransactionIsCommitted) {
            for (ProducerRecord<byte[], byte[]> record : sent) {
              append(record.topic(), record.partition(), record.key(), record.value());
            }
          }
          sent.clear();
          if (failure != null) {
            throw failure;
          }
        }
      }

      @Override
      public void close(Duration timeout) {
        super.close(timeout);
        producersClosed.incrementAndGet();
      }
    };
  }

  @Override
  public Producer<byte[], byte[]> producer() {
    return new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer()) {
      @Override
      public synchronized Future<RecordMetadata> send(
          ProducerRecord<byte[], byte[]> record, Callback callback) {
        RuntimeException failure = sendFailure;
        enqueue(
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

  /** The oldest offset that is left. */
  public synchronized long beginning(String topic, int partition) {
    return beginning(new TopicPartition(topic, partition));
  }

  synchronized long beginning(TopicPartition partition) {
    return beginnings.getOrDefault(partition, 0L);
  }

  synchronized Map<TopicPartition, Long> ends(Collection<TopicPartition> partitions) {
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

  synchronized <T> List<ConsumerRecord<T, T>> records(
      TopicPartition partition, long from, Function<byte[], T> view) {
    List<ConsumerRecord<T, T>> records = new ArrayList<>();
    List<byte[][]> log = log(partition.topic(), partition.partition());
    long first = Math.max(from, beginning(partition));
    long end = Math.min(log.size(), first + maxPollRecords);
    for (long offset = first; offset < end; offset++) {
      byte[][] record = log.get((int) offset);
      records.add(
          new ConsumerRecord<>(
              partition.topic(),
              partition.partition(),
              offset,
              view.apply(record[0]),
              view.apply(record[1])));
    }
    return records;
  }

  @Override
  public Consumer<ByteBuffer, ByteBuffer> consumer() {
    return consumer(ByteBuffer::wrap);
  }

  @Override
  public Consumer<byte[], byte[]> reader() {
    return consumer(bytes -> bytes);
  }

  private synchronized <T> Consumer<T, T> consumer(Function<byte[], T> view) {
    consumersOpened++;
    return new FakeConsumer<>(this, view);
  }

  @Override
  public void close() {}
}
