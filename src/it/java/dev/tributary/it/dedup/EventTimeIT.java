package dev.tributary.it.dedup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.KafkaAdmin;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The window is one of event time, wherever that comes from; a broken clock harms only its own
 * records. Rows are written {@code key#number}.
 */
@ExtendWith(StackExtension.class)
class EventTimeIT {

  private static final String COLUMNS = "id String, n UInt32";
  private static final String ROW = "concat(id, '#', toString(n))";

  private static Instant at(String time) {
    return Instant.parse("2024-03-20T00:00:00Z")
        .plus(Duration.between(LocalTime.MIN, LocalTime.parse(time)));
  }

  private static String event(String id, int n) {
    return "{\"id\":\"%s\",\"n\":%d}".formatted(id, n);
  }

  private static String event(String id, int n, String at) {
    return "{\"id\":\"%s\",\"n\":%d,\"at\":%s}".formatted(id, n, at);
  }

  /** Kafka's timestamp is the same for all, so only the field can distinguish them. */
  @Test
  void a_field_is_the_same_instant_in_every_form(Stack stack) {
    Map<String, Function<Instant, String>> forms = new LinkedHashMap<>();
    forms.put("seconds", t -> "" + t.getEpochSecond());
    forms.put("millis", t -> "" + t.toEpochMilli());
    forms.put("micros", t -> t.toEpochMilli() + "000");
    forms.put("nanos", t -> t.toEpochMilli() + "000000");
    forms.put("fraction", t -> t.getEpochSecond() + ".25");
    forms.put("digits", t -> "\"" + t.toEpochMilli() + "\"");
    forms.put("iso", t -> "\"" + t + "\"");
    forms.put("offset", t -> "\"" + t.plusSeconds(7200).toString().replace("Z", "+02:00\""));
    forms.put("text", t -> "\"" + t.toString().replace('T', ' ').replace("Z", "") + "\"");
    try (Pipeline pipeline =
        new Pipeline(stack, "time_forms", 1, COLUMNS)
            .deduplicating("id", "1h")
            .with("transforms.dedup.time", "field:at")
            .start()) {
      Instant sent = at("12:00:00");
      forms.forEach(
          (name, form) -> {
            pipeline.send(0, sent, null, event(name, 1, form.apply(at("10:00:00"))));
            pipeline.send(0, sent, null, event(name, 2, form.apply(at("10:59:59"))));
            pipeline.send(0, sent, null, event(name, 3, form.apply(at("11:00:00"))));
          });
      // One key, a form each: all of them name one axis of time.
      int n = 1;
      for (Function<Instant, String> form : forms.values()) {
        pipeline.send(0, sent, null, event("mixed", n++, form.apply(at("10:00:00"))));
      }
      for (Function<Instant, String> form : forms.values()) {
        pipeline.send(0, sent, null, event("mixed", n++, form.apply(at("11:00:00"))));
      }
      pipeline.awaitDone();

      List<String> rows = pipeline.select(ROW, "ORDER BY id, n");
      assertThat(rows).hasSize(2 * forms.size() + 2);
      for (String name : forms.keySet()) {
        assertThat(rows).contains(name + "#1", name + "#3");
      }
      assertThat(rows).contains("mixed#1", "mixed#" + (forms.size() + 1));
    }
  }

  @Test
  void a_connect_timestamp_of_a_record_with_a_schema_is_an_event_time(Stack stack) {
    String schema =
        """
        {"type":"struct","fields":[
          {"field":"id","type":"string"},
          {"field":"n","type":"int32"},
          {"field":"at","type":"int64","name":"org.apache.kafka.connect.data.Timestamp"}]}\
        """;
    try (Pipeline pipeline =
        new Pipeline(stack, "time_schema", 1, COLUMNS)
            .deduplicating("id", "1h")
            .with("transforms.dedup.time", "field:at")
            .with("value.converter", "org.apache.kafka.connect.json.JsonConverter")
            .with("value.converter.schemas.enable", "true")
            .start()) {
      int n = 1;
      for (String time : List.of("10:00:00", "10:59:59", "11:00:00")) {
        String payload = event("a", n++, "" + at(time).toEpochMilli());
        String value = "{\"schema\":" + schema + ",\"payload\":" + payload + "}";
        pipeline.send(0, at("12:00:00"), null, value);
      }
      pipeline.awaitDone();

      assertThat(pipeline.select(ROW, "ORDER BY n")).containsExactly("a#1", "a#3");
    }
  }

  @Test
  void records_out_of_order_are_compared_by_event_time_and_never_dropped_for_being_late(
      Stack stack) {
    try (Pipeline pipeline =
        new Pipeline(stack, "time_disorder", 1, COLUMNS).deduplicating("id", "1h").start()) {
      pipeline.send(0, at("12:00:00"), null, event("a", 1));
      pipeline.send(0, at("11:00:01"), null, event("a", 2)); // 59:59 before the first
      pipeline.send(0, at("11:00:00"), null, event("a", 3)); // an hour before it: an event itself
      pipeline.send(0, at("10:30:00"), null, event("a", 4)); // half an hour before that
      pipeline.send(0, at("13:30:00"), null, event("b", 5)); // moves stream time
      pipeline.send(0, at("11:59:00"), null, event("a", 6)); // the mark of 12:00 still counts
      pipeline.send(0, at("10:30:00"), null, event("a", 7)); // that of 11:00 does not: late
      pipeline.awaitDone();

      assertThat(pipeline.select(ROW, "ORDER BY n")).containsExactly("a#1", "a#3", "b#5", "a#7");
      assertThat(pipeline.dedupMetric("records-late-total")).isEqualTo(1);
    }
  }

  @Test
  void a_time_in_2099_or_before_1970_harms_nobody_else(Stack stack) {
    String y2099 = "\"2099-01-01T00:00:00Z\"";
    String y1969 = "\"1969-07-20T20:17:40Z\"";
    Instant sent = at("10:00:00");
    try (Pipeline pipeline =
        new Pipeline(stack, "time_broken", 1, COLUMNS)
            .deduplicating("id", "1h")
            .with("transforms.dedup.time", "field:at")
            .start()) {
      pipeline.send(0, sent, null, event("old", 1, y1969)); // first of all
      pipeline.send(0, sent, null, event("a", 2, "\"2024-03-20 10:00:00\""));
      pipeline.send(0, sent, null, event("new", 3, y2099));
      pipeline.send(0, sent, null, event("old2", 4, y1969)); // far behind the others
      pipeline.send(0, sent, null, event("a", 5, "\"2024-03-20 10:10:00\"")); // duplicate
      pipeline.awaitDone();
      // The marks that come back from the state topic know which times were not believed.
      pipeline.whileStopped(() -> {});
      pipeline.send(0, sent, null, event("a", 6, "\"2024-03-20 10:59:59\"")); // duplicate
      pipeline.send(0, sent, null, event("b", 7, "\"2024-03-20 10:20:00\""));
      pipeline.send(0, sent, null, event("b", 8, "\"2024-03-20 10:21:00\"")); // duplicate
      pipeline.send(0, sent, null, event("new", 9, y2099)); // duplicate
      pipeline.send(0, sent, null, event("a", 10, "\"2024-03-20 11:00:00\""));
      pipeline.awaitDone();

      assertThat(pipeline.select(ROW, "ORDER BY n"))
          .containsExactly("old#1", "a#2", "new#3", "old2#4", "b#7", "a#10");
    }
  }

  /** Kafka 4 refuses such a timestamp unless the topic allows it. */
  @Test
  void a_kafka_timestamp_in_2099_harms_nobody_else(Stack stack) {
    try (Pipeline pipeline =
        new Pipeline(stack, "time_kafka_2099", 1, COLUMNS).deduplicating("id", "1h").start()) {
      allowAnyTimestamp(stack, pipeline.name());
      pipeline.send(0, Instant.parse("2099-01-01T00:00:00Z"), null, event("new", 1));
      pipeline.send(0, at("10:00:00"), null, event("a", 2));
      pipeline.send(0, at("10:00:01"), null, event("a", 3));
      pipeline.awaitDone();
      pipeline.whileStopped(() -> {});
      pipeline.send(0, at("10:00:02"), null, event("a", 4));
      pipeline.send(0, at("10:00:02"), null, event("b", 5));
      pipeline.send(0, Instant.parse("2099-01-01T00:00:01Z"), null, event("new", 6));
      pipeline.awaitDone();

      assertThat(pipeline.select(ROW, "ORDER BY n")).containsExactly("new#1", "a#2", "b#5");
      assertThat(pipeline.dedupMetric("records-late-total")).isZero();
    }
  }

  @Test
  void with_processing_time_the_clock_decides_and_not_the_record(Stack stack) {
    try (Pipeline pipeline =
        new Pipeline(stack, "time_processing", 1, COLUMNS)
            .deduplicating("id", "2s")
            .with("transforms.dedup.time", "processing")
            .start()) {
      pipeline.send(0, at("01:00:00"), null, event("a", 1));
      pipeline.send(0, at("23:00:00"), null, event("a", 2)); // at once, whatever it says
      pipeline.awaitDone();
      assertThat(pipeline.select(ROW, "")).containsExactly("a#1");

      await()
          .atMost(Duration.ofSeconds(30))
          .pollInterval(Duration.ofMillis(300))
          .until(
              () -> {
                pipeline.send(0, at("01:00:00"), null, event("a", 3));
                return pipeline.count("count()") == 2;
              });
    }
  }

  private static void allowAnyTimestamp(Stack stack, String topic) {
    try (KafkaAdmin admin = stack.broker().admin()) {
      admin.setTopicConfig(topic, "message.timestamp.after.max.ms", "" + Long.MAX_VALUE);
    }
  }
}
