package dev.tributary.it.dedup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.ConnectRest;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(StackExtension.class)
class DeduplicateIT {

  private static final Instant DAY = Instant.parse("2024-03-20T00:00:00Z");

  private static Instant at(String time) {
    return DAY.plus(Duration.between(LocalTime.MIN, LocalTime.parse(time)));
  }

  private static String event(String id, String createdAt) {
    return "{\"event_id\":\"%s\",\"created_at\":\"2024-03-20 %s\"}".formatted(id, createdAt);
  }

  /** The stream of GlassFlow's demo: a window counted from the first sight, never extended. */
  @Test
  void window_counts_from_the_accepted_record(Stack stack) {
    try (Pipeline pipeline =
        new Pipeline(stack, "dedup_window", 1, "event_id String, created_at DateTime")
            .deduplicating("event_id", "1h")
            .withDeadLetters("dedup_window_dlq")
            .start()) {
      pipeline.send(0, at("10:00:00"), null, event("e1", "10:00:00"));
      pipeline.send(0, at("10:00:01"), null, event("e2", "10:00:01"));
      pipeline.send(0, at("10:00:02"), null, event("e1", "10:00:02"));
      pipeline.send(0, at("10:40:00"), null, event("e1", "10:40:00"));
      pipeline.send(0, at("11:00:01"), null, event("e1", "11:00:01"));
      pipeline.send(0, at("11:30:00"), null, event("e1", "11:30:00"));
      pipeline.send(0, at("11:30:01"), null, event("e3", "11:30:01"));
      pipeline.send(0, at("11:30:02"), null, "{\"created_at\":\"2024-03-20 11:30:02\"}");
      pipeline.send(0, at("11:30:03"), null, "not json");
      pipeline.send(0, at("11:30:04"), null, event("e3", "11:30:05"));
      pipeline.awaitDone();

      assertThat(
              pipeline.select(
                  "concat(event_id, '@', formatDateTime(created_at, '%T'))", "ORDER BY created_at"))
          .containsExactly("e1@10:00:00", "e2@10:00:01", "e1@11:00:01", "e3@11:30:01", "@11:30:02");
      assertThat(pipeline.dedupMetric("records-dropped-total")).isEqualTo(4);
      assertThat(pipeline.dedupMetric("records-missing-key-total")).isEqualTo(1);
    }
  }

  @Test
  void restart_of_the_connector_forgets_nothing(Stack stack, ConnectRest rest) {
    try (Pipeline pipeline =
        new Pipeline(stack, "dedup_restart", 2, "event_id String, created_at DateTime")
            .deduplicating("event_id", "1h")
            .with("tasks.max", "2")
            .start()) {
      sendHundred(pipeline);
      pipeline.awaitDone();
      rest.restart(pipeline.name());
      rest.awaitRunning(pipeline.name(), Duration.ofMinutes(1));
      sendHundred(pipeline);
      pipeline.awaitDone();

      assertThat(pipeline.count("count()")).isEqualTo(100);
      assertThat(pipeline.count("uniqExact(event_id)")).isEqualTo(100);
    }
  }

  /** What a mark without coordinates gets wrong: the redelivered record is its own duplicate. */
  @Test
  void records_that_are_delivered_again_pass_again(Stack stack, ConnectRest rest) {
    try (Pipeline pipeline =
        new Pipeline(stack, "dedup_replay", 2, "event_id String, created_at DateTime")
            .deduplicating("event_id", "1h")
            .start()) {
      sendHundred(pipeline);
      sendHundred(pipeline);
      pipeline.awaitDone();
      List<String> before = pipeline.select("*", "ORDER BY event_id");

      rest.stop(pipeline.name());
      rest.resetOffsets(pipeline.name());
      stack.clickHouse().sql().execute("TRUNCATE TABLE dedup_replay");
      rest.resume(pipeline.name());
      rest.awaitRunning(pipeline.name(), Duration.ofMinutes(1));
      await()
          .atMost(Duration.ofMinutes(1))
          .untilAsserted(
              () -> assertThat(pipeline.select("*", "ORDER BY event_id")).isEqualTo(before));
      pipeline.awaitDone();

      assertThat(pipeline.select("*", "ORDER BY event_id")).isEqualTo(before).hasSize(100);
    }
  }

  private static void sendHundred(Pipeline pipeline) {
    for (int i = 0; i < 100; i++) {
      pipeline.send(i % 2, at("10:00:00"), null, event("e" + i, "10:00:00"));
    }
  }
}
