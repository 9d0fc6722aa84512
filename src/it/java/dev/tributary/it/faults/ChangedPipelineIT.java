package dev.tributary.it.faults;

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
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Offsets, settings and topics change under a pipeline that has state. */
@ExtendWith(StackExtension.class)
class ChangedPipelineIT {

  private static final Instant START = Instant.parse("2024-03-20T10:00:00Z");
  private static final String COLUMNS = "id String, n UInt32";

  private static void send(Pipeline pipeline, int minute, String id, int n) {
    pipeline.send(
        0,
        START.plusSeconds(60L * minute),
        null,
        "{\"id\":\"%s\",\"n\":%d,\"type\":\"a\"}".formatted(id, n));
  }

  private static List<String> rows(Pipeline pipeline) {
    return pipeline.select("concat(id, '#', toString(n))", "ORDER BY n");
  }

  @Test
  void offsets_moved_to_the_middle_give_the_same_rows_from_there_on(Stack stack, ConnectRest rest) {
    try (Pipeline pipeline =
        new Pipeline(stack, "change_offsets", 1, COLUMNS).deduplicating("id", "1h").start()) {
      // n is the offset: twenty ids, each of them five times, over an hour and a half.
      IntStream.range(0, 100).forEach(n -> send(pipeline, n * 9 / 10, "e" + n % 20, n));
      pipeline.awaitDone();
      List<String> first = rows(pipeline);
      List<String> fromFifty = pipeline.select("n", "WHERE n >= 50 ORDER BY n");

      pipeline.whileStopped(
          () -> {
            rest.alterOffset(pipeline.name(), pipeline.name(), 0, 50);
            stack.clickHouse().sql().execute("TRUNCATE TABLE change_offsets");
          });
      await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> pipeline.count("count()") == fromFifty.size());
      pipeline.awaitDone();

      assertThat(first).hasSize(40);
      assertThat(fromFifty).hasSize(20);
      assertThat(pipeline.select("n", "ORDER BY n")).isEqualTo(fromFifty);
    }
  }

  @Test
  void a_changed_window_keeps_the_existing_marks(Stack stack) {
    try (Pipeline pipeline =
        new Pipeline(stack, "change_window", 1, COLUMNS).deduplicating("id", "10m").start()) {
      send(pipeline, 0, "a", 1);
      send(pipeline, 5, "a", 2); // duplicate
      send(pipeline, 10, "b", 3);
      send(pipeline, 12, "a", 4); // after the window
      pipeline.awaitDone();
      pipeline.with("transforms.dedup.window", "1h").whileStopped(() -> {});
      send(pipeline, 59, "a", 5); // within the hour of both marks
      send(pipeline, 70, "b", 6); // an hour later to the minute
      pipeline.awaitDone();
      pipeline.with("transforms.dedup.window", "2m").whileStopped(() -> {});
      send(pipeline, 71, "b", 7); // duplicate
      send(pipeline, 72, "b", 8); // after the window
      pipeline.awaitDone();

      assertThat(rows(pipeline)).containsExactly("a#1", "b#3", "a#4", "b#6", "b#8");
    }
  }

  /** The type is the text of an id that was accepted: only the definition distinguishes them. */
  @Test
  void changed_key_fields_start_clean_and_the_old_ones_are_still_known(Stack stack) {
    try (Pipeline pipeline =
        new Pipeline(stack, "change_key", 1, COLUMNS).deduplicating("id", "1h").start()) {
      send(pipeline, 0, "a", 1);
      send(pipeline, 1, "b", 2);
      pipeline.awaitDone();
      pipeline.with("transforms.dedup.key.fields", "type").whileStopped(() -> {});
      send(pipeline, 2, "a", 3); // the first of its type
      send(pipeline, 3, "b", 4); // duplicate of that
      pipeline.awaitDone();
      pipeline.with("transforms.dedup.key.fields", "id").whileStopped(() -> {});
      send(pipeline, 4, "a", 5); // duplicate
      send(pipeline, 5, "c", 6);
      pipeline.awaitDone();

      assertThat(rows(pipeline)).containsExactly("a#1", "b#2", "a#3", "c#6");
    }
  }

  @Test
  void a_recreated_source_topic_starts_clean(Stack stack) {
    try (Pipeline pipeline =
            new Pipeline(stack, "change_source", 1, COLUMNS).deduplicating("id", "1h").start();
        KafkaAdmin admin = stack.broker().admin()) {
      send(pipeline, 0, "a", 1);
      send(pipeline, 1, "b", 2);
      send(pipeline, 2, "b", 3); // duplicate
      pipeline.awaitDone();

      pipeline.whileStopped(() -> recreate(admin, pipeline.name()));
      send(pipeline, 3, "b", 4); // same topic name, same offsets, another topic
      send(pipeline, 4, "a", 5);
      send(pipeline, 5, "a", 6); // duplicate
      await().atMost(Duration.ofMinutes(1)).until(() -> pipeline.count("count()") >= 4);
      pipeline.awaitDone();

      assertThat(rows(pipeline)).containsExactly("a#1", "b#2", "b#4", "a#5");
    }
  }

  /** Returns when the broker has forgotten the old topic's offsets too. */
  private static void recreate(KafkaAdmin admin, String topic) {
    admin.deleteTopics(List.of(topic));
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> !admin.topics().contains(topic) && admin.committedBySink(topic, topic).isEmpty());
    admin.createTopic(topic, 1);
  }

  @Test
  void partitions_added_to_the_source_topic_are_deduplicated_too(Stack stack) {
    try (Pipeline pipeline =
            new Pipeline(stack, "change_partitions", 1, COLUMNS)
                .deduplicating("id", "1h")
                .with("tasks.max", "2")
                .with("consumer.override.metadata.max.age.ms", "500")
                .start();
        KafkaAdmin admin = stack.broker().admin()) {
      send(pipeline, 0, "a", 1);
      pipeline.awaitDone();

      admin.growTopic(pipeline.name(), 3);
      for (int partition = 0; partition < 3; partition++) {
        for (int repeat = 0; repeat < 2; repeat++) {
          pipeline.send(partition, START, null, "{\"id\":\"p%d\",\"n\":%1$d}".formatted(partition));
        }
      }
      send(pipeline, 1, "a", 2); // the old partition knows it still
      pipeline.awaitDone();

      assertThat(pipeline.select("id", "ORDER BY id")).containsExactly("a", "p0", "p1", "p2");
      assertThat(admin.endOffsets(pipeline.name() + "-state")).hasSize(3);
    }
  }
}
