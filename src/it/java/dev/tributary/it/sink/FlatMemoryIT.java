package dev.tributary.it.sink;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Marks are forgotten as their windows pass. */
@ExtendWith(StackExtension.class)
class FlatMemoryIT {

  private static final int WINDOWS = 50;
  private static final int KEYS_A_WINDOW = 2_000;
  private static final int WINDOWS_A_STEP = 5;

  /** Each step is committed before the next, as it is in a life that is longer than a test. */
  @Test
  void fifty_windows_need_no_more_memory_than_five(Stack stack) {
    Instant start = Instant.parse("2024-03-20T10:00:00Z");
    long most = 0;
    try (Pipeline pipeline =
        new Pipeline(stack, "flat_memory", 1, "id String").deduplicating("id", "10s").start()) {
      for (int window = 0; window < WINDOWS; window++) {
        for (int key = 0; key < KEYS_A_WINDOW; key++) {
          Instant time = start.plusMillis(10_000L * window + 5L * key);
          String value = "{\"id\":\"%d-%d\"}".formatted(window, key);
          pipeline.send(0, time, null, value);
          pipeline.send(0, time, null, value);
        }
        if (window % WINDOWS_A_STEP == WINDOWS_A_STEP - 1) {
          pipeline.awaitDone();
          most = Math.max(most, pipeline.dedupMetric("keys-held"));
        }
      }

      assertThat(pipeline.count("count()")).isEqualTo(WINDOWS * KEYS_A_WINDOW);
      assertThat(pipeline.dedupMetric("records-dropped-total")).isEqualTo(WINDOWS * KEYS_A_WINDOW);
      // Two windows that count, a step that was not committed yet, and room for what is lazy.
      assertThat(most).isBetween(2L * KEYS_A_WINDOW, 2L * (2 + WINDOWS_A_STEP) * KEYS_A_WINDOW);
    }
  }
}
