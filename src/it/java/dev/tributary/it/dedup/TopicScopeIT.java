package dev.tributary.it.dedup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tributary.demo.DemoEvents;
import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.ConnectRest;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@code scope=topic}: duplicates may be in any partition. */
@ExtendWith(StackExtension.class)
class TopicScopeIT {

  private static final String COLUMNS = "event_id String, seen UInt32";
  private static final int PARTITIONS = 4;
  private static final int EVENTS = 40_000;

  /** Sends the numbered events from one to another, each to any partition. */
  private static void send(Pipeline pipeline, DemoEvents events, Random random, int from, int to) {
    for (int i = from; i < to; i++) {
      String id = events.next().id();
      pipeline.send(
          random.nextInt(PARTITIONS),
          Instant.now(),
          null,
          "{\"event_id\":\"%s\",\"seen\":%d}".formatted(id, i));
    }
    pipeline.flush();
  }

  @Test
  void duplicates_in_other_partitions_are_dropped_also_after_a_kill(Stack stack, ConnectRest rest) {
    DemoEvents events = new DemoEvents(3, new BigDecimal("0.5"), Instant.now());
    Random random = new Random(3);
    try (Pipeline pipeline =
        new Pipeline(stack, "topic_scope", PARTITIONS, COLUMNS)
            .deduplicating("event_id", "1h")
            .with("transforms.dedup.scope", "topic")
            .with("batch.max.rows", "1000")
            .with("tasks.max", "3")
            .start()) {
      assertThat(rest.status("topic_scope").path("tasks")).hasSize(1);

      send(pipeline, events, random, 0, EVENTS / 2);
      await()
          .atMost(Duration.ofMinutes(1))
          .pollInterval(Duration.ofMillis(50))
          .until(() -> pipeline.count("count()") > 2_000);
      stack.worker().kill();
      send(pipeline, events, random, EVENTS / 2, EVENTS);
      stack.worker().start();
      pipeline.awaitDone();

      // The kill may repeat rows in a plain MergeTree: what counts is every event.
      assertThat(pipeline.count("uniqExact(event_id)")).isEqualTo(events.uniques());

      rest.restart("topic_scope");
      rest.awaitRunning("topic_scope", Duration.ofMinutes(1));
      List<String> before = pipeline.select("event_id, min(seen)", "GROUP BY 1 ORDER BY 1");
      DemoEvents again = new DemoEvents(3, new BigDecimal("0.5"), Instant.now());
      send(pipeline, again, random, EVENTS, 2 * EVENTS);
      pipeline.awaitDone();

      assertThat(pipeline.count("max(seen)")).isLessThan(EVENTS);
      assertThat(pipeline.select("event_id, min(seen)", "GROUP BY 1 ORDER BY 1")).isEqualTo(before);
    }
  }
}
