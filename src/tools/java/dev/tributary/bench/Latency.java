package dev.tributary.bench;

import dev.tributary.stack.KafkaAdmin;
import dev.tributary.stack.Stack;
import dev.tributary.stack.StackException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * How long it takes from handing an event to a Kafka producer until a SELECT finds its row.
 *
 * <p>Events go in evenly at a fixed rate, from one thread that keeps the time of each. Another asks
 * ClickHouse how many rows of each partition there are, all the time; a partition's rows arrive in
 * its order, so that count says which events have become visible since it was asked last. The times
 * are those after the answers, so they are no less than the truth.
 */
final class Latency {

  /** Milliseconds. */
  record Result(double p50, double p99, double most) {}

  static final int PER_SECOND = 1_000;

  private static final long LOOK_MS = 5;
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Stack stack;
  private final BenchRow row;
  private final String name;
  private final ExpectedRows reference;
  private final int events;
  private final long[][] producedAt;
  private final int[] visible = new int[BenchEvents.PARTITIONS];
  private final List<Long> latencies = new ArrayList<>();

  Latency(Stack stack, BenchRow row, String name, ExpectedRows reference, int events) {
    this.stack = stack;
    this.row = row;
    this.name = name;
    this.reference = reference;
    this.events = events;
    this.producedAt = new long[BenchEvents.PARTITIONS][events];
  }

  /**
   * @throws WrongRowsException when the table does not hold exactly the right rows
   */
  Result run() {
    BenchRun.createTable(stack, name, BenchEvents.SHAPE);
    try (KafkaAdmin admin = stack.broker().admin();
        KafkaProducer<byte[], byte[]> producer = producer()) {
      admin.createTopic(name, BenchEvents.PARTITIONS);
      Map<String, String> config = new LinkedHashMap<>(row.config());
      config.put("topics", name);
      stack.worker().rest().createConnector(name, config);
      stack.worker().rest().awaitRunning(name, PATIENCE);
      Thread feed = new Thread(() -> feed(producer), "bench-feed");
      feed.setDaemon(true);
      feed.start();
      watch();
      BenchRun.remove(stack, name);
      admin.deleteTopics(List.of(name));
    }
    verify();
    stack.clickHouse().sql().execute("DROP TABLE " + name);
    return result();
  }

  /** One that sends each event at once. */
  private KafkaProducer<byte[], byte[]> producer() {
    return new KafkaProducer<>(
        Map.of(
            ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
            stack.broker().bootstrapServers(),
            ProducerConfig.LINGER_MS_CONFIG,
            0),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }

  private void feed(KafkaProducer<byte[], byte[]> producer) {
    long start = System.nanoTime();
    int[] sent = new int[BenchEvents.PARTITIONS];
    for (int number = 0; number < events; number++) {
      byte[] json = BenchEvents.json(number);
      long due = start + TimeUnit.SECONDS.toNanos(number) / PER_SECOND;
      for (long wait = due - System.nanoTime(); wait > 0; wait = due - System.nanoTime()) {
        LockSupport.parkNanos(wait);
      }
      int partition = BenchEvents.partitionOf(number);
      long now = System.nanoTime();
      synchronized (producedAt) {
        producedAt[partition][sent[partition]++] = now;
      }
      var unused = producer.send(new ProducerRecord<>(name, partition, null, json));
    }
  }

  private void watch() {
    long deadline = System.nanoTime() + PATIENCE.toNanos() + events * 1_000_000L;
    // An event's number is its time's milliseconds, and its partition the number modulo two.
    String question =
        "SELECT countIf(toUnixTimestamp64Milli(created_at) % 2 = 0), count() FROM " + name;
    while (latencies.size() < events) {
      List<String> counts = stack.clickHouse().sql().queryTsv(question).get(0);
      long now = System.nanoTime();
      int even = Integer.parseInt(counts.get(0));
      note(0, even, now);
      note(1, Integer.parseInt(counts.get(1)) - even, now);
      if (now > deadline) {
        BenchRun.throwIfFailed(stack, name);
        throw new StackException(name + " does not get there: " + counts + " of " + events);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(LOOK_MS));
    }
  }

  private void note(int partition, int count, long now) {
    synchronized (producedAt) {
      for (int i = visible[partition]; i < count; i++) {
        latencies.add(now - producedAt[partition][i]);
      }
    }
    visible[partition] = Math.max(visible[partition], count);
  }

  private void verify() {
    String expected = reference.check(0, events);
    String found =
        stack.clickHouse().sql().query("SELECT " + BenchEvents.CHECK + " FROM " + name).strip();
    if (!found.equals(expected)) {
      throw new WrongRowsException(row, expected, found);
    }
  }

  private Result result() {
    double[] sorted = latencies.stream().mapToDouble(nanos -> nanos / 1e6).sorted().toArray();
    return new Result(
        at(sorted, 0.5), at(sorted, 0.99), Arrays.stream(sorted).max().orElse(Double.NaN));
  }

  private static double at(double[] sorted, double share) {
    return sorted[(int) Math.min(sorted.length - 1L, Math.round(Math.ceil(share * sorted.length)))];
  }
}
