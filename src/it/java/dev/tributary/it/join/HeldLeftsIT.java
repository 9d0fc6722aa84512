package dev.tributary.it.join;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tributary.connect.ClickHouseSinkConnector;
import dev.tributary.connect.Deduplicate;
import dev.tributary.foreign.FileSinkConnector;
import dev.tributary.foreign.FileSinkTask;
import dev.tributary.it.fixture.SideTopic;
import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.ConnectRest;
import dev.tributary.stack.ConnectWorker;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What happens to a connector while lefts wait, and what cannot be joined at all. */
@ExtendWith(StackExtension.class)
class HeldLeftsIT {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int LEFTS = 4_000;

  private static Pipeline pipeline(Stack stack, String name, SideTopic users) {
    return new Pipeline(stack, name, 4, "id UInt32, user_name String")
        .joining("join", users.name(), "user", "name:user_name")
        .with("transforms.join.window", "30m")
        .with("tasks.max", "2");
  }

  private static void send(Pipeline pipeline, Instant time, int from, int to) {
    for (int id = from; id < to; id++) {
      pipeline.send(id % 4, time, null, "{\"id\":%d,\"user\":%d}".formatted(id, id % 100));
    }
    pipeline.flush();
  }

  private static void user(SideTopic users, Instant time, int user) {
    users.send(time, null, "{\"user\":%d,\"name\":\"u%d\"}".formatted(user, user));
  }

  private static void awaitHeld(Pipeline pipeline, int held) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(100))
        .untilAsserted(() -> assertThat(pipeline.joinMetric("join", "lefts-held")).isEqualTo(held));
  }

  private static long workers(ConnectRest rest, String connector) {
    Set<String> workers = new HashSet<>();
    rest.status(connector)
        .path("tasks")
        .forEach(task -> workers.add(task.path("worker_id").asText()));
    return workers.size();
  }

  /**
   * Half of the users are known, so there is a row between any two held lefts. Rows above the
   * oldest held left come again after each of this, which is what at_least_once means here; so the
   * test counts distinct ids, and that each has one name.
   */
  @Test
  void nothing_that_happens_to_a_connector_loses_a_held_left(Stack stack, ConnectRest rest)
      throws Exception {
    Instant now = Instant.now();
    try (SideTopic users = new SideTopic(stack, "held_moves_users", 2, Map.of());
        Pipeline pipeline = pipeline(stack, "held_moves", users).start();
        ConnectWorker second = stack.newWorker("held-second")) {
      for (int user = 0; user < 50; user++) {
        user(users, now.minusSeconds(1), user);
      }
      users.flush();
      send(pipeline, now, 0, LEFTS);
      awaitHeld(pipeline, LEFTS / 2);
      assertThat(pipeline.committed()).isLessThanOrEqualTo(LEFTS / 2);

      rest.pause(pipeline.name());
      rest.resume(pipeline.name());
      rest.awaitRunning(pipeline.name(), PATIENCE);
      awaitHeld(pipeline, LEFTS / 2);
      pipeline.restart();
      awaitHeld(pipeline, LEFTS / 2);
      pipeline.with("batch.max.rows", "777").whileStopped(() -> {});
      awaitHeld(pipeline, LEFTS / 2);
      stack.worker().kill();
      stack.worker().start();
      awaitHeld(pipeline, LEFTS / 2);
      second.start();
      await().atMost(PATIENCE).until(() -> workers(rest, pipeline.name()) == 2);
      second.kill();
      await().atMost(PATIENCE).until(() -> workers(rest, pipeline.name()) == 1);
      rest.awaitRunning(pipeline.name(), PATIENCE);
      awaitHeld(pipeline, LEFTS / 2);
      assertThat(pipeline.committed()).isLessThanOrEqualTo(LEFTS / 2);

      for (int user = 50; user < 100; user++) {
        user(users, now.plusSeconds(1), user);
      }
      users.flush();
      pipeline.awaitDone();
      assertThat(pipeline.count("uniqExact(id)")).isEqualTo(LEFTS);
      assertThat(pipeline.count("uniqExact(id, user_name)")).isEqualTo(LEFTS);
      assertThat(pipeline.count("countIf(user_name != concat('u', toString(id % 100)))")).isZero();
    }
  }

  @Test
  void what_is_held_is_bounded_and_the_rest_waits_in_kafka(Stack stack) {
    Instant now = Instant.now();
    try (SideTopic users = new SideTopic(stack, "held_full_users");
        Pipeline pipeline =
            pipeline(stack, "held_full", users)
                .with("transforms.join.hold.max.records", "300")
                .with("tasks.max", "1")
                .with("consumer.override.max.poll.records", "100")) {
      send(pipeline, now, 0, LEFTS);
      pipeline.start();
      await().atMost(PATIENCE).until(() -> pipeline.joinMetric("join", "lefts-held") >= 300);
      long seen = (long) pipeline.joinMetric("join", "lefts-seen-total");
      assertThat(pipeline.joinMetric("join", "lefts-held")).isBetween(300.0, 400.0);
      assertThat(seen).isLessThanOrEqualTo(400);

      for (int user = 0; user < 100; user++) {
        user(users, now.plusSeconds(1), user);
      }
      users.flush();
      pipeline.awaitDone();
      assertThat(pipeline.count("count()")).isEqualTo(LEFTS);
      assertThat(pipeline.count("uniqExact(id)")).isEqualTo(LEFTS);
    }
  }

  /** A released record that fails is reported with its own bytes and coordinates. */
  @Test
  void a_released_record_that_cannot_be_written_goes_to_the_dead_letter_queue(Stack stack) {
    Instant now = Instant.now();
    try (SideTopic users = new SideTopic(stack, "held_dead_users");
        Pipeline pipeline =
            new Pipeline(stack, "held_dead", 1, "id UInt32, age UInt8")
                .joining("join", users.name(), "user", "age")
                .with("transforms.join.window", "30m")
                .withDeadLetters("held_dead_dlq")
                .start()) {
      pipeline.send(0, now, null, "{\"id\":1,\"user\":1}");
      pipeline.send(0, now, null, "{\"id\":2,\"user\":2}");
      pipeline.flush();
      awaitHeld(pipeline, 2);
      users.send(now.plusSeconds(1), null, "{\"user\":1,\"age\":\"not a number\"}");
      users.send(now.plusSeconds(1), null, "{\"user\":2,\"age\":7}");
      users.flush();
      pipeline.awaitDone();

      assertThat(pipeline.select("id, age", "")).containsExactly("2\t7");
      var dead = pipeline.awaitDeadLetters("held_dead_dlq", 1).get(0);
      assertThat(new String(dead.value(), StandardCharsets.UTF_8))
          .isEqualTo("{\"id\":1,\"user\":1}");
      assertThat(Pipeline.header(dead, "__connect.errors.offset")).isEqualTo("0");
    }
  }

  /** All lefts are released at once, and the second join refuses one of them. */
  @Test
  void a_released_left_that_a_later_join_refuses_is_one_dead_letter(Stack stack) {
    Instant now = Instant.now();
    try (SideTopic users = new SideTopic(stack, "held_chain_users");
        Pipeline pipeline =
            new Pipeline(
                    stack,
                    "held_chain",
                    1,
                    "id UInt32, name Nullable(String), other Nullable(String)")
                .joining("first", users.name(), "user", "name")
                .joining("second", users.name(), "user", "name:other")
                .with("transforms.first.join.type", "left")
                .with("transforms.first.window", "4s")
                .with("transforms.second.join.type", "left")
                .withDeadLetters("held_chain_dlq")) {
      for (int id = 0; id < 400; id++) {
        String other = id == 50 ? ",\"other\":\"taken\"" : "";
        pipeline.send(0, now, null, "{\"id\":%d,\"user\":1%s}".formatted(id, other));
      }
      pipeline.flush();
      pipeline.start();
      pipeline.awaitDone();

      assertThat(pipeline.count("uniqExact(id)")).isEqualTo(399);
      var dead = pipeline.awaitDeadLetters("held_chain_dlq", 1);
      assertThat(dead).hasSize(1);
      assertThat(Pipeline.header(dead.get(0), "__connect.errors.offset")).isEqualTo("50");
    }
  }

  @Test
  void in_front_of_a_foreign_sink_it_joins_what_is_there(Stack stack) throws Exception {
    Path directory = Files.createDirectories(stack.directory().resolve("join_foreign"));
    try (SideTopic users = new SideTopic(stack, "join_foreign_users");
        Pipeline pipeline =
            Pipeline.intoForeignSink(stack, "join_foreign", 1, FileSinkConnector.class.getName())
                .with(FileSinkConnector.DIRECTORY, directory.toString())
                .joining("join", users.name(), "user", "name:user_name")) {
      Instant now = Instant.now();
      user(users, now.minusSeconds(1), 1);
      users.flush();
      pipeline.start();
      pipeline.send(0, now, null, "{\"user\":1}");
      pipeline.send(0, now, null, "{\"user\":2}");
      pipeline.flush();
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                List<String> lines = FileSinkTask.lines(directory).toList();
                assertThat(lines).singleElement().asString().contains("user_name=u1");
              });

      pipeline.with("transforms.join.window", "5m").resumeAfter(() -> {});
      pipeline.send(0, now, null, "{\"user\":1}");
      assertThat(pipeline.awaitFailure()).contains("window.after", "Tributary's own sink");
    }
  }

  @Test
  void what_cannot_be_read_is_reported_when_the_task_starts(Stack stack, ConnectRest rest) {
    try (SideTopic users = new SideTopic(stack, "join_errors_users");
        Pipeline pipeline =
            new Pipeline(stack, "join_errors", 1, "id UInt32")
                .joining("join", "join_errors_no_topic", "user", "name")) {
      pipeline.create();
      await()
          .atMost(PATIENCE)
          .ignoreExceptions() // its status is not there at once
          .untilAsserted(
              () ->
                  assertThat(pipeline.awaitFailure())
                      .contains("Kafka has no topic 'join_errors_no_topic'", "right.topic"));

      pipeline
          .with("transforms.join.right.topic", users.name())
          .with("transforms.join.right.value.converter", "com.example.NoConverter");
      rest.putConfig(pipeline.name(), pipeline.config());
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(pipeline.awaitFailure())
                      .contains("right.value.converter", "com.example.NoConverter"));
    }
  }

  @Test
  void validation_reports_a_wrong_order_of_transforms(Stack stack, ConnectRest rest) {
    try (Pipeline pipeline =
        new Pipeline(stack, "join_order", 1, "id UInt32")
            .joining("join", "users", "user", "name")
            .with("transforms", "join,dedup")
            .with("transforms.dedup.type", Deduplicate.class.getName())) {
      Map<String, List<String>> errors =
          rest.validate(ClickHouseSinkConnector.class.getName(), pipeline.config());
      assertThat(errors).containsOnlyKeys("transforms.dedup.type");
      assertThat(errors.get("transforms.dedup.type"))
          .singleElement()
          .asString()
          .contains("in front");
    }
  }
}
