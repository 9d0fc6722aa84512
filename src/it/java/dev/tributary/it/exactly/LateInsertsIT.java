package dev.tributary.it.exactly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.ClickHouseSql;
import dev.tributary.stack.Fault;
import dev.tributary.stack.FaultProxy;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Inserts that reach the server, or end there, after their batch was stored in another way. */
@ExtendWith(StackExtension.class)
class LateInsertsIT {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** What ClickHouse answers to an insert whose session is closed. */
  private static final int SESSION_NOT_FOUND = 372;

  private static Pipeline pipeline(Stack stack, FaultProxy proxy, String name, String columns) {
    return new Pipeline(stack, name, 1, columns)
        .exactlyOnce()
        .with("clickhouse.url", proxy.url())
        .with("retry.backoff.max.ms", "200");
  }

  private static void send(Pipeline pipeline, int from, int to) {
    for (int n = from; n < to; n++) {
      pipeline.send("{\"n\":" + n + "}");
    }
    pipeline.flush();
  }

  private static void assertOnce(Pipeline pipeline, long count) {
    assertThat(pipeline.count("uniqExact(n)")).isEqualTo(count);
    assertThat(pipeline.count("count()")).isEqualTo(count);
  }

  /** The server computes the default, and does not stop when the client has gone. */
  @Test
  void insert_that_runs_on_after_its_timeout_is_over_before_its_batch_is_halved(Stack stack)
      throws Exception {
    try (FaultProxy proxy = FaultProxy.to(stack.clickHouse());
        Pipeline pipeline =
            pipeline(stack, proxy, "late_slow", "n UInt64, x UInt8 DEFAULT sleep(2.9)")
                .with("clickhouse.request.timeout.ms", "1000")
                .with("batch.max.rows", "500")) {
      proxy.onInsert(
          insert ->
              insert.number() > 1 && insert.number() <= 4
                  ? Optional.of(Fault.error(241, "MEMORY_LIMIT_EXCEEDED"))
                  : Optional.empty());
      send(pipeline, 0, 500);
      pipeline.start();
      pipeline.awaitDone();

      await().atMost(PATIENCE).until(() -> !proxy.applied().isEmpty());
      assertThat(Files.readString(stack.worker().log().orElseThrow()))
          .contains("could not insert 500 rows for default.late_slow");
      assertOnce(pipeline, 500);
    }
  }

  /** Ten inserts of a hundred partitions each fill the deduplication window of the table. */
  @Test
  void insert_that_arrives_after_the_window_has_forgotten_its_token_stores_nothing(Stack stack) {
    ClickHouseSql sql = stack.clickHouse().sql();
    try (FaultProxy proxy = FaultProxy.to(stack.clickHouse());
        Pipeline pipeline =
            pipeline(stack, proxy, "late_window", "n UInt64").with("batch.max.rows", "100")) {
      sql.execute("DROP TABLE late_window");
      sql.execute(
          "CREATE TABLE late_window (n UInt64) ENGINE = MergeTree PARTITION BY n % 100 ORDER BY n");
      pipeline.exactlyOnce();
      proxy.faultyOnce(new Fault.Hold(Duration.ofMinutes(10), true));
      send(pipeline, 0, 1_300);
      pipeline.start();
      pipeline.awaitDone();
      assertThat(proxy.held()).isEqualTo(1);
      assertOnce(pipeline, 1_300);

      proxy.sendHeld();
      assertThat(proxy.errors(SESSION_NOT_FOUND)).isEqualTo(1);
      assertOnce(pipeline, 1_300);
    }
  }
}
