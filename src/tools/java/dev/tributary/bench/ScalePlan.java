package dev.tributary.bench;

import dev.tributary.bench.ScaleSeries.Point;
import dev.tributary.stack.Stack;
import java.util.List;
import java.util.Map;

/**
 * The series, with as many rows as take some seconds. Each number of rows fills whole batches,
 * unless a batch is closed by its bytes.
 */
final class ScalePlan {

  /** The names of the series. */
  static final List<String> IDS = List.of("width", "batch", "partitions", "dedup");

  private ScalePlan() {}

  static List<ScaleSeries> series(Stack stack, boolean quick) {
    return List.of(
        width(
            stack,
            List.of(
                new Point(5, quick ? 100_000 : 1_500_000),
                new Point(20, quick ? 50_000 : 600_000),
                new Point(100, quick ? 10_000 : 150_000))),
        batch(
            stack,
            List.of(
                new Point(100, quick ? 5_000 : 50_000),
                new Point(1_000, quick ? 20_000 : 300_000),
                new Point(10_000, quick ? 100_000 : 1_000_000),
                new Point(100_000, quick ? 1_000_000 : 2_000_000),
                new Point(1_000_000, quick ? 1_000_000 : 2_000_000))),
        partitions(
            stack,
            List.of(
                new Point(1, quick ? 100_000 : 1_000_000),
                new Point(10, quick ? 100_000 : 1_000_000),
                new Point(50, quick ? 100_000 : 1_000_000))),
        dedup(
            stack,
            List.of(
                new Point(1_000, quick ? 90_000 : 450_000),
                new Point(10_000, quick ? 90_000 : 450_000),
                new Point(100_000, quick ? 90_000 : 450_000),
                new Point(1_000_000, quick ? 90_000 : 450_000),
                new Point(10_000_000, quick ? 90_000 : 450_000))));
  }

  static ScaleSeries width(Stack stack, List<Point> points) {
    return new TopicSeries(
        stack,
        "width",
        "Rows a second by row width",
        "columns",
        points,
        columns -> WideRows.of((int) columns),
        columns -> BenchEvents.PARTITIONS,
        columns -> Map.of());
  }

  static ScaleSeries batch(Stack stack, List<Point> points) {
    return new TopicSeries(
        stack,
        "batch",
        "Rows a second by batch size",
        "batch.max.rows",
        points,
        rows -> BenchEvents.SHAPE,
        rows -> BenchEvents.PARTITIONS,
        // Batches that end by their bytes leave a last one, which need not wait for so long.
        rows -> Map.of("batch.max.rows", Long.toString(rows), "batch.max.delay.ms", "2000"));
  }

  static ScaleSeries partitions(Stack stack, List<Point> points) {
    return new TopicSeries(
        stack,
        "partitions",
        "Rows a second by partitions, one task",
        "partitions",
        points,
        partitions -> BenchEvents.SHAPE,
        partitions -> (int) partitions,
        partitions -> Map.of());
  }

  static ScaleSeries dedup(Stack stack, List<Point> points) {
    return new StateSeries(
        stack,
        "dedup",
        "Rows a second through Deduplicate by keys in its state",
        "keys in the state",
        points);
  }
}
