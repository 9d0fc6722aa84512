package dev.tributary.it.dedup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.KafkaAdmin;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Faults of the state topic stop the task with what to do; they never cost a record. */
@ExtendWith(StackExtension.class)
class StateTopicIT {

  private static final Instant START = Instant.parse("2024-03-20T10:00:00Z");
  private static final String TEN_YEARS_MS = "315360000000";
  private static final String COLUMNS = "id String, n UInt32";

  private static void send(Pipeline pipeline, String id, int n) {
    pipeline.send(0, START.plusSeconds(n), null, "{\"id\":\"%s\",\"n\":%d}".formatted(id, n));
  }

  private static List<String> rows(Pipeline pipeline) {
    return pipeline.select("DISTINCT concat(id, '#', toString(n))", "ORDER BY n");
  }

  /** Marks must not die by the clock: nobody may be there to read them over a weekend. */
  @Test
  void a_new_state_topic_keeps_marks_until_their_owner_deletes_them(Stack stack) {
    try (Pipeline pipeline =
            new Pipeline(stack, "state_new", 3, COLUMNS).deduplicating("id", "1h").start();
        KafkaAdmin admin = stack.broker().admin()) {
      send(pipeline, "a", 1);
      pipeline.awaitDone();

      assertThat(admin.topicConfig("state_new-state", "cleanup.policy"))
          .isEqualTo("compact,delete");
      assertThat(admin.topicConfig("state_new-state", "retention.ms")).isEqualTo("-1");
      assertThat(admin.topicConfig("state_new-state", "retention.bytes")).isEqualTo("-1");
      assertThat(admin.endOffsets("state_new-state")).hasSize(3);
    }
  }

  /** Also under errors.tolerance=all: no good record may end in the dead letter queue. */
  @Test
  void an_unfit_state_topic_stops_the_task_until_it_is_fixed(Stack stack) {
    try (KafkaAdmin admin = stack.broker().admin();
        Pipeline pipeline =
            new Pipeline(stack, "state_unfit", 1, COLUMNS)
                .deduplicating("id", "1h")
                .with("transforms.dedup.state.topic", "state_unfit_marks")
                .withDeadLetters("state_unfit_dlq")) {
      admin.createTopic("state_unfit_marks", 1, Map.of("cleanup.policy", "delete"));
      pipeline.create();
      send(pipeline, "a", 1);
      send(pipeline, "a", 2);
      send(pipeline, "b", 3);
      assertThat(pipeline.awaitFailure())
          .contains("Topic 'state_unfit_marks', named by 'state.topic', is required to have")
          .contains("'cleanup.policy=compact,delete'")
          .contains("found the topic currently has 'cleanup.policy=delete'")
          .contains("--add-config cleanup.policy=[compact,delete]");

      admin.setTopicConfig("state_unfit_marks", "cleanup.policy", "compact,delete");
      admin.setTopicConfig("state_unfit", "retention.ms", TEN_YEARS_MS);
      admin.setTopicConfig("state_unfit_marks", "retention.ms", "604800000");
      assertThat(failureAfterRestart(pipeline, "retention.ms=604800000"))
          .contains(
              "the retention of source topic 'state_unfit' (" + TEN_YEARS_MS + ") plus the window")
          .contains("--add-config retention.ms=-1");
      assertThat(pipeline.committed(0)).isZero();
      assertThat(rows(pipeline)).isEmpty();

      admin.setTopicConfig("state_unfit_marks", "retention.ms", "-1");
      pipeline.restart();
      await().atMost(Duration.ofMinutes(1)).until(() -> pipeline.count("count()") == 2);
      pipeline.awaitDone();
      assertThat(rows(pipeline)).containsExactly("a#1", "b#3");
      assertThat(admin.endOffsets("state_unfit_dlq").values()).containsOnly(0L);
    }
  }

  @Test
  void without_its_state_topic_a_connector_starts_clean_and_says_so(Stack stack)
      throws IOException {
    try (Pipeline pipeline =
            new Pipeline(stack, "state_gone", 1, COLUMNS).deduplicating("id", "1h").start();
        KafkaAdmin admin = stack.broker().admin()) {
      send(pipeline, "a", 1);
      send(pipeline, "a", 2); // duplicate
      pipeline.awaitDone();

      pipeline.whileStopped(() -> delete(admin, "state_gone-state"));
      send(pipeline, "a", 3); // its mark is lost
      send(pipeline, "a", 4); // duplicate
      send(pipeline, "b", 5);
      pipeline.awaitDone();

      assertThat(rows(pipeline)).containsExactly("a#1", "a#3", "b#5");
      String made = "State topic 'state_gone-state' did not exist, but consumer group";
      assertThat(Files.readAllLines(stack.worker().log().orElseThrow()))
          .filteredOn(line -> line.contains(made))
          .singleElement()
          .asString()
          .contains("WARN")
          .contains("'connect-state_gone' has committed offsets of 'state_gone' up to 2");
    }
  }

  @Test
  void when_its_state_topic_is_deleted_the_task_stops_and_loses_nothing(Stack stack) {
    try (Pipeline pipeline =
            new Pipeline(stack, "state_lost", 1, COLUMNS)
                .deduplicating("id", "1h")
                .with("transforms.dedup.state.kafka.delivery.timeout.ms", "3000")
                .with("transforms.dedup.state.kafka.request.timeout.ms", "1000")
                .with("transforms.dedup.state.kafka.max.block.ms", "3000")
                .withDeadLetters("state_lost_dlq")
                .start();
        KafkaAdmin admin = stack.broker().admin()) {
      send(pipeline, "a", 1);
      pipeline.awaitDone();
      long committed = pipeline.committed(0);

      delete(admin, "state_lost-state");
      send(pipeline, "b", 2);
      send(pipeline, "a", 3); // duplicate while the marks are in memory
      send(pipeline, "c", 4);
      assertThat(pipeline.awaitFailure())
          .contains("State cannot be written to topic 'state_lost-state'")
          .contains("no record is lost")
          .contains("then restart the task");
      assertThat(pipeline.committed(0)).isEqualTo(committed);

      pipeline.restart().awaitRestarted();
      pipeline.awaitDone();
      // The mark of a#1 went with the topic.
      assertThat(rows(pipeline)).containsExactly("a#1", "b#2", "a#3", "c#4");
      assertThat(admin.endOffsets("state_lost_dlq").values()).containsOnly(0L);
    }
  }

  /** A broker with auto.create.topics.enable does that without anybody noticing. */
  @Test
  void a_state_topic_that_was_deleted_and_created_again_serves_until_the_next_start(Stack stack) {
    try (Pipeline pipeline =
            new Pipeline(stack, "state_again", 1, COLUMNS).deduplicating("id", "1h").start();
        KafkaAdmin admin = stack.broker().admin()) {
      send(pipeline, "a", 1);
      pipeline.awaitDone();
      delete(admin, "state_again-state");
      admin.createTopic("state_again-state", 1);
      send(pipeline, "a", 2); // duplicate of a mark in memory
      send(pipeline, "b", 3);
      pipeline.awaitDone();
      assertThat(rows(pipeline)).containsExactly("a#1", "b#3");

      pipeline.resumeAfter(
          () -> {
            send(pipeline, "b", 4); // duplicate
            send(pipeline, "a", 5); // its mark is gone
            pipeline.flush();
          });
      assertThat(pipeline.awaitFailure()).contains("found the topic currently has 'cleanup.policy");
      admin.setTopicConfig("state_again-state", "cleanup.policy", "compact,delete");
      admin.setTopicConfig("state_again-state", "retention.ms", "-1");
      pipeline.restart().awaitRestarted();
      pipeline.awaitDone();
      assertThat(rows(pipeline)).containsExactly("a#1", "b#3", "a#5");
    }
  }

  private static void delete(KafkaAdmin admin, String topic) {
    admin.deleteTopics(List.of(topic));
    await().atMost(Duration.ofSeconds(30)).until(() -> !admin.topics().contains(topic));
  }

  private static String failureAfterRestart(Pipeline pipeline, String text) {
    pipeline.restart();
    return await()
        .atMost(Duration.ofMinutes(1))
        .until(pipeline::awaitFailure, t -> t.contains(text));
  }
}
