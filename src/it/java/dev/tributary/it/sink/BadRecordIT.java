package dev.tributary.it.sink;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.JsonConverter;
import dev.tributary.connect.sink.columns.ColumnWriter;
import dev.tributary.connect.sink.columns.ValueException;
import dev.tributary.foreign.MatrixValues;
import dev.tributary.foreign.OddConverter;
import dev.tributary.foreign.OddValues;
import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.ConnectRest;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.ZoneOffset;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A record that cannot become a row ends in a defined place, and alone. */
@ExtendWith(StackExtension.class)
class BadRecordIT {

  private static final String COLUMNS = "id UInt8, note Nullable(String)";

  @Test
  void bad_records_go_to_the_dead_letter_queue_and_the_rest_to_the_table(
      Stack stack, ConnectRest rest) {
    try (Pipeline pipeline =
        new Pipeline(stack, "bad_queue", 1, COLUMNS)
            .with("value.converter", JsonConverter.class.getName())
            .withDeadLetters("bad_queue_dlq")
            .deduplicating("id", "1h")
            .start()) {
      pipeline.send("{\"id\":1}");
      pipeline.send("not json"); // offset 1: the converter's
      pipeline.send("{\"id\":300,\"note\":\"secret\"}"); // offset 2: fits no UInt8
      pipeline.send("\"book\""); // offset 3: JSON, but no record
      pipeline.send("{\"colour\":\"red\"}"); // offset 4: no field of the table
      pipeline.send(null); // offset 5: a tombstone is no error and no row
      pipeline.send("{\"id\":2,\"note\":\"x\"}");
      pipeline.awaitDone();

      assertThat(pipeline.select("id, note", "ORDER BY id")).containsExactly("1\t\\N", "2\tx");
      List<ConsumerRecord<byte[], byte[]>> dead = pipeline.awaitDeadLetters("bad_queue_dlq", 4);
      assertThat(dead)
          .extracting(record -> Pipeline.header(record, "__connect.errors.offset"))
          .containsExactlyInAnyOrder("1", "2", "3", "4");
      assertThat(dead)
          .filteredOn(record -> Pipeline.header(record, "__connect.errors.offset").equals("2"))
          .singleElement()
          .satisfies(
              record -> {
                assertThat(new String(record.value(), StandardCharsets.UTF_8)).contains("secret");
                assertThat(Pipeline.header(record, "__connect.errors.exception.message"))
                    .contains("topic bad_queue partition 0 offset 2")
                    .contains("column `id` UInt8 of default.bad_queue")
                    .doesNotContain("secret");
              });
      assertThat(rest.failures(pipeline.name())).isEmpty();
    }
  }

  /** Each between two good records, so that it is a row of their batch. */
  @Test
  void no_odd_value_stops_the_task_or_takes_a_neighbour_along(Stack stack, ConnectRest rest) {
    List<String> types =
        List.of("Ring", "Decimal(9, 2)", "Dynamic", "IntervalMinute", "Map(String, String)");
    StringBuilder columns = new StringBuilder("id Int32");
    for (int i = 0; i < OddConverter.FIELDS; i++) {
      columns.append(", v").append(i).append(' ').append(types.get(i));
    }
    List<MatrixValues.Value> values = OddValues.all();
    try (Pipeline pipeline =
        new Pipeline(stack, "bad_odd", 1, columns.toString())
            .with("value.converter", OddConverter.class.getName())
            .with("null.as.default", "true")
            .with("decimal.rounding", "half_up")
            .withDeadLetters("bad_odd_dlq")
            .start()) {
      int bad = 0;
      for (int n = 0; n < values.size(); n++) {
        Object odd = values.get(n).value();
        bad += odd == null || types.stream().allMatch(type -> takes(type, odd)) ? 0 : 1;
        pipeline.send(String.valueOf(-1 - n));
        pipeline.send(String.valueOf(n));
      }
      pipeline.send(String.valueOf(-1 - values.size()));
      pipeline.awaitDone();

      assertThat(pipeline.select("count(), uniqExact(id)", "WHERE id < 0"))
          .containsExactly((values.size() + 1) + "\t" + (values.size() + 1));
      assertThat(pipeline.select("count()", "WHERE id >= 0"))
          .containsExactly(String.valueOf(values.size() - bad));
      assertThat(pipeline.awaitDeadLetters("bad_odd_dlq", bad)).hasSize(bad);
      assertThat(rest.failures(pipeline.name())).isEmpty();
    }
  }

  private static boolean takes(String type, Object value) {
    try {
      ColumnWriter.create(type, ZoneOffset.UTC).append(value);
      return true;
    } catch (ValueException e) {
      return false;
    }
  }

  @Test
  void without_a_queue_the_task_fails_and_names_the_record(Stack stack) {
    try (Pipeline pipeline = new Pipeline(stack, "bad_value", 1, COLUMNS).start()) {
      pipeline.send("{\"id\":1}");
      pipeline.send("{\"id\":300}");

      assertThat(pipeline.awaitFailure())
          .contains("topic bad_value partition 0 offset 1")
          .contains("column `id` UInt8 of default.bad_value cannot take its value");
      assertThat(pipeline.committed(0)).isLessThanOrEqualTo(1);
    }
  }

  @Test
  void without_a_queue_text_that_is_not_json_fails_the_task_and_names_the_record(Stack stack) {
    try (Pipeline pipeline =
        new Pipeline(stack, "bad_text", 1, COLUMNS)
            .with("value.converter", JsonConverter.class.getName())
            .deduplicating("id", "1h")
            .with("transforms.dedup.on.missing.key", "drop")
            .start()) {
      pipeline.send("{\"id\":1}");
      pipeline.send("not json");

      assertThat(pipeline.awaitFailure())
          .contains("Record topic bad_text partition 0 offset 1: the value cannot be read")
          .contains("it is not JSON");
      assertThat(pipeline.committed(0)).isLessThanOrEqualTo(1);
    }
  }

  /** Kafka's converter fails before any code of ours sees the record: the worker's log names it. */
  @Test
  void with_kafkas_converter_the_log_names_the_text_that_is_not_json(Stack stack)
      throws IOException {
    try (Pipeline pipeline =
        new Pipeline(stack, "bad_json", 1, COLUMNS)
            .with("errors.log.enable", "true")
            .with("errors.log.include.messages", "true")
            .start()) {
      pipeline.send("{\"id\":1}");
      pipeline.send("not json");

      assertThat(pipeline.awaitFailure()).contains("Tolerance exceeded in error handler");
      assertThat(Files.readString(stack.worker().log().orElseThrow()))
          .contains("topic='bad_json', partition=0, offset=1");
      assertThat(pipeline.committed(0)).isLessThanOrEqualTo(1);
    }
  }
}
