package dev.tributary.it.exactly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.ClickHouseSql;
import dev.tributary.stack.ConnectWorker;
import dev.tributary.stack.Fault;
import dev.tributary.stack.FaultProxy;
import dev.tributary.stack.KafkaAdmin;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Exactly once in front of other tables, after Deduplicate, and with workers that die or hang. */
@ExtendWith(StackExtension.class)
class ExactlyOnceFailuresIT {

  private static final String COLUMNS = "n UInt64";
  private static final int PARTITIONS = 4;

  @Test
  void workers_are_killed_under_load(Stack stack) {
    long count = 150_000;
    try (Pipeline pipeline =
        new Pipeline(stack, "exact_worker_kill", PARTITIONS, COLUMNS)
            .exactlyOnce()
            .deduplicating("n", "1h")
            .with("insert.max.in.flight", "2")
            .with("batch.max.rows", "500")) {
      send(pipeline, 0, count);
      send(pipeline, 0, 1_000); // duplicates
      pipeline.flush();
      pipeline.start();
      for (int kill = 1; kill <= 3; kill++) {
        long atLeast = kill * 20_000L;
        await()
            .atMost(Duration.ofMinutes(1))
            .pollInterval(Duration.ofMillis(20))
            .until(() -> pipeline.count("count()") > atLeast);
        stack.worker().kill();
        stack.worker().start();
      }
      pipeline.awaitDone();
      assertOnce(pipeline, count);
    }
  }

  /**
   * The suspended worker is taken for dead, another takes over, and then the first one continues
   * too.
   */
  @Test
  void a_zombie_inserts_nothing_twice(Stack stack) throws Exception {
    long count = 200_000;
    try (Pipeline pipeline =
            new Pipeline(stack, "exact_zombie", PARTITIONS, COLUMNS)
                .exactlyOnce()
                .with("tasks.max", "2")
                .with("insert.max.in.flight", "2")
                .with("batch.max.rows", "200");
        ConnectWorker second = stack.newWorker("zombie")) {
      second.start();
      send(pipeline, 0, count);
      pipeline.flush();
      pipeline.start();
      await()
          .atMost(Duration.ofMinutes(1))
          .pollInterval(Duration.ofMillis(20))
          .until(() -> pipeline.count("count()") > 20_000);
      signal("STOP", second.pid());
      try {
        pipeline.awaitDone();
      } finally {
        signal("CONT", second.pid());
      }
      long more = count + 10_000;
      send(pipeline, count, more);
      pipeline.awaitDone();
      assertOnce(pipeline, more);
      second.stop();
      pipeline.awaitDone();
      assertOnce(pipeline, more);
    }
  }

  private static void signal(String signal, long pid) throws IOException, InterruptedException {
    Process kill = new ProcessBuilder("kill", "-" + signal, String.valueOf(pid)).start();
    assertThat(kill.waitFor()).isZero();
  }

  @Test
  void a_recreated_topic_loses_nothing_to_the_state_of_the_one_before(Stack stack) {
    try (Pipeline pipeline =
            new Pipeline(stack, "exact_recreated", 1, COLUMNS).exactlyOnce().start();
        KafkaAdmin admin = stack.broker().admin()) {
      send(pipeline, 0, 500, 1);
      pipeline.awaitDone();
      pipeline.whileStopped(
          () -> {
            admin.deleteTopics(List.of(pipeline.name()));
            await().until(() -> !admin.topics().contains(pipeline.name()));
            admin.createTopic(pipeline.name(), 1);
            send(pipeline, 500, 1_500, 1);
            pipeline.flush();
          });
      pipeline.awaitDone();
      pipeline.restart().awaitRestarted();
      send(pipeline, 1_500, 1_600, 1);
      pipeline.awaitDone();
      assertOnce(pipeline, 1_600);
    }
  }

  /** Its intent is durable, its rows never came, and one of them is refused at the next start. */
  @Test
  void row_that_fits_no_more_after_a_kill_keeps_its_offset_uncommitted(Stack stack) {
    ClickHouseSql sql = stack.clickHouse().sql();
    try (FaultProxy proxy = FaultProxy.to(stack.clickHouse());
        Pipeline pipeline =
            new Pipeline(stack, "exact_inherited", 1, "n UInt64, s String")
                .exactlyOnce()
                .with("clickhouse.url", proxy.url())
                .start()) {
      sendTexts(pipeline, 0, 10);
      pipeline.awaitDone();
      proxy.faulty(new Fault.ResetRequest());
      int before = proxy.inserts();
      sendTexts(pipeline, 10, 110);
      await().atMost(Duration.ofMinutes(1)).until(() -> proxy.inserts() > before);
      stack.worker().kill();
      proxy.heal();
      sql.execute("ALTER TABLE exact_inherited MODIFY COLUMN s UInt8");
      stack.worker().start();
      assertThat(pipeline.awaitFailure()).contains("column `s` UInt8");
      assertThat(pipeline.committed()).isEqualTo(10);

      sql.execute("ALTER TABLE exact_inherited MODIFY COLUMN s String");
      pipeline.restart().awaitRestarted();
      sendTexts(pipeline, 110, 120);
      pipeline.awaitDone();
      assertOnce(pipeline, 120);
    }
  }

  /** Numbers up to 99 and a text behind them. */
  private static void sendTexts(Pipeline pipeline, int from, int to) {
    for (int n = from; n < to; n++) {
      String text = n < 100 ? String.valueOf(n) : "text";
      pipeline.send("{\"n\":" + n + ",\"s\":\"" + text + "\"}");
    }
    pipeline.flush();
  }

  /** A table with partitions and a materialized view, and blocks above the server's block size. */
  @Test
  void partitions_views_and_large_blocks_under_kills(Stack stack) {
    ClickHouseSql sql = stack.clickHouse().sql();
    sql.execute(
        "CREATE TABLE exact_view_target (n UInt64) ENGINE = MergeTree ORDER BY n"
            + " SETTINGS non_replicated_deduplication_window = 1000");
    long count = 60_000;
    try (Pipeline pipeline =
        new Pipeline(stack, "exact_parts", 2, COLUMNS)
            .with("clickhouse.setting.min_insert_block_size_rows", "1000")
            .with("clickhouse.setting.max_insert_block_size", "1000")
            .with("batch.max.rows", "4000")) {
      sql.execute("DROP TABLE exact_parts");
      sql.execute(
          "CREATE TABLE exact_parts (n UInt64) ENGINE = MergeTree PARTITION BY n % 5 ORDER BY n");
      pipeline.exactlyOnce();
      sql.execute(
          "CREATE MATERIALIZED VIEW exact_view TO exact_view_target AS SELECT n FROM exact_parts");
      pipeline.start();
      for (int kill = 0; kill < 3; kill++) {
        long from = kill * count / 3;
        send(pipeline, from, from + count / 3, 2);
        pipeline.flush();
        await()
            .atMost(Duration.ofMinutes(1))
            .pollInterval(Duration.ofMillis(10))
            .until(() -> pipeline.count("count()") > from);
        stack.clickHouse().kill();
        stack.clickHouse().start();
      }
      pipeline.awaitDone();
      assertOnce(pipeline, count);
      assertThat(sql.queryLong("SELECT count() - uniqExact(n) FROM exact_view_target")).isZero();
    } finally {
      sql.execute("DROP VIEW IF EXISTS exact_view");
      sql.execute("DROP TABLE exact_view_target");
    }
  }

  private static void send(Pipeline pipeline, long from, long to) {
    send(pipeline, from, to, PARTITIONS);
  }

  private static void send(Pipeline pipeline, long from, long to, int partitions) {
    for (long n = from; n < to; n++) {
      pipeline.send((int) (n % partitions), Instant.now(), null, "{\"n\":" + n + "}");
    }
  }

  private static void assertOnce(Pipeline pipeline, long count) {
    assertThat(pipeline.count("uniqExact(n)")).isEqualTo(count);
    assertThat(pipeline.count("count()")).isEqualTo(count);
    assertThat(pipeline.count("sum(n)")).isEqualTo(LongStream.range(0, count).sum());
  }
}
