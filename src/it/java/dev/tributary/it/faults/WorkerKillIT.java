package dev.tributary.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tributary.demo.DemoEvents;
import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** SIGKILL of the worker in the middle of the load. */
@ExtendWith(StackExtension.class)
class WorkerKillIT {

  private static final int EVENTS = 300_000;
  private static final int PARTITIONS = 4;

  /**
   * Rows that were inserted but not yet committed when the worker died are inserted again: a plain
   * MergeTree may hold them twice until inserts are exactly-once. So the test counts distinct ids,
   * and that a repeated id is a repeated row and not a duplicate event let through.
   */
  @Test
  void kill_in_the_middle_loses_no_event_and_lets_no_duplicate_through(Stack stack) {
    String columns =
        "event_id String, user_id String, name String, email String, created_at DateTime";
    DemoEvents events = new DemoEvents(7, new BigDecimal("0.1"), Instant.now());
    Set<String> ids = new HashSet<>();
    try (Pipeline pipeline =
        new Pipeline(stack, "worker_kill", PARTITIONS, columns + ", seen UInt32")
            .deduplicating("event_id", "1h")
            .with("tasks.max", "2")
            .with("batch.max.rows", "5000")) {
      for (int i = 0; i < EVENTS; i++) {
        DemoEvents.Event event = events.next();
        ids.add(event.id());
        // `seen` distinguishes a repetition of an event from the event itself.
        String json = event.json().replaceFirst("}$", ",\"seen\":" + i + "}");
        int partition = Math.floorMod(event.id().hashCode(), PARTITIONS);
        pipeline.send(partition, Instant.now(), event.id(), json);
      }
      pipeline.flush();
      pipeline.start();
      await()
          .atMost(Duration.ofMinutes(2))
          .pollInterval(Duration.ofMillis(50))
          .until(() -> pipeline.count("count()") > 60_000);
      stack.worker().kill();
      long atKill = pipeline.count("count()");
      assertThat(stack.worker().temporaryDirectory())
          .isDirectoryNotContaining(
              file -> file.getFileName().toString().startsWith("liblz4-java-"));
      stack.worker().start();
      pipeline.awaitDone();

      assertThat(atKill).isLessThan(EVENTS / 2);
      assertThat(ids).hasSize(272_727);
      assertThat(pipeline.count("uniqExact(event_id)")).isEqualTo(272_727);
      assertThat(pipeline.count("uniqExact(event_id, seen)")).isEqualTo(272_727);
    }
  }
}
