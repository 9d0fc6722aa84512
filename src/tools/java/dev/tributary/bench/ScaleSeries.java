package dev.tributary.bench;

import dev.tributary.stack.Stack;
import java.util.List;

/** One thing that is varied while all else stays, at several sizes. */
abstract class ScaleSeries {

  /** Its topics and tables begin so. */
  static final String PREFIX = "tributary_bench_scale_";

  /** Its connectors begin so, and with them their state topics. */
  static final String CONNECTORS = "bench-scale-";

  /**
   * One point.
   *
   * @param size where it is on the axis
   * @param rows how many a run of it inserts; where no batch is left that is not full, no run waits
   *     for {@code batch.max.delay.ms}
   */
  record Point(long size, long rows) {}

  final Stack stack;
  private final String id;
  private final String title;
  private final String axis;
  private final List<Point> points;

  /**
   * @param id names the series on the command line
   * @param title of its picture and its part of the table
   * @param axis what its sizes are
   */
  ScaleSeries(Stack stack, String id, String title, String axis, List<Point> points) {
    this.stack = stack;
    this.id = id;
    this.title = title;
    this.axis = axis;
    this.points = List.copyOf(points);
  }

  final String id() {
    return id;
  }

  final String title() {
    return title;
  }

  final String axis() {
    return axis;
  }

  final List<Point> points() {
    return points;
  }

  /** Makes what the points read, as far as it stays the same over the rounds. */
  abstract void fill();

  /** The next run of a point, with all that it reads in its topic. */
  abstract BenchRun next(Point point, int round);

  /** Rows a second. */
  abstract double rate(BenchRun.Result result);

  /** The line of the benchmark's table with this id, as a point of the series. */
  final BenchRow row(String benchRow, Point point) {
    BenchRow row =
        BenchRows.all().stream().filter(one -> one.id().equals(benchRow)).findFirst().orElseThrow();
    return new BenchRow(
        id + "-" + point.size(), axis + " " + point.size(), row.source(), false, row.config());
  }
}
