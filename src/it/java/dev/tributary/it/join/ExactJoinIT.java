package dev.tributary.it.join;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tributary.connect.sink.progress.SourceId;
import dev.tributary.it.fixture.Load;
import dev.tributary.it.fixture.SideTopic;
import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.ConnectRest;
import dev.tributary.stack.KafkaAdmin;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Held lefts with delivery=exactly_once: each joined row is in the table once. */
@ExtendWith(StackExtension.class)
class ExactJoinIT {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int LEFTS = 4_000;

  /** Half of the users are known, so there is a row between any two held lefts. */
  @Test
  void kills_while_lefts_are_held_and_released_leave_each_row_once(Stack stack, ConnectRest rest) {
    Instant now = Instant.now();
    try (SideTopic users = new SideTopic(stack, "held_exact_users", 2, Map.of());
        Pipeline pipeline =
            new Pipeline(
                    stack,
                    "held_exact",
                    4,
                    "id UInt32, user_name String, _topic String, _partition UInt32, _offset UInt64")
                .joining("join", users.name(), "user", "name:user_name")
                .with("transforms.join.window", "30m")
                .with("delivery", "exactly_once")
                .with("metadata.columns", "topic:_topic,partition:_partition,offset:_offset")
                .with("batch.max.rows", "200")
                .with("tasks.max", "2")) {
      stack
          .clickHouse()
          .sql()
          .execute(
              "ALTER TABLE held_exact MODIFY SETTING non_replicated_deduplication_window = 1000");
      pipeline.start();
      sendUsers(users, now.minusSeconds(1), 0, 50);
      for (int id = 0; id < LEFTS; id++) {
        pipeline.send(id % 4, now, null, "{\"id\":%d,\"user\":%d}".formatted(id, id % 100));
      }
      pipeline.flush();
      awaitRows(pipeline, LEFTS / 2);
      stack.worker().kill();
      stack.worker().start();
      rest.awaitRunning(pipeline.name(), PATIENCE);
      await().atMost(PATIENCE).until(() -> pipeline.joinMetric("join", "lefts-held") == LEFTS / 2);

      sendUsers(users, now.plusSeconds(1), 50, 75);
      await().atMost(PATIENCE).until(() -> pipeline.count("count()") > LEFTS / 2);
      stack.worker().kill();
      sendUsers(users, now.plusSeconds(1), 75, 100);
      stack.worker().start();
      pipeline.awaitDone();

      assertThat(pipeline.count("uniqExact(id)")).isEqualTo(LEFTS);
      assertThat(pipeline.count("count()")).isEqualTo(LEFTS);
      assertThat(pipeline.count("countIf(user_name != concat('u', toString(id % 100)))")).isZero();
    }
  }

  /** Held lefts are released at any moment, also while their partitions are claimed again. */
  @Test
  void fence_while_lefts_are_held_costs_no_row(Stack stack, ConnectRest rest) throws Exception {
    try (SideTopic users = new SideTopic(stack, "fence_exact_users");
        Pipeline pipeline =
            new Pipeline(stack, "fence_exact", 2, "seen UInt64, nick Nullable(String)")
                .exactlyOnce()
                .joining("join", users.name(), "event_id", "nick")
                .with("transforms.join.join.type", "left")
                .with("transforms.join.window", "6s")
                .start();
        Load load = Load.on(pipeline, 2, 800)) {
      await().atMost(PATIENCE).until(() -> pipeline.count("count()") > 0);
      fence(stack, pipeline.name(), 0);
      fence(stack, pipeline.name(), 1);
      long sent = load.sent();
      await().atMost(PATIENCE).until(() -> pipeline.count("count()") > sent);
      load.stop();
      pipeline.awaitDone();

      assertThat(Files.readString(stack.worker().log().orElseThrow()))
          .contains("fenced by another task that claimed fence_exact-0")
          .contains("fenced by another task that claimed fence_exact-1");
      assertThat(rest.failures(pipeline.name())).isEmpty();
      assertThat(pipeline.count("uniqExact(seen)")).isEqualTo(load.sent());
      assertThat(pipeline.count("count()")).isEqualTo(load.sent());
    }
  }

  /** Claims a partition from the task that reads it, as another Connect cluster would. */
  private static void fence(Stack stack, String name, int partition) {
    try (KafkaAdmin admin = stack.broker().admin()) {
      TopicPartition source = new TopicPartition(name, partition);
      stack.broker().fence(new SourceId(name, source, admin.topicId(name)).key());
    }
  }

  private static void sendUsers(SideTopic users, Instant time, int from, int to) {
    for (int user = from; user < to; user++) {
      users.send(user % 2, time, null, "{\"user\":%d,\"name\":\"u%d\"}".formatted(user, user));
    }
    users.flush();
  }

  private static void awaitRows(Pipeline pipeline, long rows) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(pipeline.count("count()")).isEqualTo(rows));
  }
}
