package dev.tributary.chaos;

import dev.tributary.stack.KafkaBroker;
import dev.tributary.stack.StackException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The numbers from 0 on, sent evenly by a thread of their own; after each tenth, one of the numbers
 * just sent comes again, into the same partition. Thread-safe.
 */
final class ChaosTopic {

  static final int PARTITIONS = 6;

  private static final int NUMBERS_PER_DUPLICATE = 10;
  private static final int REACH = 5_000;

  private final KafkaBroker broker;
  private final String topic;
  private final long numbers;
  private final Duration duration;
  private final Random random;
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private volatile boolean done;

  /**
   * @param numbers how many are sent, duplicates not counted
   * @param duration over which they are spread
   */
  ChaosTopic(KafkaBroker broker, String topic, long numbers, Duration duration, long seed) {
    this.broker = broker;
    this.topic = topic;
    this.numbers = numbers;
    this.duration = duration;
    this.random = new Random(seed);
  }

  /** The number of duplicates among {@code numbers} numbers. */
  static long duplicates(long numbers) {
    return numbers / NUMBERS_PER_DUPLICATE;
  }

  void start() {
    Thread thread = new Thread(this::run, "chaos-feed");
    thread.setDaemon(true);
    thread.start();
  }

  /** Whether Kafka has acknowledged everything; throws when it did not take a record. */
  boolean isSent() {
    Throwable cause = failure.get();
    if (cause != null) {
      throw new StackException("Kafka did not take a number: " + cause.getMessage(), cause);
    }
    return done;
  }

  /** Where in the topic a number is, for a person; read from the topic itself. */
  String coordinates(long number) {
    TopicPartition partition = new TopicPartition(topic, partition(number));
    List<Long> offsets = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer = broker.consumer()) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
      while (consumer.position(partition) < end) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
          if (new String(record.key(), StandardCharsets.UTF_8).equals(Long.toString(number))) {
            offsets.add(record.offset());
          }
        }
      }
    }
    return "partition " + partition.partition() + ", offsets " + offsets;
  }

  private void run() {
    try (KafkaProducer<byte[], byte[]> producer = broker.producer()) {
      long start = System.nanoTime();
      for (long number = 0; number < numbers && failure.get() == null; number++) {
        awaitTurn(start, number);
        send(producer, number);
        if (number % NUMBERS_PER_DUPLICATE == NUMBERS_PER_DUPLICATE - 1) {
          send(producer, number - random.nextInt((int) Math.min(REACH, number + 1)));
        }
      }
      producer.flush();
      done = failure.get() == null;
    } catch (RuntimeException e) {
      failure.compareAndSet(null, e);
    }
  }

  private void awaitTurn(long start, long number) {
    long due = start + (long) ((double) duration.toNanos() / numbers * number);
    for (long wait = due - System.nanoTime(); wait > 0; wait = due - System.nanoTime()) {
      LockSupport.parkNanos(Math.max(wait, TimeUnit.MILLISECONDS.toNanos(1)));
    }
  }

  private void send(KafkaProducer<byte[], byte[]> producer, long number) {
    byte[] key = Long.toString(number).getBytes(StandardCharsets.UTF_8);
    byte[] value =
        "{\"n\":%d,\"text\":\"event %d\"}"
            .formatted(number, number)
            .getBytes(StandardCharsets.UTF_8);
    // The callback sees what the future would.
    var unused =
        producer.send(
            new ProducerRecord<>(topic, partition(number), key, value),
            (metadata, exception) -> {
              if (exception != null) {
                failure.compareAndSet(null, exception);
              }
            });
  }

  private static int partition(long number) {
    return (int) (number % PARTITIONS);
  }
}
