package dev.tributary.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.it.fixture.Load;
import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.ConnectRest;
import dev.tributary.stack.ConnectWorker;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Partitions and their state change hands under load. */
@ExtendWith(StackExtension.class)
class MovingTasksIT {

  private static final int PARTITIONS = 6;

  /**
   * Rows inserted but not yet committed at a kill are inserted again, so the test counts distinct
   * rows; {@code seen} distinguishes a repeated row from a duplicate that was let through.
   */
  @Test
  void tasks_that_move_between_two_workers_lose_nothing_and_let_nothing_through(
      Stack stack, ConnectRest rest) {
    try (Pipeline pipeline =
            new Pipeline(stack, "moving_tasks", PARTITIONS, "event_id String, seen UInt32")
                .deduplicating("event_id", "1h")
                .with("tasks.max", "4")
                .start();
        ConnectWorker second = stack.newWorker("connect-2");
        Load load = Load.on(pipeline, PARTITIONS, 3_000)) {
      for (int round = 0; round < 2; round++) {
        second.start();
        awaitWorkers(rest, pipeline, 2);
        awaitMoreRows(pipeline);
        second.kill();
        awaitWorkers(rest, pipeline, 1);
        awaitMoreRows(pipeline);
      }
      second.start();
      awaitWorkers(rest, pipeline, 2);
      awaitMoreRows(pipeline);
      second.stop();
      awaitWorkers(rest, pipeline, 1);
      long uniques = load.stop();
      pipeline.awaitDone();

      assertThat(pipeline.count("uniqExact(event_id)")).isEqualTo(uniques);
      assertThat(pipeline.count("uniqExact(event_id, seen)")).isEqualTo(uniques);
      assertThat(load.sent()).isGreaterThan(uniques);
    }
  }

  private static void awaitMoreRows(Pipeline pipeline) {
    long before = pipeline.count("count()");
    await()
        .atMost(Duration.ofMinutes(1))
        .pollInterval(Duration.ofMillis(50))
        .until(() -> pipeline.count("count()") > before + 2_000);
  }

  /** Returns when all tasks run, on {@code count} workers. */
  private static void awaitWorkers(ConnectRest rest, Pipeline pipeline, int count) {
    await()
        .atMost(Duration.ofMinutes(1))
        .pollInterval(Duration.ofMillis(100))
        .until(
            () -> {
              Set<String> workers = new HashSet<>();
              for (JsonNode task : rest.status(pipeline.name()).path("tasks")) {
                if (!task.path("state").asText().equals("RUNNING")) {
                  return false;
                }
                workers.add(task.path("worker_id").asText());
              }
              return workers.size() == count;
            });
  }
}
