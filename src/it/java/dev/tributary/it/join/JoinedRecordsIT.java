package dev.tributary.it.join;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tributary.connect.JsonConverter;
import dev.tributary.it.fixture.SideTopic;
import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Right topics of every make, and records of either side that cannot be joined. */
@ExtendWith(StackExtension.class)
class JoinedRecordsIT {

  private static final Instant START = Instant.parse("2025-09-21T10:00:00Z");
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final String KEY_CONVERTER = "org.apache.kafka.connect.storage.StringConverter";

  private static void awaitRows(Pipeline pipeline, long rows) {
    await()
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(100))
        .untilAsserted(() -> assertThat(pipeline.count("count()")).isEqualTo(rows));
  }

  /** Right topics of every make, keys that are easily mistaken, several left topics, a chain. */
  @Test
  void right_topics_of_every_make_join_in_one_chain(Stack stack) {
    Map<String, String> compacted = Map.of("cleanup.policy", "compact");
    try (SideTopic keyed = new SideTopic(stack, "join_makes_keyed", 3, compacted);
        SideTopic schema = new SideTopic(stack, "join_makes_schema", 2, Map.of());
        SideTopic text = new SideTopic(stack, "join_makes_text", 1, compacted);
        SideTopic other = new SideTopic(stack, "join_makes_other");
        Pipeline pipeline =
            new Pipeline(
                    stack,
                    "join_makes",
                    1,
                    "id String, name Nullable(String), city Nullable(String), nick"
                        + " Nullable(String)")
                .with("topics", "join_makes,join_makes_other,join_makes_keyed")
                .with("topic.to.table", "join_makes_other:join_makes,join_makes_keyed:join_makes")
                .with("value.converter", JsonConverter.class.getName())
                .joining("join", keyed.name(), "id", "name")
                .with("transforms.join.right.key", "key:")
                .with("transforms.join.right.key.converter", KEY_CONVERTER)
                .with("transforms.join.join.type", "left")
                .with("transforms.join.window.after", "1s")
                .joining("second", schema.name(), "number", "user.address.city:city")
                .with("transforms.second.right.key", "user.number")
                .with("transforms.second.join.type", "left")
                .with(
                    "transforms.second.right.value.converter",
                    "org.apache.kafka.connect.json.JsonConverter")
                .joining("third", text.name(), "id", "value:nick")
                .with("transforms.third.right.key", "key:")
                .with("transforms.third.right.key.converter", KEY_CONVERTER)
                .with("transforms.third.right.value.converter", KEY_CONVERTER)
                .with("transforms.third.window.after", "1s")
                .with("transforms.third.join.type", "left")) {
      Instant now = Instant.now();
      List<String> ids = List.of("a@b.c", "a:b", "a b", "ключ 😀", "1000000");
      for (int i = 0; i < ids.size(); i++) {
        keyed.send(i % 3, now, ids.get(i), "{\"name\":\"name %d\"}".formatted(i));
        text.send(now, ids.get(i), "nick " + i);
      }
      for (long number : new long[] {9007199254740992L, 9007199254740993L, 1_000_000}) {
        schema.send(
            (int) (number % 2),
            now,
            null,
            """
            {"schema":{"type":"struct","fields":[{"field":"user","type":"struct","fields":[
              {"field":"number","type":"int64"},
              {"field":"address","type":"struct","fields":[{"field":"city","type":"string"}]}]}]},
             "payload":{"user":{"number":%1$d,"address":{"city":"city %1$d"}}}}
            """
                .formatted(number));
      }
      keyed.flush();
      schema.flush();
      text.flush();
      pipeline.start();
      for (int i = 0; i < ids.size(); i++) {
        String json = "{\"id\":\"%s\",\"number\":%d}".formatted(ids.get(i), 9007199254740992L + i);
        if (i % 2 == 0) {
          pipeline.send(0, now, null, json);
        } else {
          other.send(now, null, json);
        }
      }
      pipeline.send(0, now, null, "{\"id\":\"nobody\",\"number\":1000000}");
      pipeline.flush();
      other.flush();
      // Five rows of the two left topics, one without a match, and five that the right topic has.
      awaitRows(pipeline, 11);

      assertThat(
              pipeline.select(
                  "id || '|' || ifNull(name, '-') || '|' || ifNull(city, '-') || '|' ||"
                      + " ifNull(nick, '-')",
                  "WHERE id != ''"))
          .containsExactlyInAnyOrder(
              "a@b.c|name 0|city 9007199254740992|nick 0",
              "a:b|name 1|city 9007199254740993|nick 1",
              "a b|name 2|-|nick 2",
              "ключ 😀|name 3|-|nick 3",
              "1000000|name 4|-|nick 4",
              "nobody|-|city 1000000|-");
      assertThat(pipeline.select("name", "WHERE id = '' ORDER BY name"))
          .containsExactly("name 0", "name 1", "name 2", "name 3", "name 4");
    }
  }

  /** Structs on both sides keep their types. */
  @Test
  void records_with_schemas_join(Stack stack) {
    String json = "org.apache.kafka.connect.json.JsonConverter";
    try (SideTopic users = new SideTopic(stack, "join_structs_users");
        Pipeline pipeline =
            new Pipeline(
                    stack,
                    "join_structs",
                    1,
                    "id Int64, user_name Nullable(String), user_at DateTime64(3, 'UTC')")
                .with("value.converter", json)
                .with("value.converter.schemas.enable", "true")
                .joining("join", users.name(), "id", "*")
                .with("transforms.join.right.prefix", "user_")
                .with("transforms.join.right.value.converter", json)
                .start()) {
      users.send(
          START,
          null,
          """
              {"schema":{"type":"struct","fields":[{"field":"id","type":"int32"},
                {"field":"name","type":"string"},
                {"field":"at","type":"int64","name":"org.apache.kafka.connect.data.Timestamp","version":1}]},
               "payload":{"id":7,"name":"Ann","at":1700000000123}}
              """);
      users.flush();
      pipeline.send(
          0,
          START,
          null,
          """
          {"schema":{"type":"struct","fields":[{"field":"id","type":"int64"}]},"payload":{"id":7}}
          """);
      pipeline.awaitDone();
      assertThat(pipeline.select("id, user_name, user_at", ""))
          .containsExactly("7\tAnn\t2023-11-14 22:13:20.123");
    }
  }

  @Test
  void bad_right_records_are_skipped_and_counted_or_stop_the_task(Stack stack) {
    for (String onError : List.of("skip", "fail")) {
      String name = "join_bad_" + onError;
      try (SideTopic users = new SideTopic(stack, name + "_users");
          Pipeline pipeline =
              new Pipeline(stack, name, 1, "id UInt32, name String")
                  .joining("join", users.name(), "user", "name")
                  .with("transforms.join.right.on.error", onError)) {
        users.send(START, null, "{\"user\":1,\"name\":\"Ann\"}");
        users.flush();
        pipeline.start();
        users.send(START, null, "no JSON but a secret");
        users.send(START, null, "{\"name\":\"Bob\"}");
        users.send(START, null, "{\"user\":2,\"name\":\"Cid\"}");
        users.flush();
        pipeline.send(0, START, null, "{\"id\":1,\"user\":1}");
        pipeline.send(0, START, null, "{\"id\":2,\"user\":2}");
        if (onError.equals("skip")) {
          pipeline.awaitDone();
          assertThat(pipeline.select("id, name", "ORDER BY id"))
              .containsExactly("1\tAnn", "2\tCid");
          assertThat(pipeline.joinMetric("join", "right-errors-total")).isEqualTo(2);
        } else {
          assertThat(pipeline.awaitFailure())
              .contains("topic " + users.name() + " partition 0 offset 1 ")
              .contains("its value cannot be read")
              .contains("'right.on.error' is 'fail'")
              .doesNotContain("secret");
          assertThat(pipeline.count("count()")).isZero();
          assertThat(pipeline.committed()).isZero();
        }
      }
    }
  }

  /** Of one left at once, of the other when it is released. */
  @Test
  void a_left_with_a_right_fields_name_goes_to_the_dead_letter_queue_alone(Stack stack) {
    String dead = "join_clash_dlq";
    try (SideTopic users = new SideTopic(stack, "join_clash_users");
        Pipeline pipeline =
            new Pipeline(stack, "join_clash", 1, "id UInt32, name String")
                .joining("join", users.name(), "user", "name")
                .with("transforms.join.window", "5m")
                .withDeadLetters(dead)) {
      users.send(START, null, "{\"user\":1,\"name\":\"Ann\"}");
      users.flush();
      pipeline.start();
      pipeline.send(0, START, null, "{\"id\":1,\"user\":1,\"name\":\"own\"}");
      pipeline.send(0, START, null, "{\"id\":2,\"user\":2,\"name\":\"own\"}");
      pipeline.send(0, START, null, "{\"id\":3,\"user\":1}");
      pipeline.flush();
      await().atMost(SOON).until(() -> pipeline.joinMetric("join", "lefts-held") == 1);
      users.send(START.plusSeconds(1), null, "{\"user\":2,\"name\":\"Bob\"}");
      users.flush();
      pipeline.awaitDone();

      assertThat(pipeline.select("id, name", "")).containsExactly("3\tAnn");
      assertThat(pipeline.awaitDeadLetters(dead, 2))
          .extracting(record -> Pipeline.header(record, "__connect.errors.offset"))
          .containsExactlyInAnyOrder("0", "1");
      assertThat(pipeline.awaitDeadLetters(dead, 2))
          .extracting(record -> Pipeline.header(record, "__connect.errors.exception.message"))
          .allMatch(message -> message.contains("has a field 'name' already"));
    }
  }
}
