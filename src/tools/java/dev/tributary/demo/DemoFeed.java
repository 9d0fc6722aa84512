package dev.tributary.demo;

import dev.tributary.stack.KafkaBroker;
import dev.tributary.stack.StackException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Sends the demo's events on a thread of its own, evenly at the rate asked for. Records are keyed
 * by event id, so that duplicates share a partition. The other methods may be called from any
 * thread.
 */
final class DemoFeed {

  private final KafkaBroker broker;
  private final String topic;
  private final DemoEvents events;
  private final long count;
  private final int rate;
  private final AtomicLong acknowledged = new AtomicLong();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private volatile long startedAt;
  private volatile boolean done;

  /**
   * @param rate records a second; 0 as fast as they go
   */
  DemoFeed(KafkaBroker broker, String topic, DemoEvents events, long count, int rate) {
    this.broker = broker;
    this.topic = topic;
    this.events = events;
    this.count = count;
    this.rate = rate;
  }

  void start() {
    startedAt = System.nanoTime();
    Thread thread = new Thread(this::run, "demo-feed");
    thread.setDaemon(true);
    thread.start();
  }

  /** How many records Kafka has acknowledged. */
  long produced() {
    return acknowledged.get();
  }

  /** Whether all records are acknowledged. */
  boolean isDone() {
    return done;
  }

  /** When the first record was sent, as of {@link System#nanoTime()}. */
  long startedAt() {
    return startedAt;
  }

  /** Throws when a record could not be sent. */
  void throwOnFailure() {
    Throwable cause = failure.get();
    if (cause != null) {
      throw new StackException("Kafka did not take an event: " + cause.getMessage(), cause);
    }
  }

  private void run() {
    try (KafkaProducer<byte[], byte[]> producer = broker.producer()) {
      startedAt = System.nanoTime();
      for (long sent = 0; sent < count && failure.get() == null; sent++) {
        awaitTurn(sent);
        send(producer, events.next());
      }
      producer.flush();
      done = failure.get() == null;
    } catch (RuntimeException e) {
      failure.compareAndSet(null, e);
    }
  }

  private void send(KafkaProducer<byte[], byte[]> producer, DemoEvents.Event event) {
    byte[] key = event.id().getBytes(StandardCharsets.UTF_8);
    byte[] value = event.json().getBytes(StandardCharsets.UTF_8);
    // The callback sees what the future would.
    var unused =
        producer.send(
            new ProducerRecord<>(topic, key, value),
            (metadata, exception) -> {
              if (exception == null) {
                acknowledged.incrementAndGet();
              } else {
                failure.compareAndSet(null, exception);
              }
            });
  }

  private void awaitTurn(long number) {
    if (rate == 0) {
      return;
    }
    long due = startedAt + TimeUnit.SECONDS.toNanos(number) / rate;
    for (long wait = due - System.nanoTime(); wait > 0; wait = due - System.nanoTime()) {
      LockSupport.parkNanos(wait);
    }
  }
}
