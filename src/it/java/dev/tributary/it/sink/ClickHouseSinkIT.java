package dev.tributary.it.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.ClickHouseServer;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.nio.file.Files;
import java.time.Duration;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(StackExtension.class)
class ClickHouseSinkIT {

  @Test
  void lone_record_does_not_wait_for_another(Stack stack) {
    try (Pipeline pipeline = new Pipeline(stack, "sink_lone", 1, "id UInt32").start()) {
      pipeline.send("{\"id\":1}");
      pipeline.flush();

      await()
          .atMost(Duration.ofSeconds(10))
          .untilAsserted(() -> assertThat(pipeline.count("count()")).isEqualTo(1));
    }
  }

  @Test
  void absent_fields_get_the_default_of_their_column_in_every_row(Stack stack) {
    String columns =
        "id UInt32, plain Int32, text String DEFAULT 'd', maybe Nullable(String) DEFAULT 'm',"
            + " list Array(UInt8) DEFAULT [7], made UInt32 MATERIALIZED id + 1";
    try (Pipeline pipeline =
        new Pipeline(stack, "sink_absent", 1, columns).with("batch.max.delay.ms", "1000")) {
      pipeline.send("{\"id\":1}");
      pipeline.send("{\"id\":2,\"plain\":5,\"text\":\"t\",\"maybe\":\"x\",\"list\":[1]}");
      pipeline.send("{\"id\":3,\"maybe\":null}");
      pipeline.send("{\"id\":4,\"list\":[]}");
      pipeline.flush();
      pipeline.start();
      pipeline.awaitDone();

      assertThat(pipeline.select("id, plain, text, maybe, list, made", "ORDER BY id"))
          .containsExactly(
              "1\t0\td\tm\t[7]\t2",
              "2\t5\tt\tx\t[1]\t3",
              "3\t0\td\t\\N\t[7]\t4",
              "4\t0\td\tm\t[]\t5");
    }
  }

  @Test
  void null_for_a_column_that_is_not_nullable_becomes_its_default_only_when_asked(Stack stack) {
    String columns = "id UInt32, text String DEFAULT 'd', n Int32";
    try (Pipeline pipeline =
        new Pipeline(stack, "sink_null", 1, columns).with("null.as.default", "true").start()) {
      pipeline.send("{\"id\":1,\"text\":null,\"n\":null}");
      pipeline.awaitDone();

      assertThat(pipeline.select("*", "")).containsExactly("1\td\t0");
    }
    try (Pipeline pipeline = new Pipeline(stack, "sink_null_strict", 1, columns).start()) {
      pipeline.send("{\"id\":1,\"n\":null}");

      assertThat(pipeline.awaitFailure()).contains("column `n` Int32").contains("null.as.default");
    }
  }

  @Test
  void structs_with_a_schema_become_the_rows_that_maps_become(Stack stack) {
    try (Pipeline pipeline =
        new Pipeline(stack, "sink_struct", 1, "id UInt32, city String, tags Map(String, Int64)")
            .with("value.converter", "org.apache.kafka.connect.json.JsonConverter")
            .with("value.converter.schemas.enable", "true")
            .with("field.to.column", "user.city:city")
            .start()) {
      pipeline.send(
          """
          {"schema":{"type":"struct","fields":[
             {"field":"id","type":"int32"},
             {"field":"user","type":"struct","fields":[{"field":"city","type":"string"}]},
             {"field":"tags","type":"map","keys":{"type":"string"},"values":{"type":"int64"}}]},
           "payload":{"id":1,"user":{"city":"Bonn"},"tags":{"a":1}}}
          """);
      pipeline.awaitDone();

      assertThat(pipeline.select("*", "")).containsExactly("1\tBonn\t{'a':1}");
    }
  }

  @Test
  void outage_of_clickhouse_delays_rows_and_commits_none_that_are_not_there(Stack stack) {
    ClickHouseServer clickHouse = stack.clickHouse();
    try (Pipeline pipeline =
        new Pipeline(stack, "sink_outage", 1, "id UInt32")
            .with("batch.max.rows", "1000")
            .with("retry.backoff.ms", "100")
            .with("retry.backoff.max.ms", "500")
            .start()) {
      send(pipeline, 0, 2_000);
      pipeline.awaitDone();
      clickHouse.kill();
      try {
        send(pipeline, 2_000, 20_000);
        pipeline.flush();
        awaitLog(stack, "sink_outage-0} pauses its partitions");
        assertThat(committed(stack, "sink_outage")).isEqualTo(2_000);
      } finally {
        clickHouse.start();
      }
      pipeline.awaitDone();

      // Rows of an insert whose answer the kill took may be there twice until delivery is exact.
      assertThat(pipeline.count("uniqExact(id)")).isEqualTo(20_000);
    }
  }

  @Test
  void task_that_starts_during_an_outage_waits_for_its_table(Stack stack) {
    ClickHouseServer clickHouse = stack.clickHouse();
    try (Pipeline pipeline =
        new Pipeline(stack, "sink_late", 1, "id UInt32")
            .with("retry.backoff.ms", "100")
            .with("retry.backoff.max.ms", "500")
            .start()) {
      clickHouse.kill();
      try {
        send(pipeline, 0, 100);
        pipeline.flush();
        awaitLog(stack, "Table `default`.`sink_late` could not be read");
      } finally {
        clickHouse.start();
      }
      pipeline.awaitDone();

      assertThat(pipeline.count("count()")).isEqualTo(100);
    }
  }

  private static void send(Pipeline pipeline, int from, int to) {
    IntStream.range(from, to).forEach(i -> pipeline.send("{\"id\":%d}".formatted(i)));
  }

  private static void awaitLog(Stack stack, String text) {
    await()
        .atMost(Duration.ofMinutes(1))
        .until(() -> Files.readString(stack.worker().log().orElseThrow()).contains(text));
  }

  private static long committed(Stack stack, String name) {
    try (var admin = stack.broker().admin()) {
      return admin.committedBySink(name, name).getOrDefault(new TopicPartition(name, 0), 0L);
    }
  }
}
