package dev.tributary.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tributary.it.fixture.Load;
import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** SIGKILL of the broker that has source topic, state topic and offsets. */
@ExtendWith(StackExtension.class)
class BrokerOutageIT {

  private static final int PARTITIONS = 4;
  private static final String GIVEN_UP = "Revoking previous assignment";

  /** The worker gives its tasks up when the broker is away for long, and takes them again. */
  @Test
  void a_broker_that_is_away_for_a_while_costs_no_event_and_lets_none_through(Stack stack)
      throws IOException {
    assumeTrue(stack.broker().isEmbedded(), "your own broker is not killed");
    try (Pipeline pipeline =
            new Pipeline(stack, "broker_outage", PARTITIONS, "event_id String, seen UInt32")
                .deduplicating("event_id", "1h")
                .with("tasks.max", "2")
                .start();
        Load load = Load.on(pipeline, PARTITIONS, 3_000)) {
      awaitRows(pipeline, 5_000);
      long before = timesGivenUp(stack);
      stack.broker().kill();
      await()
          .atMost(Duration.ofMinutes(1))
          .pollInterval(Duration.ofMillis(200))
          .until(() -> timesGivenUp(stack) > before);
      stack.broker().start();
      awaitRows(pipeline, pipeline.count("count()") + 5_000);
      long uniques = load.stop();
      pipeline.awaitDone();

      assertThat(pipeline.count("uniqExact(event_id)")).isEqualTo(uniques);
      assertThat(pipeline.count("uniqExact(event_id, seen)")).isEqualTo(uniques);
      assertThat(load.sent()).isGreaterThan(uniques);
      // Those of the tasks that were given up stand in the way of the new ones for a while.
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(
              () -> {
                assertThat(pipeline.dedupMetric("keys-held")).isEqualTo(uniques);
                assertThat(pipeline.dedupMetric("records-passed-total")).isPositive();
                assertThat(pipeline.dedupMetric("restore-state")).isZero();
              });
    }
  }

  private static void awaitRows(Pipeline pipeline, long rows) {
    await()
        .atMost(Duration.ofMinutes(2))
        .pollInterval(Duration.ofMillis(100))
        .until(() -> pipeline.count("count()") > rows);
  }

  private static long timesGivenUp(Stack stack) throws IOException {
    try (var lines = Files.lines(stack.worker().log().orElseThrow())) {
      return lines.filter(line -> line.contains(GIVEN_UP)).count();
    }
  }
}
