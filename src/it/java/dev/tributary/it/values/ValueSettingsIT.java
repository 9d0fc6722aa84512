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
