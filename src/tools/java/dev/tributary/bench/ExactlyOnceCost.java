package dev.tributary.bench;

import dev.tributary.connect.JsonConverter;
import dev.tributary.demo.DemoEvents;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;

/**
 * What {@code delivery=exactly_once} costs against {@code at_least_once}, on real servers.
 *
 * <p>The same events go through a connector with one and one with the other into equal tables, in
 * turn; which of the two comes first alternates. Timed from the first rows to the last one, and
 * apart from that from the connector's start to the first rows; processor time is of the first of
 * these. Run it with
 *
 * <pre>{@code
 * mvn -q -DskipTests package
 * mvn -q -Pbench test-compile exec:exec@bench -Dbench.main=dev.tributary.bench.ExactlyOnceCost -Dbench.args="2000000 5"
 * }</pre>
 *
 * <p>The arguments are the number of events and of rounds, then {@code batch.max.rows}, {@code
 * batch.max.delay.ms} and {@code insert.max.in.flight}, which are the defaults where left out.
 */
public final class ExactlyOnceCost {

  private static final String COLUMNS =
      "event_id String, user_id String, name String, email String, created_at DateTime";
  private static final int PARTITIONS = 4;

  private record Settings(int events, String rows, String delayMs, String inFlight) {}

  /** One connector's run. */
  private record Run(
      double startSeconds,
      double secondsPerMillion,
      long rowsPerInsert,
      double workerSeconds,
      double brokerSeconds,
      double clickHouseSeconds) {

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%.2f s + %.2f s/M, %,d rows an insert; processors: worker %.2f, Kafka %.2f,"
              + " ClickHouse %.2f s",
          startSeconds,
          secondsPerMillion,
          rowsPerInsert,
          workerSeconds,
          brokerSeconds,
          clickHouseSeconds);
    }
  }

  private ExactlyOnceCost() {}

  public static void main(String[] arguments) {
    Settings settings =
        new Settings(
            Integer.parseInt(argument(arguments, 0, "2000000")),
            argument(arguments, 2, "100000"),
            argument(arguments, 3, "10000"),
            argument(arguments, 4, "1"));
    int rounds = Integer.parseInt(argument(arguments, 1, "5"));
    print(
        "%d processors, Java %s, %s; %,d events, %d rounds after one to warm up;"
            + " batch.max.rows=%s, batch.max.delay.ms=%s, insert.max.in.flight=%s",
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("java.version"),
        System.getProperty("os.name"),
        settings.events,
        rounds,
        settings.rows,
        settings.delayMs,
        settings.inFlight);
    try (Stack stack = Stack.start(config -> config)) {
      double[] ratios = new double[rounds];
      for (int round = 0; round <= rounds; round++) {
        boolean exactFirst = round % 2 == 0;
        Run one = run(stack, "cost_" + round + "_a", exactFirst, settings);
        Run other = run(stack, "cost_" + round + "_b", !exactFirst, settings);
        Run exact = exactFirst ? one : other;
        Run atLeast = exactFirst ? other : one;
        double ratio = exact.secondsPerMillion / atLeast.secondsPerMillion;
        print(
            "%s ratio %.3f%n  at_least_once %s%n  exactly_once  %s",
            round == 0 ? "warm-up:" : "round " + round + ":", ratio, atLeast, exact);
        if (round > 0) {
          ratios[round - 1] = ratio;
        }
      }
      Arrays.sort(ratios);
      print(
          "exactly_once takes %.3f times as long: median of %d, from %.3f to %.3f",
          ratios[rounds / 2], rounds, ratios[0], ratios[rounds - 1]);
    }
  }

  private static String argument(String[] arguments, int at, String otherwise) {
    return at < arguments.length ? arguments[at] : otherwise;
  }

  private static Run run(Stack stack, String name, boolean exact, Settings settings) {
    DemoEvents stream = new DemoEvents(1, BigDecimal.ZERO, Instant.now());
    try (Pipeline pipeline =
        new Pipeline(stack, name, PARTITIONS, COLUMNS)
            .exactlyOnce()
            .with("delivery", exact ? "exactly_once" : "at_least_once")
            .with("value.converter", JsonConverter.class.getName())
            .with("insert.max.in.flight", settings.inFlight)
            .with("batch.max.delay.ms", settings.delayMs)
            .with("batch.max.rows", settings.rows)) {
      for (int i = 0; i < settings.events; i++) {
        DemoEvents.Event event = stream.next();
        int partition = Math.floorMod(event.id().hashCode(), PARTITIONS);
        pipeline.send(partition, Instant.now(), event.id(), event.json());
      }
      pipeline.flush();
      long start = System.nanoTime();
      pipeline.start();
      long firstRows = Probe.awaitRows(pipeline, 1);
      long first = System.nanoTime();
      double workerBefore = Probe.cpuSeconds(stack.worker());
      double brokerBefore = Probe.cpuSeconds(stack.broker());
      double clickHouseBefore = Probe.cpuSeconds(stack.clickHouse());
      long insertsBefore = inserts(stack);
      // What is left over waits for the delay; without that no round number would ever be full.
      long last = settings.events - (long) PARTITIONS * Integer.parseInt(settings.rows);
      long lastRows = Probe.awaitRows(pipeline, last);
      long end = System.nanoTime();
      Run run =
          new Run(
              (first - start) / 1e9,
              (end - first) / 1e9 / (lastRows - firstRows) * 1e6,
              (lastRows - firstRows) / Math.max(1, inserts(stack) - insertsBefore),
              Probe.cpuSeconds(stack.worker()) - workerBefore,
              Probe.cpuSeconds(stack.broker()) - brokerBefore,
              Probe.cpuSeconds(stack.clickHouse()) - clickHouseBefore);
      // A task that ends after its topic has gone tries to commit for seconds, beside the next run.
      stack.worker().rest().stop(name);
      return run;
    }
  }

  private static long inserts(Stack stack) {
    return stack
        .clickHouse()
        .sql()
        .queryLong("SELECT sum(value) FROM system.events WHERE event = 'InsertQuery'");
  }

  private static void print(String format, Object... values) {
    System.out.printf(Locale.ROOT, format + "%n", values);
  }
}
