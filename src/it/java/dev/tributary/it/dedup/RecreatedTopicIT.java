package dev.tributary.it.dedup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.ConnectRest;
import dev.tributary.stack.KafkaAdmin;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A source topic that is recreated holds other records under the same offsets. */
@ExtendWith(StackExtension.class)
class RecreatedTopicIT {

  private static void recreate(KafkaAdmin admin, String topic) {
    admin.deleteTopics(List.of(topic));
    await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptions()
        .until(
            () -> {
              admin.createTopic(topic, 1);
              return true;
            });
  }

  private static void send(Pipeline pipeline, String... ids) {
    for (String id : ids) {
      pipeline.send("{\"id\":\"" + id + "\"}");
    }
    pipeline.flush();
  }

  @Test
  void marks_of_the_old_topic_do_not_count_for_a_running_task(Stack stack) {
    try (Pipeline pipeline =
            new Pipeline(stack, "recreated_running", 1, "id String")
                .deduplicating("id", "1h")
                .start();
        KafkaAdmin admin = stack.broker().admin()) {
      send(pipeline, "a", "b", "c", "d", "b");
      pipeline.awaitDone();
      recreate(admin, pipeline.name());
      send(pipeline, "b", "a", "b");
      await()
          .atMost(Duration.ofMinutes(2))
          .untilAsserted(
              () ->
                  assertThat(pipeline.select("id", "ORDER BY id"))
                      .containsExactly("a", "a", "b", "b", "c", "d"));
      assertThat(pipeline.dedupMetric("records-dropped-total")).isEqualTo(2);
    }
  }

  @Test
  void marks_of_the_old_topic_do_not_count_after_a_stop(Stack stack, ConnectRest rest) {
    try (Pipeline pipeline =
            new Pipeline(stack, "recreated_stopped", 1, "id String")
                .deduplicating("id", "1h")
                .start();
        KafkaAdmin admin = stack.broker().admin()) {
      send(pipeline, "a", "b", "c", "d", "b");
      pipeline.awaitDone();
      rest.stop(pipeline.name());
      recreate(admin, pipeline.name());
      send(pipeline, "b", "a", "b");
      rest.resume(pipeline.name());
      await()
          .atMost(Duration.ofMinutes(2))
          .untilAsserted(
              () ->
                  assertThat(pipeline.select("id", "ORDER BY id"))
                      .containsExactly("a", "a", "b", "b", "c", "d"));
    }
  }
}
