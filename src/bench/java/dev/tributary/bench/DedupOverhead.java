package dev.tributary.bench;

import dev.tributary.connect.JsonConverter;
import dev.tributary.connect.Pipeline;
import dev.tributary.stack.DemoEvents;
import dev.tributary.stack.Stack;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * What {@code Deduplicate} adds to the time of a pipeline from Kafka to ClickHouse, on real
 * servers.
 *
 * <p>The same events without duplicates, so that both pipelines insert the same rows, go through a
 * connector with and one without the transform, in turn. Timed from the connector's start to the
 * last row. Run it with
 *
 * <pre>{@code
 * mvn -q -DskipTests package
 * mvn -q -Pbench test-compile -Dbench.main=dev.tributary.bench.DedupOverhead -Dbench.args="1000000 5"
 * }</pre>
 *
 * <p>The arguments are the number of events and of rounds.
 */
public final class DedupOverhead {

  private static final String COLUMNS =
      "event_id String, user_id String, name String, email String, created_at DateTime";
  private static final int PARTITIONS = 4;

  private DedupOverhead() {}

  public static void main(String[] arguments) {
    int events = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1_000_000;
    int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 5;
    print(
        "%d processors, %d MiB heap here, Java %s, %s; %,d events, %d rounds after one to warm up",
        Runtime.getRuntime().availableProcessors(),
        Runtime.getRuntime().maxMemory() >> 20,
        System.getProperty("java.version"),
        System.getProperty("os.name"),
        events,
        rounds);
    try (Stack stack = Stack.start(config -> config)) {
      print(
          "Kafka and Connect 4.3, ClickHouse %s",
          stack.clickHouse().sql().query("SELECT version()").strip());
      double[] ratios = new double[rounds];
      for (int round = 0; round <= rounds; round++) {
        double without = seconds(stack, "bench_plain_" + round, false, events);
        double with = seconds(stack, "bench_dedup_" + round, true, events);
        print(
            "%s without %.2f s (%,.0f rows/s), with %.2f s (%,.0f rows/s), ratio %.3f",
            round == 0 ? "warm-up:" : "round " + round + ":",
            without,
            events / without,
            with,
            events / with,
            with / without);
        if (round > 0) {
          ratios[round - 1] = with / without;
        }
      }
      Arrays.sort(ratios);
      print(
          "Deduplicate takes %.3f times as long: median of %d, from %.3f to %.3f",
          ratios[rounds / 2], rounds, ratios[0], ratios[rounds - 1]);
    }
  }

  private static double seconds(Stack stack, String name, boolean deduplicating, int events) {
    DemoEvents stream = new DemoEvents(1, BigDecimal.ZERO, Instant.now());
    try (Pipeline pipeline =
        new Pipeline(stack, name, PARTITIONS, COLUMNS)
            .with("value.converter", JsonConverter.class.getName())
            .with("batch.max.rows", "100000")) {
      if (deduplicating) {
        pipeline.deduplicating("event_id", "1h");
      }
      for (int i = 0; i < events; i++) {
        DemoEvents.Event event = stream.next();
        int partition = Math.floorMod(event.id().hashCode(), PARTITIONS);
        pipeline.send(partition, Instant.now(), event.id(), event.json());
      }
      pipeline.flush();
      long start = System.nanoTime();
      pipeline.start();
      awaitRows(pipeline, events);
      return (System.nanoTime() - start) / 1e9;
    }
  }

  private static void awaitRows(Pipeline pipeline, int events) {
    long deadline = System.nanoTime() + Duration.ofMinutes(10).toNanos();
    while (pipeline.count("count()") < events) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("Only " + pipeline.count("count()") + " rows arrived");
      }
      try {
        TimeUnit.MILLISECONDS.sleep(20);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private static void print(String format, Object... values) {
    System.out.printf(Locale.ROOT, format + "%n", values);
  }
}
