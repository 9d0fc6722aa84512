package dev.tributary.connect.join;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tributary.connect.join.right.FakeRightTopic;
import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.util.ManualTime;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A right topic that gets partitions, goes, or comes back as another one while it is read. */
class ChangedRightTopicTest {

  private static final long T = 1_700_000_000_000L;

  private final FakeRightTopic users = new FakeRightTopic("users", 1);
  private final ManualTime clock = new ManualTime();
  private final OpenJoin join =
      new OpenJoin(users, clock, "join.type", "left", "right.fields", "name");

  private void user(int partition, String id, String name) {
    users.send(partition, T, null, "{\"user_id\":\"%s\",\"name\":\"%s\"}".formatted(id, name));
  }

  private @Nullable Object nameOf(String user) {
    Object joined = join.join(T, Map.of("user_id", user));
    return joined == null ? null : ((Map<?, ?>) joined).get("name");
  }

  @AfterEach
  void close() {
    join.close();
  }

  @Test
  void a_row_in_a_partition_that_was_just_added_is_seen_by_the_next_left() {
    user(0, "u0", "Ann");
    assertThat(nameOf("u0")).isEqualTo("Ann");
    for (int partition = 1; partition < 5; partition++) {
      users.addPartition();
      user(partition, "u" + partition, "Bob");
      assertThat(nameOf("u" + partition)).isEqualTo("Bob");
    }
  }

  /** Whatever is done to the topic: a left sees what is in it, as after a restart. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5})
  void after_any_changes_a_left_sees_what_is_in_the_topic_and_nothing_else(int seed) {
    Random random = new Random(seed);
    Map<String, String> rows = new HashMap<>();
    int partitions = 1;
    for (int step = 0; step < 200; step++) {
      switch (random.nextInt(12)) {
        case 0 -> {
          users.addPartition();
          partitions++;
        }
        case 1 -> {
          users.delete();
          users.create();
          partitions = 1;
          rows.clear();
        }
        case 2, 3, 4, 5, 6 -> {
          int user = random.nextInt(8);
          user(user % partitions, "u" + user + "p" + partitions, "n" + step);
          rows.put("u" + user + "p" + partitions, "n" + step);
        }
        default -> {
          String user = "u" + random.nextInt(8) + "p" + (1 + random.nextInt(partitions));
          assertThat(nameOf(user)).as("step %s, %s", step, user).isEqualTo(rows.get(user));
        }
      }
    }
  }

  @Test
  void a_left_waits_while_the_topic_is_gone() {
    user(0, "u0", "Ann");
    assertThat(nameOf("u0")).isEqualTo("Ann");
    users.delete();
    CompletableFuture<@Nullable Object> waiting = CompletableFuture.supplyAsync(() -> nameOf("u0"));
    int before = users.described.get();
    await().until(() -> users.described.get() > before + 1);
    assertThat(waiting).isNotDone();
    user(0, "u0", "Eve");
    users.create();
    assertThat(waiting.join()).isEqualTo("Eve");
  }

  @Test
  void a_topic_that_stays_away_stops_the_task() {
    assertThat(nameOf("u0")).isNull();
    users.delete();
    CompletableFuture<@Nullable Object> waiting = CompletableFuture.supplyAsync(() -> nameOf("u0"));
    await()
        .until(
            () -> {
              clock.advance(20_000);
              return waiting.isDone();
            });
    assertThatThrownBy(waiting::join)
        .hasCauseInstanceOf(StateUnavailableError.class)
        .hasMessageContaining("has had no topic 'users'");
  }

  @Test
  void the_schemas_of_a_topic_that_was_deleted_are_forgotten() {
    Schema order = SchemaBuilder.struct().field("user_id", Schema.STRING_SCHEMA).build();
    try (OpenJoin typed =
        new OpenJoin(
            users,
            clock,
            "join.type",
            "left",
            "right.fields",
            "*",
            "right.key",
            "key:",
            "right.value.converter",
            "org.apache.kafka.connect.json.JsonConverter")) {
      users.send(T, "\"u1\"", "{\"schema\":{\"type\":\"string\"},\"payload\":\"gold\"}");
      assertThat(fieldsOf(typed, order)).isEqualTo(2);
      users.delete();
      users.create();
      assertThat(fieldsOf(typed, order)).isEqualTo(1);
    }
  }

  private static int fieldsOf(OpenJoin typed, Schema order) {
    SinkRecord alone = typed.join(T, order, new Struct(order).put("user_id", "u9"));
    assertThat(alone).isNotNull();
    return alone.valueSchema().fields().size();
  }
}
