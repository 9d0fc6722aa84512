package dev.tributary.bench;

import static dev.tributary.bench.Spread.median;

import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** Prints the results: medians, with the least and the most beside the times. */
final class BenchTable {

  private static final int TITLE = 36;

  private final long records;
  private final int width;
  private final Map<BenchRow, List<BenchRun.Result>> results;
  private final Map<BenchRow, List<Latency.Result>> latencies;

  BenchTable(
      long records,
      Map<BenchRow, List<BenchRun.Result>> results,
      Map<BenchRow, List<Latency.Result>> latencies) {
    this.records = records;
    this.results = results;
    this.latencies = latencies;
    this.width =
        Stream.concat(results.keySet().stream(), latencies.keySet().stream())
            .mapToInt(row -> row.title().length())
            .reduce(TITLE, Math::max);
  }

  void print(PrintStream out) {
    out.println();
    out.printf(
        "%s %21s %10s  %23s  %15s%n", padded(""), "", "", "CPU s per million", "bytes a record");
    out.printf(
        "%s %21s %10s  %7s %7s %7s  %7s %7s%n",
        padded("median (least .. most)"),
        "seconds",
        "records/s",
        "worker",
        "broker",
        "ClickH.",
        "task",
        "worker");
    results.forEach((row, runs) -> line(out, row, runs));
    latencies.forEach((row, runs) -> latency(out, row, runs));
    ratios(out);
  }

  private void line(PrintStream out, BenchRow row, List<BenchRun.Result> runs) {
    double[] seconds = runs.stream().mapToDouble(BenchRun.Result::seconds).sorted().toArray();
    out.printf(
        Locale.ROOT,
        "%s %6.2f (%5.2f ..%6.2f) %,10.0f  %7.2f %7.2f %7.2f  %,7.0f %,7.0f%n",
        padded(row.title()),
        median(seconds),
        seconds[0],
        seconds[seconds.length - 1],
        records / median(seconds),
        perMillion(runs, Probe.Use::worker),
        perMillion(runs, Probe.Use::broker),
        perMillion(runs, Probe.Use::clickHouse),
        perMillion(runs, Probe.Use::taskBytes) / 1e6,
        perMillion(runs, Probe.Use::workerBytes) / 1e6);
  }

  private double perMillion(List<BenchRun.Result> runs, ToDoubleFunction<Probe.Use> figure) {
    return median(runs.stream().mapToDouble(run -> figure.applyAsDouble(run.used())).toArray())
        * 1e6
        / records;
  }

  private void latency(PrintStream out, BenchRow row, List<Latency.Result> runs) {
    out.printf(
        Locale.ROOT,
        "%s p50 %.0f ms, p99 %.0f ms, most %.0f ms at %,d events/s, batch.max.delay.ms=%s%n",
        padded(row.title()),
        median(runs.stream().mapToDouble(Latency.Result::p50).toArray()),
        median(runs.stream().mapToDouble(Latency.Result::p99).toArray()),
        median(runs.stream().mapToDouble(Latency.Result::most).toArray()),
        Latency.PER_SECOND,
        row.config().get("batch.max.delay.ms"));
  }

  /** Each line against the one that it is compared with, in the rounds that both had. */
  private void ratios(PrintStream out) {
    out.println();
    for (BenchRow row : results.keySet()) {
      for (BenchRow base : results.keySet()) {
        if (base.id().equals(row.base()) && !base.id().equals(row.id())) {
          ratio(out, row, base);
        }
      }
    }
  }

  private void ratio(PrintStream out, BenchRow row, BenchRow base) {
    List<BenchRun.Result> runs = results.getOrDefault(row, List.of());
    List<BenchRun.Result> others = results.getOrDefault(base, List.of());
    double[] ratios = new double[runs.size()];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = runs.get(i).seconds() / others.get(i).seconds();
    }
    Arrays.sort(ratios);
    out.printf(
        Locale.ROOT,
        "%s takes %5.2f times as long as %s (%.2f .. %.2f)%n",
        padded(row.title()),
        median(ratios),
        base.id().equals(BenchRows.SINK) ? "the sink" : base.title(),
        ratios[0],
        ratios[ratios.length - 1]);
  }

  private String padded(String title) {
    return title + " ".repeat(width - title.length());
  }
}
