package dev.tributary.it.exactly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.ClickHouseServer;
import dev.tributary.stack.ConnectRest;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Each row is stored in its table once, whatever is killed, moved, reset or recreated. */
@ExtendWith(StackExtension.class)
class ExactlyOnceIT {

  private static final String COLUMNS = "n UInt64";

  /** With {@code -Dtributary.exactly.kills=200} the same for longer. */
  @Test
  void clickhouse_is_killed_in_the_middle_of_inserts(Stack stack) {
    int kills = Integer.getInteger("tributary.exactly.kills", 10);
    int partitions = 4;
    Random random = new Random(4);
    try (Pipeline pipeline =
        new Pipeline(stack, "exact_kill", partitions, COLUMNS)
            .exactlyOnce()
            .with("insert.max.in.flight", "4")
            .with("batch.max.rows", "1000")
            .with("batch.max.delay.ms", "50")
            .start()) {
      ClickHouseServer server = stack.clickHouse();
      long sent = 0;
      long rows = 0;
      for (int kill = 0; kill < kills; kill++) {
        for (int i = 0; i < 12_000; i++) {
          pipeline.send((int) (sent % partitions), Instant.now(), null, "{\"n\":" + sent + "}");
          sent++;
        }
        pipeline.flush();
        long before = rows;
        rows =
            await()
                .atMost(Duration.ofMinutes(1))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1 + random.nextInt(20)))
                .until(() -> pipeline.count("count()"), now -> now > before);
        server.kill();
        server.start();
      }
      pipeline.awaitDone();
      System.out.println(
          kills
              + " kills, "
              + sent
              + " rows sent, "
              + pipeline.count("count()")
              + " there, "
              + pipeline.count("uniqExact(n)")
              + " different");
      assertOnce(pipeline, sent);
    }
  }

  private static void assertOnce(Pipeline pipeline, long count) {
    assertThat(pipeline.count("uniqExact(n)")).isEqualTo(count);
    assertThat(pipeline.count("count()")).isEqualTo(count);
    assertThat(pipeline.count("sum(n)")).isEqualTo(LongStream.range(0, count).sum());
  }

  @Test
  void offsets_that_a_user_resets_are_a_new_start(Stack stack) {
    ConnectRest rest = stack.worker().rest();
    try (Pipeline pipeline = new Pipeline(stack, "exact_reset", 1, COLUMNS).exactlyOnce().start()) {
      send(pipeline, 0, 100);
      pipeline.awaitDone();
      pipeline.restart().awaitRestarted();
      send(pipeline, 100, 200);
      pipeline.awaitDone();
      assertOnce(pipeline, 200);

      pipeline.whileStopped(() -> rest.resetOffsets(pipeline.name()));
      pipeline.awaitDone();
      assertThat(pipeline.count("count()")).isEqualTo(400);

      pipeline.whileStopped(() -> rest.alterOffset(pipeline.name(), pipeline.name(), 0, 150));
      pipeline.awaitDone();
      assertThat(pipeline.count("count()")).isEqualTo(450);
      pipeline.restart().awaitRestarted();
      send(pipeline, 200, 300);
      pipeline.awaitDone();
      assertThat(pipeline.count("count()")).isEqualTo(550);
      assertThat(pipeline.count("uniqExact(n)")).isEqualTo(300);
    }
  }

  private static void send(Pipeline pipeline, long from, long to) {
    for (long n = from; n < to; n++) {
      pipeline.send("{\"n\":" + n + "}");
    }
  }

  @Test
  void a_quiet_tail_becomes_visible(Stack stack) {
    try (Pipeline pipeline =
        new Pipeline(stack, "exact_tail", 1, COLUMNS)
            .exactlyOnce()
            .with("batch.max.delay.ms", "500")
            .start()) {
      send(pipeline, 0, 3);
      pipeline.flush();
      await()
          .atMost(Duration.ofSeconds(20))
          .pollInterval(Duration.ofMillis(50))
          .until(() -> pipeline.count("count()") == 3);
      send(pipeline, 3, 4);
      pipeline.flush();
      await()
          .atMost(Duration.ofSeconds(5))
          .pollInterval(Duration.ofMillis(50))
          .until(() -> pipeline.count("count()") == 4);
      assertThat(pipeline.select("_topic, _partition, _offset", "ORDER BY n FORMAT TSV"))
          .isEqualTo(
              List.of(
                  "exact_tail\t0\t0", "exact_tail\t0\t1", "exact_tail\t0\t2", "exact_tail\t0\t3"));
    }
  }
}
