package dev.tributary.it.sink;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.FaultProxy;
import dev.tributary.stack.KafkaAdmin;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Rows that the sink can write and ClickHouse does not take. */
@ExtendWith(StackExtension.class)
class BisectIT {

  private static final int ROWS = 10_000;
  private static final int BAD = 6_789;
  private static final String COLUMNS =
      "id UInt32, age Int32, CONSTRAINT grown_up CHECK age != 1234321";

  private static void send(Pipeline pipeline) {
    IntStream.range(0, ROWS)
        .forEach(
            i -> pipeline.send("{\"id\":%d,\"age\":%d}".formatted(i, i == BAD ? 1_234_321 : i)));
    pipeline.flush();
  }

  @Test
  void one_row_in_ten_thousand_that_breaks_a_constraint_goes_to_the_queue_alone(Stack stack)
      throws IOException {
    try (FaultProxy proxy = FaultProxy.to(stack.clickHouse());
        Pipeline pipeline =
            new Pipeline(stack, "bisect_queue", 1, COLUMNS)
                .with("clickhouse.url", proxy.url())
                .with("batch.max.delay.ms", "2000")
                .withDeadLetters("bisect_dlq")) {
      send(pipeline);
      pipeline.start();
      pipeline.awaitDone();

      assertThat(pipeline.count("count()")).isEqualTo(ROWS - 1);
      assertThat(pipeline.count("uniqExact(id)")).isEqualTo(ROWS - 1);
      assertThat(pipeline.count("countIf(id = " + BAD + ")")).isZero();
      assertThat(proxy.inserts()).isLessThan(40);
      List<ConsumerRecord<byte[], byte[]>> dead = pipeline.awaitDeadLetters("bisect_dlq", 1);
      assertThat(dead)
          .singleElement()
          .satisfies(
              record -> {
                assertThat(Pipeline.header(record, "__connect.errors.offset")).isEqualTo("" + BAD);
                assertThat(new String(record.value(), StandardCharsets.UTF_8)).contains("1234321");
                assertThat(Pipeline.header(record, "__connect.errors.exception.message"))
                    .contains("topic bisect_queue partition 0 offset " + BAD)
                    .contains("Code: 469")
                    .contains("grown_up")
                    .doesNotContain("id = " + BAD);
              });
      assertOne(stack, "bisect_dlq");
      assertThat(Files.readString(stack.worker().log().orElseThrow()))
          .doesNotContain("age = 1234321");
    }
  }

  @Test
  void without_a_queue_the_task_fails_and_names_the_record_and_commits_nothing_past_it(
      Stack stack) {
    try (Pipeline pipeline =
        new Pipeline(stack, "bisect_fail", 1, COLUMNS).with("batch.max.delay.ms", "2000")) {
      send(pipeline);
      pipeline.create();

      assertThat(pipeline.awaitFailure())
          .contains("Record topic bisect_fail partition 0 offset " + BAD)
          .contains("grown_up")
          .doesNotContain("age = 1234321");
      assertThat(pipeline.committed(0)).isLessThanOrEqualTo(BAD);
      // The rows before it are there once, and no row after it.
      assertThat(pipeline.count("count()")).isEqualTo(BAD);
      assertThat(pipeline.count("max(id)")).isEqualTo(BAD - 1);
    }
  }

  @Test
  void one_record_in_ten_thousand_that_fits_no_column_goes_to_the_queue_alone(Stack stack) {
    try (Pipeline pipeline =
        new Pipeline(stack, "bisect_convert", 1, "id UInt32, age Int16")
            .withDeadLetters("bisect_convert_dlq")) {
      send(pipeline);
      pipeline.start();
      pipeline.awaitDone();

      assertThat(pipeline.count("count()")).isEqualTo(ROWS - 1);
      assertThat(pipeline.awaitDeadLetters("bisect_convert_dlq", 1))
          .singleElement()
          .satisfies(
              record ->
                  assertThat(Pipeline.header(record, "__connect.errors.exception.message"))
                      .contains("topic bisect_convert partition 0 offset " + BAD)
                      .contains("column `age` Int16"));
      assertOne(stack, "bisect_convert_dlq");
    }
  }

  private static void assertOne(Stack stack, String topic) {
    try (KafkaAdmin admin = stack.broker().admin()) {
      assertThat(admin.endOffsets(topic).values()).containsExactly(1L);
    }
  }
}
