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
 * What {@code delivery=exactly_once} costs against {@code at_least_once}, on real servers.
 *
 * <p>The same events go through a connector with one and one with the other into equal tables, in
 * turn; which of the two comes first alternates. Timed from the first rows to the last one: without
 * the start, which takes up to a second more with {@code exactly_once}. Run it with
 *
 * <pre>{@code
 * mvn -q -DskipTests package
 * mvn -q -Pbench test-compile -Dbench.main=dev.tributary.bench.ExactlyOnceCost -Dbench.args="2000000 5"
 * }</pre>
 *
 * <p>The arguments are the number of events and of rounds.
 */
public final class ExactlyOnceCost {

  private static final String COLUMNS =
      "event_id String, user_id String, name String, email String, created_at DateTime";
  private static final int PARTITIONS = 4;

  private ExactlyOnceCost() {}

  public static void main(String[] arguments) {
    int events = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 2_000_000;
    int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 5;
    print(
        "%d processors, Java %s, %s; %,d events, %d rounds after one to warm up",
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("java.version"),
        System.getProperty("os.name"),
        events,
        rounds);
    try (Stack stack = Stack.start(config -> config)) {
      double[] ratios = new double[rounds];
      for (int round = 0; round <= rounds; round++) {
        boolean exactFirst = round % 2 == 0;
        double one = secondsPerMillion(stack, "cost_" + round + "_a", exactFirst, events);
        double other = secondsPerMillion(stack, "cost_" + round + "_b", !exactFirst, events);
        double exact = exactFirst ? one : other;
        double atLeast = exactFirst ? other : one;
        print(
            "%s at_least_once %.2f s, exactly_once %.2f s a million rows, ratio %.3f",
            round == 0 ? "warm-up:" : "round " + round + ":", atLeast, exact, exact / atLeast);
        if (round > 0) {
          ratios[round - 1] = exact / atLeast;
        }
      }
      Arrays.sort(ratios);
      print(
          "exactly_once takes %.3f times as long: median of %d, from %.3f to %.3f",
          ratios[rounds / 2], rounds, ratios[0], ratios[rounds - 1]);
    }
  }

  private static double secondsPerMillion(Stack stack, String name, boolean exact, int events) {
    DemoEvents stream = new DemoEvents(1, BigDecimal.ZERO, Instant.now());
    try (Pipeline pipeline =
        new Pipeline(stack, name, PARTITIONS, COLUMNS)
            .exactlyOnce()
            .with("delivery", exact ? "exactly_once" : "at_least_once")
            .with("value.converter", JsonConverter.class.getName())
            .with("insert.max.in.flight", "2")
            .with("batch.max.rows", "50000")) {
      for (int i = 0; i < events; i++) {
        DemoEvents.Event event = stream.next();
        int partition = Math.floorMod(event.id().hashCode(), PARTITIONS);
        pipeline.send(partition, Instant.now(), event.id(), event.json());
      }
      pipeline.flush();
      pipeline.start();
      long firstRows = awaitRows(pipeline, 1);
      long start = System.nanoTime();
      awaitRows(pipeline, events);
      return (System.nanoTime() - start) / 1e9 / (events - firstRows) * 1e6;
    }
  }

  private static long awaitRows(Pipeline pipeline, long rows) {
    long deadline = System.nanoTime() + Duration.ofMinutes(10).toNanos();
    while (true) {
      long count = pipeline.count("count()");
      if (count >= rows) {
        return count;
      }
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("Only " + count + " rows arrived");
      }
      try {
        TimeUnit.MILLISECONDS.sleep(10);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("Interrupted", e);
      }
    }
  }

  private static void print(String format, Object... values) {
    System.out.printf(Locale.ROOT, format + "%n", values);
  }
}
