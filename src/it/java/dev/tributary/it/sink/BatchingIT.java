package dev.tributary.it.sink;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.FaultProxy;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.time.Instant;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** When a batch is closed, and that equal ones are not the same. */
@ExtendWith(StackExtension.class)
class BatchingIT {

  @Test
  void rows_close_a_batch_and_age_the_last_one_without_a_further_record(Stack stack) {
    try (FaultProxy proxy = FaultProxy.to(stack.clickHouse());
        Pipeline pipeline =
            new Pipeline(stack, "batching_rows", 2, "id UInt32")
                .with("clickhouse.url", proxy.url())
                .with("batch.max.rows", "10000")
                .with("batch.max.delay.ms", "3000")) {
      IntStream.range(0, 25_000)
          .forEach(i -> pipeline.send(i % 2, Instant.now(), null, "{\"id\":%d}".formatted(i)));
      pipeline.flush();
      pipeline.start();
      pipeline.awaitDone();

      assertThat(proxy.applied())
          .extracting(FaultProxy.Applied::rows)
          .containsExactly(10_000L, 10_000L, 5_000L);
      assertThat(proxy.inserts()).isEqualTo(3);
      assertThat(pipeline.count("uniqExact(id)")).isEqualTo(25_000);
    }
  }

  /** The delay is far longer than the test waits. */
  @Test
  void by_default_a_burst_is_inserted_in_large_batches_and_its_rest_does_not_wait(Stack stack) {
    try (FaultProxy proxy = FaultProxy.to(stack.clickHouse());
        Pipeline pipeline =
            new Pipeline(stack, "batching_burst", 2, "id UInt32")
                .with("clickhouse.url", proxy.url())
                .with("batch.max.delay.ms", "3600000")) {
      IntStream.range(0, 123_456)
          .forEach(i -> pipeline.send(i % 2, Instant.now(), null, "{\"id\":%d}".formatted(i)));
      pipeline.flush();
      pipeline.start();
      pipeline.awaitDone();

      assertThat(pipeline.count("count()")).isEqualTo(123_456);
      assertThat(pipeline.count("uniqExact(id)")).isEqualTo(123_456);
      // Every insert has 10,000 rows or more, but for the rest of a burst after each.
      assertThat(proxy.applied())
          .filteredOn(insert -> insert.rows() >= 10_000)
          .hasSizeGreaterThanOrEqualTo(proxy.applied().size() / 2);
    }
  }

  @Test
  void bytes_close_a_batch(Stack stack) {
    try (FaultProxy proxy = FaultProxy.to(stack.clickHouse());
        Pipeline pipeline =
            new Pipeline(stack, "batching_bytes", 1, "id UInt32, text String")
                .with("clickhouse.url", proxy.url())
                .with("batch.max.bytes", "1000000")
                .with("batch.max.delay.ms", "3000")) {
      String text = "x".repeat(10_000);
      IntStream.range(0, 300)
          .forEach(i -> pipeline.send("{\"id\":%d,\"text\":\"%s\"}".formatted(i, text)));
      pipeline.flush();
      pipeline.start();
      pipeline.awaitDone();

      // A row takes 10 kB as a column, 10 kB as a string and 10 kB as the bytes it was read from.
      assertThat(proxy.applied())
          .extracting(FaultProxy.Applied::rows)
          .hasSizeBetween(8, 12)
          .startsWith(33L);
      assertThat(pipeline.count("uniqExact(id)")).isEqualTo(300);
    }
  }

  /** A server that goes by the content alone takes the second batch for the first one again. */
  @Test
  void equal_batches_all_arrive_on_a_table_with_a_deduplication_window(Stack stack) {
    try (Pipeline pipeline =
        new Pipeline(stack, "batching_equal", 1, "id UInt32").with("batch.max.rows", "100")) {
      stack
          .clickHouse()
          .sql()
          .execute(
              "ALTER TABLE batching_equal"
                  + " MODIFY SETTING non_replicated_deduplication_window = 1000");
      IntStream.range(0, 500).forEach(i -> pipeline.send("{\"id\":7}"));
      pipeline.flush();
      pipeline.start();
      pipeline.awaitDone();

      assertThat(pipeline.count("count()")).isEqualTo(500);
    }
  }
}
