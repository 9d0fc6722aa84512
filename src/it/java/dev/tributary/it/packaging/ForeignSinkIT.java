package dev.tributary.it.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tributary.foreign.FileSinkConnector;
import dev.tributary.foreign.FileSinkTask;
import dev.tributary.it.fixture.Load;
import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Deduplicate in front of a sink that knows nothing of it, from another plugin directory. */
@ExtendWith(StackExtension.class)
class ForeignSinkIT {

  private static final int PARTITIONS = 4;
  private static final int PER_SECOND = 2_000;
  private static final Pattern LINE =
      Pattern.compile("(\\d+)\t.*\"event_id\":\"([^\"]+)\".*\"seen\":(\\d+)}");

  private static Pipeline intoFiles(Stack stack, String name) throws IOException {
    Path directory = Files.createDirectories(stack.directory().resolve(name));
    return Pipeline.intoForeignSink(stack, name, PARTITIONS, FileSinkConnector.class.getName())
        .with(FileSinkConnector.DIRECTORY, directory.toString())
        .with("value.converter", "org.apache.kafka.connect.storage.StringConverter")
        .with("tasks.max", "2")
        .deduplicating("key:", "1h");
  }

  /** What the files hold: of each event the numbers under which it came, and when each came. */
  private static Map<String, SortedMap<Long, Long>> events(Stack stack, String name)
      throws IOException {
    return FileSinkTask.lines(stack.directory().resolve(name))
        .map(LINE::matcher)
        .filter(Matcher::matches)
        .collect(
            Collectors.groupingBy(
                line -> line.group(2),
                Collectors.toMap(
                    line -> Long.parseLong(line.group(3)),
                    line -> Long.parseLong(line.group(1)),
                    Math::min,
                    TreeMap::new)));
  }

  private static void awaitCommitted(Pipeline pipeline, long records) {
    await().atMost(Duration.ofMinutes(1)).until(() -> pipeline.committed() >= records);
  }

  @Test
  void restarts_lose_nothing_and_let_nothing_through(Stack stack) throws IOException {
    try (Pipeline pipeline = intoFiles(stack, "foreign_restart").start();
        Load load = Load.on(pipeline, PARTITIONS, PER_SECOND)) {
      awaitCommitted(pipeline, 2_000);
      pipeline.restart();
      awaitCommitted(pipeline, load.sent() + 1_000);
      pipeline.whileStopped(() -> {});
      awaitCommitted(pipeline, load.sent() + 1_000);
      long uniques = load.stop();
      pipeline.awaitDone();

      Map<String, SortedMap<Long, Long>> events = events(stack, pipeline.name());
      assertThat(events).hasSize((int) uniques);
      assertThat(events.values()).allSatisfy(numbers -> assertThat(numbers).hasSize(1));
      assertThat(pipeline.dedupMetric("records-dropped-total")).isPositive();
    }
  }

  @Test
  void a_kill_loses_nothing_and_lets_through_only_what_repeats_its_last_moments(Stack stack)
      throws IOException {
    try (Pipeline pipeline = intoFiles(stack, "foreign_kill").start();
        Load load = Load.on(pipeline, PARTITIONS, PER_SECOND)) {
      awaitCommitted(pipeline, 4_000);
      long killed = System.currentTimeMillis();
      stack.worker().kill();
      stack.worker().start();
      awaitCommitted(pipeline, load.sent() + 1_000);
      long uniques = load.stop();
      pipeline.awaitDone();

      Map<String, SortedMap<Long, Long>> events = events(stack, pipeline.name());
      List<Long> forgotten =
          events.values().stream()
              .filter(numbers -> numbers.size() > 1)
              .map(numbers -> numbers.get(numbers.firstKey()))
              .toList();
      assertThat(events).hasSize((int) uniques);
      assertThat(forgotten).allSatisfy(time -> assertThat(killed - time).isLessThan(1_000));
    }
  }
}
