package dev.tributary.bench;

import static java.util.Objects.requireNonNull;

import dev.tributary.bench.BenchRun.Result;
import dev.tributary.stack.Stack;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import java.util.function.LongToIntFunction;

/**
 * Runs that read a topic from its beginning into an empty table. Rows a second are those of the
 * first nine tenths, from the connector's start on, since the last batch may have to wait.
 */
final class TopicSeries extends ScaleSeries {

  private final LongFunction<RowShape> shape;
  private final LongToIntFunction partitions;
  private final LongFunction<Map<String, String>> settings;
  private final Map<Point, BenchTopic> topics = new HashMap<>();

  /**
   * @param shape of the rows at a size
   * @param partitions of the topic at a size
   * @param settings of the sink at a size, beside its defaults
   */
  TopicSeries(
      Stack stack,
      String id,
      String title,
      String axis,
      List<Point> points,
      LongFunction<RowShape> shape,
      LongToIntFunction partitions,
      LongFunction<Map<String, String>> settings) {
    super(stack, id, title, axis, points);
    this.shape = shape;
    this.partitions = partitions;
    this.settings = settings;
  }

  @Override
  void fill() {
    Map<RowShape, ExpectedRows> references = new HashMap<>();
    for (Point point : points()) {
      RowShape rows = shape.apply(point.size());
      String name = PREFIX + id() + "_" + point.size();
      ExpectedRows reference =
          references.computeIfAbsent(
              rows, one -> new ExpectedRows(stack, one, name + "_reference"));
      int count = partitions.applyAsInt(point.size());
      topics.put(point, BenchTopic.fill(stack, name, count, reference, rows, point.rows()));
    }
  }

  @Override
  BenchRun next(Point point, int round) {
    BenchRow row = row("json", point);
    String connector = CONNECTORS + row.id() + "-" + round;
    return new BenchRun(
        stack,
        row.with(row.id(), row.title(), settings.apply(point.size())),
        requireNonNull(topics.get(point)),
        connector);
  }

  @Override
  double rate(Result result) {
    return result.late().rows() / result.late().seconds();
  }
}
