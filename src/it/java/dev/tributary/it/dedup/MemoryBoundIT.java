package dev.tributary.it.dedup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.KafkaAdmin;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** More marks inside the window than {@code state.max.bytes} has room for. */
@ExtendWith(StackExtension.class)
class MemoryBoundIT {

  private static final Instant START = Instant.parse("2024-03-20T10:00:00Z");
  private static final String ONE_MEBIBYTE = "1048576";
  private static final int EVENTS = 60_000;

  private static Pipeline pipeline(Stack stack, String name) {
    return new Pipeline(stack, name, 1, "id UInt32")
        .deduplicating("id", "1h")
        .with("transforms.dedup.state.max.bytes", ONE_MEBIBYTE);
  }

  private static void send(Pipeline pipeline, int id) {
    pipeline.send(0, START, null, "{\"id\":" + id + "}");
  }

  @Test
  void the_task_stops_loses_nothing_and_resumes_with_more(Stack stack) {
    try (KafkaAdmin admin = stack.broker().admin();
        Pipeline pipeline =
            pipeline(stack, "bound_fail").withDeadLetters("bound_fail_dlq").start()) {
      for (int id = 0; id < EVENTS; id++) {
        send(pipeline, id);
      }
      assertThat(pipeline.awaitFailure())
          .contains("need more memory than 'state.max.bytes' = 1048576")
          .contains("Nothing is lost; raise 'state.max.bytes'");
      assertThat(pipeline.count("uniqExact(id)")).isLessThan(EVENTS);

      pipeline.with("transforms.dedup.state.max.bytes", "8388608").whileStopped(() -> {});
      send(pipeline, 0); // duplicate
      send(pipeline, EVENTS - 1); // duplicate
      pipeline.awaitDone();
      assertThat(pipeline.count("uniqExact(id)")).isEqualTo(EVENTS);
      assertThat(pipeline.dedupMetric("records-dropped-total")).isEqualTo(2);
      assertThat(pipeline.dedupMetric("marks-evicted-total")).isZero();
      assertThat(admin.endOffsets("bound_fail_dlq").values()).containsOnly(0L);
    }
  }

  @Test
  void when_configured_to_it_evicts_the_oldest_and_counts_them(Stack stack) {
    try (Pipeline pipeline =
        pipeline(stack, "bound_evict")
            .with("transforms.dedup.state.on.overflow", "evict")
            .start()) {
      for (int id = 0; id < EVENTS; id++) {
        send(pipeline, id);
      }
      send(pipeline, EVENTS - 1); // duplicate
      send(pipeline, 0); // one, too, but its mark is gone
      pipeline.awaitDone();

      assertThat(pipeline.count("count()")).isEqualTo(EVENTS + 1);
      assertThat(pipeline.count("countIf(id = 0)")).isEqualTo(2);
      assertThat(pipeline.dedupMetric("records-dropped-total")).isEqualTo(1);
      assertThat(pipeline.dedupMetric("marks-evicted-total")).isBetween(EVENTS / 4L, EVENTS - 1L);
      assertThat(pipeline.dedupMetric("bytes-held")).isLessThan(1_100_000);
    }
  }
}
