package dev.tributary.it.values;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.it.fixture.DeadLetterTopic;
import dev.tributary.it.fixture.SideTopic;
import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Values that come through another converter, or through Kafka's own transforms. */
@ExtendWith(StackExtension.class)
class ConvertersIT {

  @Test
  void json_as_text_is_deduplicated_and_joined(Stack stack) {
    Instant now = Instant.now();
    try (SideTopic users = new SideTopic(stack, "text_users");
        Pipeline pipeline =
            new Pipeline(stack, "text_events", 1, "id UInt32, user UInt32, user_name String")
                .deduplicating("id", "1h")
                .joining("join", users.name(), "user", "name:user_name")
                .with("value.converter", "org.apache.kafka.connect.storage.StringConverter")
                .withDeadLetters("text_events_dlq")) {
      users.send(now.minusSeconds(1), null, "{\"user\":7,\"name\":\"Ann\"}");
      users.flush();
      for (int i = 0; i < 10; i++) {
        pipeline.send(0, now, null, "{\"id\":%d,\"user\":7}".formatted(i % 2));
      }
      pipeline.send(0, now, null, "no object");
      pipeline.flush();
      pipeline.start();
      pipeline.awaitDone();

      assertThat(pipeline.select("*", "ORDER BY id")).containsExactly("0\t7\tAnn", "1\t7\tAnn");
      assertThat(pipeline.awaitDeadLetters("text_events_dlq", 1)).hasSize(1);
    }
  }

  @Test
  void numbers_pass_through_flatten_and_cast_with_all_their_digits(Stack stack) {
    String columns =
        "`a.price` Decimal(30, 20), `a.big` UInt256, `a.half` Float64, id String, n UInt64";
    try (Pipeline pipeline =
        new Pipeline(stack, "numbers_flat", 1, columns)
            .with("value.converter", "dev.tributary.connect.JsonConverter")
            .with("transforms", "flat,cast")
            .with("transforms.flat.type", "org.apache.kafka.connect.transforms.Flatten$Value")
            .with("transforms.cast.type", "org.apache.kafka.connect.transforms.Cast$Value")
            .with("transforms.cast.spec", "id:string")
            .withDeadLetters("numbers_flat_dlq")) {
      pipeline.send(
          "{\"id\":5,\"n\":18446744073709551615,\"a\":{\"price\":1.12345678901234567891,"
              + "\"big\":100000000000000000000000000000000000001,\"half\":0.5}}");
      pipeline.flush();
      pipeline.start();
      pipeline.awaitDone();

      assertThat(pipeline.select("*", ""))
          .containsExactly(
              "1.12345678901234567891\t100000000000000000000000000000000000001\t0.5\t5"
                  + "\t18446744073709551615");
      DeadLetterTopic.assertEmpty(stack, "numbers_flat_dlq");
    }
  }
}
