package dev.tributary.bench;

import dev.tributary.connect.JsonConverter;
import dev.tributary.demo.DemoEvents;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * What {@code Deduplicate} adds to the time of a pipeline from Kafka to ClickHouse, on real
 * servers.
 *
 * <p>The same events without duplicates, so that both pipelines insert the same rows, go through a
 * connector with and one without the transform, in turn; which of the two comes first alternates.
 * Timed from the connector's start to the last row, and apart from that from the first row seen to
 * the last one: without the start, in which the state topic is made and read. Run it with
 *
 * <pre>{@code
 * mvn -q -DskipTests package
 * mvn -q -Pbench test-compile exec:exec@bench -Dbench.main=dev.tributary.bench.DedupOverhead -Dbench.args="1000000 5"
 * }</pre>
 *
 * <p>The arguments are the number of events and of rounds. On a machine that does other work as
 * well the processor time says more than the clock.
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
      List<Run> without = new ArrayList<>();
      List<Run> with = new ArrayList<>();
      for (int round = 0; round <= rounds; round++) {
        boolean first = round % 2 == 0;
        Run one = run(stack, "bench_" + round + "_a", first, events);
        Run other = run(stack, "bench_" + round + "_b", !first, events);
        Run plain = first ? other : one;
        Run deduplicated = first ? one : other;
        print(
            "%s without %s, with %s, ratio %.3f",
            round == 0 ? "warm-up:" : "round " + round + ":",
            plain,
            deduplicated,
            deduplicated.seconds / plain.seconds);
        if (round > 0) {
          without.add(plain);
          with.add(deduplicated);
        }
      }
      print("from the connector's start to the last row:");
      compare(without, with, Run::seconds);
      print("until the first row:");
      compare(without, with, Run::untilFirst);
      print("from then on, a million rows:");
      compare(without, with, Run::perMillion);
      print("processor time of all servers:");
      compare(without, with, Run::processor);
    }
  }

  /**
   * One pipeline's run.
   *
   * @param seconds from the connector's start to the last row
   * @param untilFirst to the first row
   * @param perMillion how long a million rows take after the first ones
   * @param processor the processor time of all servers meanwhile
   */
  private record Run(double seconds, double untilFirst, double perMillion, double processor) {
    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%.2f s (%.2f s + %.2f s/M; processors %.2f s)",
          seconds,
          untilFirst,
          perMillion,
          processor);
    }
  }

  /** The processor time that the servers, which are processes of this one, have had. */
  private static double processorSeconds() {
    return ProcessHandle.current()
            .descendants()
            .flatMap(process -> process.info().totalCpuDuration().stream())
            .mapToLong(Duration::toMillis)
            .sum()
        / 1e3;
  }

  private static void compare(List<Run> without, List<Run> with, ToDoubleFunction<Run> figure) {
    double[] ratios = new double[with.size()];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = figure.applyAsDouble(with.get(i)) / figure.applyAsDouble(without.get(i));
    }
    double plain = median(without.stream().mapToDouble(figure).toArray());
    double deduplicated = median(with.stream().mapToDouble(figure).toArray());
    print(
        "  without %.2f s, with %.2f s (medians of %d); ratio of the medians %.3f, median of the"
            + " ratios %.3f, from %.3f to %.3f",
        plain,
        deduplicated,
        ratios.length,
        deduplicated / plain,
        median(ratios),
        ratios[0],
        ratios[ratios.length - 1]);
  }

  /** Sorts, too. */
  private static double median(double[] values) {
    Arrays.sort(values);
    return values[values.length / 2];
  }

  private static Run run(Stack stack, String name, boolean deduplicating, int events) {
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
      double processor = processorSeconds();
      long start = System.nanoTime();
      pipeline.start();
      long firstRows = Probe.awaitRows(pipeline, 1);
      double untilFirst = (System.nanoTime() - start) / 1e9;
      Probe.awaitRows(pipeline, events);
      double seconds = (System.nanoTime() - start) / 1e9;
      return new Run(
          seconds,
          untilFirst,
          (seconds - untilFirst) / (events - firstRows) * 1e6,
          processorSeconds() - processor);
    }
  }

  private static void print(String format, Object... values) {
    System.out.printf(Locale.ROOT, format + "%n", values);
  }
}
