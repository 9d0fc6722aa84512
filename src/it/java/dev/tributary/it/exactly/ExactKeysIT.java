package dev.tributary.it.exactly;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.ConnectRest;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Two records are the same when their keys are, by value and type, and in no other case. */
@ExtendWith(StackExtension.class)
class ExactKeysIT {

  private static final String COLUMNS = "row String";
  private static final Instant AT_TEN = Instant.parse("2024-03-20T10:00:00Z");

  private static String user(String id, String row) {
    return "{\"user\":{\"id\":%s},\"row\":\"%s\"}".formatted(id, row);
  }

  /** The same as {@link #user} for a JsonConverter with {@code schemas.enable}. */
  private static String userWithSchema(String type, String id, String row) {
    return """
           {"schema":{"type":"struct","fields":[
              {"field":"user","type":"struct","fields":[{"field":"id","type":"%s"}]},
              {"field":"row","type":"string"}]},
            "payload":%s}"""
        .formatted(type, user(id, row));
  }

  @Test
  void nested_keys_are_typed_and_equal_with_and_without_a_schema(Stack stack) {
    List<String> ids =
        List.of(
            "1",
            "\"1\"",
            "1.0",
            "true",
            "\"true\"",
            "9007199254740992",
            "9007199254740993",
            "-9223372036854775808",
            "9223372036854775807",
            "\"\"");
    try (Pipeline pipeline =
        new Pipeline(stack, "key_types", 1, COLUMNS).deduplicating("user.id", "1h").start()) {
      for (int repeat = 0; repeat < 2; repeat++) {
        for (String id : ids) {
          pipeline.send(user(id, id.replace('"', '_')));
        }
      }
      pipeline.awaitDone();
      assertThat(pipeline.select("row", "")).hasSize(ids.size());

      pipeline
          .with("value.converter", "org.apache.kafka.connect.json.JsonConverter")
          .with("value.converter.schemas.enable", "true")
          .whileStopped(() -> {});
      pipeline.send(userWithSchema("int8", "1", "again"));
      pipeline.send(userWithSchema("int64", "1", "again"));
      pipeline.send(userWithSchema("string", "\"1\"", "again"));
      pipeline.send(userWithSchema("double", "1.0", "again"));
      pipeline.send(userWithSchema("float", "1.0", "again"));
      pipeline.send(userWithSchema("boolean", "true", "again"));
      pipeline.send(userWithSchema("int64", "9007199254740992", "again"));
      pipeline.send(userWithSchema("int64", "9007199254740993", "again"));
      pipeline.send(userWithSchema("int64", "9007199254740994", "new"));
      pipeline.awaitDone();

      pipeline.with("value.converter.schemas.enable", "false").whileStopped(() -> {});
      pipeline.send(user("9007199254740994", "again"));
      pipeline.awaitDone();

      List<String> rows = new ArrayList<>(ids.stream().map(id -> id.replace('"', '_')).toList());
      rows.add("new");
      assertThat(pipeline.select("row", "")).containsExactlyInAnyOrderElementsOf(rows);
    }
  }

  @Test
  void a_key_of_several_fields_is_a_tuple_and_without_a_part_it_is_no_key(Stack stack) {
    try (Pipeline pipeline =
        new Pipeline(stack, "key_tuple", 1, COLUMNS)
            .deduplicating("a,b", "1h")
            .with("transforms.dedup.on.missing.key", "drop")
            .start()) {
      pipeline.send("{\"a\":\"x\",\"b\":\"yz\",\"row\":\"1\"}");
      pipeline.send("{\"a\":\"xy\",\"b\":\"z\",\"row\":\"2\"}");
      pipeline.send("{\"b\":\"x\",\"a\":\"yz\",\"row\":\"3\"}");
      pipeline.send("{\"b\":\"yz\",\"a\":\"x\",\"row\":\"4\"}"); // the first one again
      pipeline.send("{\"a\":\"x\",\"row\":\"5\"}");
      pipeline.send("{\"a\":\"x\",\"b\":null,\"row\":\"6\"}");
      pipeline.awaitDone();

      assertThat(pipeline.select("row", "ORDER BY row")).containsExactly("1", "2", "3");
      assertThat(pipeline.dedupMetric("records-dropped-total")).isEqualTo(1);
      assertThat(pipeline.dedupMetric("records-missing-key-total")).isEqualTo(2);
    }
  }

  @Test
  void the_record_key_is_the_key_and_records_without_one_pass(Stack stack) {
    try (Pipeline pipeline =
        new Pipeline(stack, "key_record", 1, COLUMNS).deduplicating("", "1h").start()) {
      pipeline.send(0, AT_TEN, "k1", "{\"row\":\"1\"}");
      pipeline.send(0, AT_TEN, "k2", "{\"row\":\"2\"}");
      pipeline.send(0, AT_TEN, "k1", "{\"row\":\"3\"}");
      pipeline.send(0, AT_TEN, null, "{\"row\":\"4\"}");
      pipeline.send(0, AT_TEN, null, "{\"row\":\"5\"}");
      pipeline.awaitDone();

      assertThat(pipeline.select("row", "ORDER BY row")).containsExactly("1", "2", "4", "5");
      assertThat(pipeline.dedupMetric("records-missing-key-total")).isEqualTo(2);
    }
  }

  /** Connect's default header converter would read the numbers: "007" and "7" would be one key. */
  @Test
  void a_header_is_a_key(Stack stack) {
    try (Pipeline pipeline =
        new Pipeline(stack, "key_header", 1, COLUMNS)
            .deduplicating("header:request.id,key:", "1h")
            .with("header.converter", "org.apache.kafka.connect.storage.StringConverter")
            .start()) {
      pipeline.send(0, AT_TEN, "k", "{\"row\":\"1\"}", Map.of("request.id", "7"));
      pipeline.send(0, AT_TEN, "k", "{\"row\":\"2\"}", Map.of("request.id", "007"));
      pipeline.send(0, AT_TEN, "k", "{\"row\":\"3\"}", Map.of("request.id", "7"));
      pipeline.send(0, AT_TEN, "other", "{\"row\":\"4\"}", Map.of("request.id", "7"));
      pipeline.awaitDone();

      assertThat(pipeline.select("row", "ORDER BY row")).containsExactly("1", "2", "4");
    }
  }

  @Test
  void a_missing_key_that_fails_goes_to_the_dead_letter_queue_by_name(
      Stack stack, ConnectRest rest) {
    try (Pipeline pipeline =
        new Pipeline(stack, "key_dlq", 1, COLUMNS)
            .deduplicating("id", "1h")
            .with("transforms.dedup.on.missing.key", "fail")
            .withDeadLetters("key_dlq_dlq")
            .start()) {
      pipeline.send("{\"id\":1,\"row\":\"1\"}");
      pipeline.send("{\"row\":\"2\"}");
      pipeline.send("{\"id\":2,\"row\":\"3\"}");
      pipeline.awaitDone();

      assertThat(pipeline.select("row", "ORDER BY row")).containsExactly("1", "3");
      ConsumerRecord<byte[], byte[]> dead = pipeline.awaitDeadLetters("key_dlq_dlq", 1).get(0);
      assertThat(Pipeline.header(dead, "__connect.errors.offset")).isEqualTo("1");
      assertThat(Pipeline.header(dead, "__connect.errors.exception.message"))
          .contains("Deduplicate{key_dlq-0/dedup} at key_dlq-0@1")
          .contains("key field 'id' is missing");
      assertThat(rest.failures(pipeline.name())).isEmpty();
    }
  }

  @Test
  void a_missing_key_that_fails_stops_the_task_where_there_is_no_queue(Stack stack) {
    try (Pipeline pipeline =
        new Pipeline(stack, "key_fail", 1, COLUMNS)
            .deduplicating("id", "1h")
            .with("transforms.dedup.on.missing.key", "fail")
            .start()) {
      pipeline.send("{\"id\":1,\"row\":\"1\"}");
      pipeline.send("{\"id\":null,\"row\":\"2\"}");

      assertThat(pipeline.awaitFailure())
          .contains("Deduplicate{key_fail-0/dedup} at key_fail-0@1")
          .contains("key field 'id' is null");
      assertThat(pipeline.committed(0)).isLessThanOrEqualTo(1);
    }
  }
}
