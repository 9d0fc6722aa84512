package dev.tributary.bench;

import dev.tributary.bench.ScaleSeries.Point;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Prints the points of the series: medians, with the least and the most beside the rates. */
final class ScaleTable {

  private final PrintStream out;
  private final StringBuilder lines = new StringBuilder();

  ScaleTable(PrintStream out) {
    this.out = out;
  }

  void add(ScaleSeries series, Map<Point, List<BenchRun.Result>> results) {
    lines.append(
        String.format(
            Locale.ROOT,
            """

            %s
            %-18s %40s %8s %9s %9s %17s
            %-18s %9s %30s %8s %9s %9s %9s %7s
            """,
            series.title(),
            "",
            "",
            "MB/s",
            "rows an",
            "first row",
            "CPU s per million",
            series.axis(),
            "rows/s",
            "(least .. most)",
            "of JSON",
            "insert",
            "after s",
            "worker",
            "ClickH."));
    results.forEach((point, runs) -> line(series, point, runs));
  }

  private void line(ScaleSeries series, Point point, List<BenchRun.Result> runs) {
    Spread rate = Spread.of(runs, series::rate);
    lines.append(
        String.format(
            Locale.ROOT,
            "%,-18d %,9.0f %30s %8.1f %,9.0f %9.2f %9.2f %7.2f%n",
            point.size(),
            rate.median(),
            String.format(Locale.ROOT, "(%,.0f .. %,.0f)", rate.least(), rate.most()),
            Spread.of(runs, run -> series.rate(run) * run.bytesPerRow() / 1e6).median(),
            Spread.of(runs, run -> (double) point.rows() / run.inserts()).median(),
            Spread.of(runs, run -> run.first().seconds()).median(),
            Spread.of(runs, run -> run.used().worker() * 1e6 / point.rows()).median(),
            Spread.of(runs, run -> run.used().clickHouse() * 1e6 / point.rows()).median()));
  }

  void print() {
    out.print(lines);
  }
}
