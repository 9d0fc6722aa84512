package dev.tributary.it.dedup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.ConnectRest;
import dev.tributary.stack.KafkaAdmin;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Two connectors share a state topic: one whose marks die fast, one whose marks live long. */
@ExtendWith(StackExtension.class)
class StateTrimIT {

  private static final String STATE = "trim_state";
  private static final TopicPartition STATE_0 = new TopicPartition(STATE, 0);
  private static final int EVENTS = 250_000;

  /** In records of at most 900 marks each; less than 100,000 marks are not cut. */
  private static final long LEAST_CUT = 100_000 / 900;

  @Test
  void dead_marks_leave_the_topic_and_those_of_others_do_not(Stack stack, ConnectRest rest) {
    try (Pipeline fast =
            new Pipeline(stack, "trim_fast", 1, "id String")
                .deduplicating("id", "1s")
                .with("transforms.dedup.state.topic", STATE);
        Pipeline slow =
            new Pipeline(stack, "trim_slow", 1, "id String")
                .deduplicating("id", "7d")
                .with("transforms.dedup.state.topic", STATE);
        KafkaAdmin admin = stack.broker().admin()) {
      Instant start = Instant.now().minusMillis(10L * EVENTS);
      slow.start();
      slow.send(0, start, null, event("before"));
      slow.awaitDone();
      fast.start();
      for (int i = 0; i < EVENTS; i++) {
        fast.send(0, start.plusMillis(10L * i), null, event("e" + i));
        if (i == EVENTS / 3) {
          slow.send(0, start, null, event("between"));
          slow.awaitDone();
        }
      }
      fast.awaitDone();
      // One more commit shows the task that the one before is through.
      fast.send(0, start.plusMillis(10L * EVENTS), null, event("last"));
      await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> admin.startOffsets(STATE).getOrDefault(STATE_0, 0L) > LEAST_CUT);
      fast.awaitDone();
      slow.awaitDone();

      for (Pipeline pipeline : List.of(fast, slow)) {
        rest.restart(pipeline.name());
        rest.awaitRunning(pipeline.name(), Duration.ofMinutes(1));
      }
      slow.send(0, start.plusSeconds(60), null, event("before"));
      slow.send(0, start.plusSeconds(60), null, event("between"));
      slow.send(0, start.plusSeconds(60), null, event("after"));
      fast.send(0, start.plusMillis(10L * EVENTS), null, event("last"));
      fast.send(0, start.plusMillis(10L * EVENTS), null, event("e" + (EVENTS - 1)));
      slow.awaitDone();
      fast.awaitDone();

      assertThat(slow.select("id", "ORDER BY id")).containsExactly("after", "before", "between");
      assertThat(slow.dedupMetric("records-dropped-total")).isEqualTo(2);
      assertThat(fast.count("count()")).isEqualTo(EVENTS + 1);
      assertThat(fast.dedupMetric("records-dropped-total")).isEqualTo(2);
    }
  }

  private static String event(String id) {
    return "{\"id\":\"" + id + "\"}";
  }
}
