package dev.tributary.bench;

import dev.tributary.bench.ScaleSeries.Point;
import dev.tributary.stack.ClickHouseSql;
import dev.tributary.stack.KafkaAdmin;
import dev.tributary.stack.Stack;
import dev.tributary.stack.StackException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Runs the points of each series in turn, round after round, prints what they took, and draws it.
 */
final class Scale {

  private final Stack stack;
  private final PrintStream out;
  private final int rounds;
  private final Optional<Path> pictures;
  private final String machine;

  /**
   * @param rounds that count; one more goes before them to warm the servers up, unless there is one
   *     only
   * @param pictures where to draw
   * @param machine stands below each picture
   */
  Scale(Stack stack, PrintStream out, int rounds, Optional<Path> pictures, String machine) {
    this.stack = stack;
    this.out = out;
    this.rounds = rounds;
    this.pictures = pictures;
    this.machine = machine;
  }

  /**
   * @throws WrongRowsException as soon as a run has left wrong rows
   */
  void run(List<ScaleSeries> all) {
    ScaleTable table = new ScaleTable(out);
    for (ScaleSeries series : all) {
      try {
        Map<Point, List<BenchRun.Result>> results = measure(series);
        table.add(series, results);
        if (pictures.isPresent()) {
          draw(series, results, pictures.get());
        }
      } finally {
        clean();
      }
    }
    table.print();
  }

  private Map<Point, List<BenchRun.Result>> measure(ScaleSeries series) {
    out.printf("Filling topics of series %s …%n", series.id());
    series.fill();
    Map<Point, List<BenchRun.Result>> results = new LinkedHashMap<>();
    for (int round = rounds == 1 ? 1 : 0; round <= rounds; round++) {
      List<Point> order = new ArrayList<>(series.points());
      if (round % 2 == 0) {
        Collections.reverse(order);
      }
      for (Point point : order) {
        BenchRun.Result result = series.next(point, round).run();
        out.printf(
            Locale.ROOT,
            "%-8s %-20s %,10.0f rows/s%n",
            round == 0 ? "warm-up" : "round " + round,
            series.id() + " " + point.size(),
            series.rate(result));
        if (round > 0) {
          results.computeIfAbsent(point, key -> new ArrayList<>()).add(result);
        }
      }
    }
    return results;
  }

  private void draw(ScaleSeries series, Map<Point, List<BenchRun.Result>> results, Path directory) {
    ScalePicture picture =
        new ScalePicture(
            series.title(),
            series.axis(),
            machine,
            "Medians of %d rounds; bars from the least to the most".formatted(rounds));
    results.forEach((point, runs) -> picture.add(point.size(), Spread.of(runs, series::rate)));
    try {
      Files.createDirectories(directory);
      Path file = directory.resolve("scale-" + series.id() + ".svg");
      Files.writeString(file, picture.svg());
      out.println("Drawn: " + file);
    } catch (IOException e) {
      throw new StackException("Cannot draw into " + directory + ": " + e.getMessage(), e);
    }
  }

  private void clean() {
    try (KafkaAdmin admin = stack.broker().admin()) {
      admin.deleteTopics(
          admin.topics().stream()
              .filter(
                  topic ->
                      topic.startsWith(ScaleSeries.PREFIX)
                          || topic.startsWith(ScaleSeries.CONNECTORS))
              .toList());
    }
    ClickHouseSql sql = stack.clickHouse().sql();
    sql.query(
            "SELECT name FROM system.tables WHERE database = currentDatabase()"
                + " AND startsWith(name, '"
                + ScaleSeries.PREFIX
                + "')")
        .lines()
        .forEach(table -> sql.execute("DROP TABLE IF EXISTS " + table));
  }
}
