package dev.tributary.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.ConnectWorker;
import dev.tributary.stack.Fault;
import dev.tributary.stack.FaultProxy;
import dev.tributary.stack.KafkaAdmin;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Servers and workers die or change under load, at moments that a seed decides. Delivery is at
 * least once: every number must be there, and may be there more than once.
 */
@ExtendWith(StackExtension.class)
class CrashIT {

  private static final int PARTITIONS = 4;

  /** {@code -Dtributary.worker.kills=20} for a longer run. */
  private static final int WORKER_KILLS = Integer.getInteger("tributary.worker.kills", 3);

  private static final long SEED = Long.getLong("tributary.seed", System.nanoTime());

  private final Random random = new Random(SEED);

  private static Pipeline pipeline(Stack stack, String name, int tasks) {
    return new Pipeline(stack, name, PARTITIONS, "id UInt32")
        .with("tasks.max", String.valueOf(tasks))
        .with("batch.max.rows", "1000")
        .with("retry.backoff.ms", "50")
        .with("retry.backoff.max.ms", "500");
  }

  /** Sends numbers in the background until it is closed. */
  private static final class Numbers implements AutoCloseable {
    private static final int PER_TICK = 300;

    private static final Duration TICK = Duration.ofMillis(20);

    private final Pipeline pipeline;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
    private final ScheduledFuture<?> sending;
    private volatile int next;

    Numbers(Pipeline pipeline) {
      this.pipeline = pipeline;
      this.sending =
          thread.scheduleWithFixedDelay(this::send, 0, TICK.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void send() {
      int end = next + PER_TICK;
      for (int i = next; i < end; i++) {
        pipeline.send(i % PARTITIONS, Instant.now(), null, "{\"id\":%d}".formatted(i));
      }
      next = end;
    }

    /** Stops sending; returns how many were sent, which are the numbers below that. */
    int stop() {
      assertThat(sending.isDone()).as("sending has failed").isFalse();
      close();
      await().atMost(Duration.ofMinutes(1)).until(thread::isTerminated);
      return next;
    }

    @Override
    public void close() {
      sending.cancel(false);
      thread.shutdown();
    }
  }

  private void awaitSomeRows(Pipeline pipeline, int most) {
    long target = pipeline.count("count()") + 1 + random.nextInt(most);
    await()
        .atMost(Duration.ofMinutes(2))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> pipeline.count("count()") >= target);
  }

  private static void assertComplete(Pipeline pipeline, int sent, String what) {
    pipeline.awaitDone();
    long rows = pipeline.count("count()");
    System.out.printf("%s: seed %d, %d sent, %d rows%n", what, SEED, sent, rows);
    assertThat(pipeline.count("uniqExact(id)")).as("seed " + SEED).isEqualTo(sent);
    assertThat(pipeline.count("max(id)")).isEqualTo(sent - 1);
    assertThat(rows).isGreaterThanOrEqualTo(sent);
  }

  @Test
  void killed_server_under_load_loses_nothing(Stack stack) {
    try (Pipeline pipeline = pipeline(stack, "crash_server", 2).start();
        Numbers numbers = new Numbers(pipeline)) {
      for (int kill = 0; kill < 3; kill++) {
        awaitSomeRows(pipeline, 20_000);
        stack.clickHouse().kill();
        stack.clickHouse().start();
      }
      assertComplete(pipeline, numbers.stop(), "server killed 3 times");
    }
  }

  /** Tokens of a killed server may be left without their rows: see AtLeastOnce. */
  @Test
  void killed_server_with_a_deduplication_window_loses_nothing(Stack stack) {
    try (Pipeline pipeline = pipeline(stack, "crash_window", 2)) {
      stack
          .clickHouse()
          .sql()
          .execute(
              "ALTER TABLE crash_window MODIFY SETTING non_replicated_deduplication_window = 1000");
      pipeline.start();
      try (Numbers numbers = new Numbers(pipeline)) {
        for (int kill = 0; kill < 3; kill++) {
          awaitSomeRows(pipeline, 20_000);
          stack.clickHouse().kill();
          stack.clickHouse().start();
        }
        assertComplete(pipeline, numbers.stop(), "server with a window killed 3 times");
      }
    }
  }

  @Test
  void batch_keeps_its_token_over_retries_unless_the_server_has_restarted(Stack stack) {
    Map<Integer, String> tokens = new ConcurrentHashMap<>();
    try (FaultProxy proxy = FaultProxy.to(stack.clickHouse());
        Pipeline pipeline = pipeline(stack, "crash_token", 1).with("clickhouse.url", proxy.url())) {
      proxy.onInsert(
          insert -> {
            tokens.put(insert.number(), insert.token());
            return insert.number() <= 2 ? Optional.of(new Fault.ResetAnswer()) : Optional.empty();
          });
      // A server that has just been started counts as restarted.
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> stack.clickHouse().sql().queryLong("SELECT uptime()") > 4);
      pipeline.send("{\"id\":1}");
      pipeline.flush();
      pipeline.start();
      pipeline.awaitDone();
      assertThat(tokens).hasSize(3);
      assertThat(tokens.values()).containsOnly(tokens.get(1)).doesNotContain("");

      proxy.onInsert(
          insert -> {
            tokens.put(insert.number(), insert.token());
            return insert.number() == 4 ? Optional.of(new Fault.Hang()) : Optional.empty();
          });
      pipeline.send("{\"id\":2}");
      pipeline.flush();
      await().atMost(Duration.ofSeconds(10)).until(() -> proxy.inserts() == 4);
      stack.clickHouse().kill();
      stack.clickHouse().start();
      proxy.heal();
      pipeline.awaitDone();
      assertThat(tokens.get(4)).isNotNull();
      assertThat(proxy.applied().get(proxy.applied().size() - 1).insert().token())
          .isNotEqualTo(tokens.get(4));
    }
  }

  @Test
  void broker_that_is_killed_under_load_loses_nothing(Stack stack) {
    try (Pipeline pipeline = pipeline(stack, "crash_broker", 2).start();
        Numbers numbers = new Numbers(pipeline)) {
      awaitSomeRows(pipeline, 20_000);
      stack.broker().kill();
      stack.broker().start();
      awaitSomeRows(pipeline, 20_000);
      assertComplete(pipeline, numbers.stop(), "broker killed");
    }
  }

  @Test
  void worker_that_is_killed_again_and_again_loses_nothing(Stack stack) {
    try (Pipeline pipeline = pipeline(stack, "crash_worker", 2).start();
        Numbers numbers = new Numbers(pipeline)) {
      for (int kill = 0; kill < WORKER_KILLS; kill++) {
        awaitSomeRows(pipeline, 20_000);
        stack.worker().kill();
        stack.worker().start();
      }
      assertComplete(pipeline, numbers.stop(), "worker killed " + WORKER_KILLS + " times");
    }
  }

  /** A member that comes and goes takes partitions from the tasks and gives them back. */
  @Test
  void partitions_that_move_every_few_seconds_between_three_workers_lose_nothing(Stack stack) {
    try (ConnectWorker second = stack.newWorker("crash-2");
        ConnectWorker third = stack.newWorker("crash-3")) {
      CompletableFuture.allOf(
              CompletableFuture.runAsync(second::start), CompletableFuture.runAsync(third::start))
          .join();
      try (Pipeline pipeline = pipeline(stack, "crash_moves", 3).start();
          KafkaAdmin admin = stack.broker().admin();
          Numbers numbers = new Numbers(pipeline)) {
        await().atMost(Duration.ofMinutes(1)).until(() -> admin.sinkMembers("crash_moves") == 3);
        for (int round = 0; round < 3; round++) {
          awaitSomeRows(pipeline, 20_000);
          try (KafkaConsumer<byte[], byte[]> intruder = intruder(stack, "crash_moves")) {
            await()
                .atMost(Duration.ofMinutes(1))
                .until(
                    () -> {
                      intruder.poll(Duration.ofMillis(100));
                      return !intruder.assignment().isEmpty();
                    });
          }
        }
        assertComplete(pipeline, numbers.stop(), "partitions moved 6 times");
      }
    }
  }

  private static KafkaConsumer<byte[], byte[]> intruder(Stack stack, String name) {
    KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                stack.broker().bootstrapServers(),
                ConsumerConfig.GROUP_ID_CONFIG,
                "connect-" + name,
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                false,
                ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG,
                ByteArrayDeserializer.class,
                ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG,
                ByteArrayDeserializer.class));
    consumer.subscribe(List.of(name));
    return consumer;
  }
}
