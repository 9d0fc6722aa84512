package dev.tributary.it.join;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tributary.it.fixture.SideTopic;
import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.ConnectRest;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
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
