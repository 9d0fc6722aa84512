package dev.tributary.it.values;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.JsonConverter;
import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The settings that say how values are written, from the connector to the table. */
@ExtendWith(StackExtension.class)
class ValueSettingsIT {

  private static final String GO =
      "{\"id\":1,\"s\":\"1969-12-31T23:59:58.999999999Z\",\"t\":\"2024-02-29T10:15:30.123456789Z\","
          + "\"f\":1709201730.9,\"ms\":1709201730123.9,\"c\":\"-00:00:00.5\","
          + "\"l\":[\"2024-02-29T12:15:30.9999999999+02:00\"],\"v\":\"2024-02-29T10:15:30.9Z\"}";

  private static Pipeline times(Stack stack, String name) {
    return new Pipeline(
            stack,
            name,
            1,
            "id UInt8, s DateTime64(0, 'UTC'), t DateTime64(3, 'UTC'), f DateTime32('UTC'),"
                + " ms DateTime64(3, 'UTC'), c Time, l Array(DateTime('UTC')),"
                + " v Variant(DateTime('UTC'), Int64), _ts DateTime('UTC') DEFAULT 0")
        .with("value.converter", JsonConverter.class.getName())
        .with("time.formats", "ms:epoch_ms");
  }

  @Test
  void fractions_of_a_second_are_cut_towards_the_past(Stack stack) {
    try (Pipeline pipeline =
        times(stack, "time_precision").with("metadata.columns", "timestamp:_ts").start()) {
      pipeline.send(GO);
      pipeline.awaitDone();

      assertThat(pipeline.select("* EXCEPT _ts, variantType(v), _ts > '2024-01-01'", ""))
          .containsExactly(
              "1\t1969-12-31 23:59:58\t2024-02-29 10:15:30.123\t2024-02-29 10:15:30"
                  + "\t2024-02-29 10:15:30.123\t-00:00:01\t['2024-02-29 10:15:30']"
                  + "\t2024-02-29 10:15:30\tDateTime(\\'UTC\\')\t1");
    }
  }

  @Test
  void fractions_of_a_second_are_errors_on_request(Stack stack) {
    String dead = "time_precision_error_dlq";
    try (Pipeline pipeline =
        times(stack, "time_precision_error")
            .with("time.precision", "error")
            .withDeadLetters(dead)
            .start()) {
      pipeline.send(GO);
      pipeline.send("{\"id\":2,\"t\":\"2024-02-29T10:15:30.123000000Z\"}");
      pipeline.awaitDone();

      assertThat(pipeline.select("id, t", "")).containsExactly("2\t2024-02-29 10:15:30.123");
      assertThat(pipeline.awaitDeadLetters(dead, 1))
          .singleElement()
          .satisfies(
              record ->
                  assertThat(Pipeline.header(record, "__connect.errors.exception.message"))
                      .contains("column `s` DateTime64(0, 'UTC')", "fraction of a second"));
    }
  }

  @Test
  void times_have_the_form_of_their_column_and_decimals_are_rounded(Stack stack) {
    try (Pipeline pipeline =
        new Pipeline(
                stack,
                "value_settings",
                1,
                "id UInt8, day Date, seen DateTime('UTC'), usual DateTime('UTC'),"
                    + " price Decimal(9, 2)")
            .with("value.converter", JsonConverter.class.getName())
            .with("time.formats", "day:dd/MM/yyyy; seen:epoch_ms")
            .with("decimal.rounding", "half_up")
            .withDeadLetters("value_settings_dlq")
            .start()) {
      pipeline.send(
          "{\"id\":1,\"day\":\"29/02/2024\",\"seen\":1709201730000,\"usual\":1709201730,"
              + "\"price\":1.005}");
      pipeline.send("{\"id\":2,\"day\":\"2024-02-29\"}"); // not the form of the column
      pipeline.send("{\"id\":3,\"price\":-1.0049}");
      pipeline.awaitDone();

      assertThat(pipeline.select("*", "WHERE id = 1"))
          .containsExactly("1\t2024-02-29\t2024-02-29 10:15:30\t2024-02-29 10:15:30\t1.01");
      assertThat(pipeline.select("price", "WHERE id = 3")).containsExactly("-1");
      assertThat(pipeline.count("count()")).isEqualTo(2);
      assertThat(pipeline.awaitDeadLetters("value_settings_dlq", 1))
          .singleElement()
          .satisfies(
              record ->
                  assertThat(Pipeline.header(record, "__connect.errors.exception.message"))
                      .contains("topic value_settings partition 0 offset 1")
                      .contains("column `day` Date"));
    }
  }
}
