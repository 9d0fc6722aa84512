package dev.tributary.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tributary.it.fixture.DeadLetterTopic;
import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.Fault;
import dev.tributary.stack.FaultProxy;
import dev.tributary.stack.KafkaAdmin;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Faults of the server, and of the way to it, that pass: the rows are delayed and that is all. */
@ExtendWith(StackExtension.class)
class SinkFaultsIT {

  private static final String WINDOW =
      "ALTER TABLE %s MODIFY SETTING non_replicated_deduplication_window = 1000";

  private static final List<Fault> FAULTS =
      List.of(
          new Fault.ResetRequest(),
          new Fault.ResetAnswer(),
          new Fault.Hang(),
          new Fault.Dribble(),
          new Fault.Answer(502, 0, "<html>bad gateway</html>"),
          new Fault.Answer(503, 0, ""),
          new Fault.Answer(504, 0, "timeout"),
          new Fault.Answer(429, 0, "slow down"),
          new Fault.AnswerEarly(503, 0, "early"),
          Fault.emptyAnswer(),
          Fault.maintenancePage(),
          Fault.redirect(),
          Fault.hiddenError(241, "MEMORY_LIMIT_EXCEEDED"),
          Fault.error(3, "UNEXPECTED_END_OF_FILE"),
          Fault.error(159, "TIMEOUT_EXCEEDED"),
          Fault.error(202, "TOO_MANY_SIMULTANEOUS_QUERIES"),
          Fault.error(210, "NETWORK_ERROR"),
          Fault.error(225, "NO_ZOOKEEPER"),
          Fault.error(241, "MEMORY_LIMIT_EXCEEDED"),
          Fault.error(242, "TABLE_IS_READ_ONLY"),
          Fault.error(252, "TOO_MANY_PARTS"),
          Fault.error(285, "TOO_FEW_LIVE_REPLICAS"),
          Fault.error(319, "UNKNOWN_STATUS_OF_INSERT"),
          Fault.error(425, "SYSTEM_ERROR"),
          Fault.error(439, "CANNOT_SCHEDULE_TASK"),
          Fault.error(999, "KEEPER_EXCEPTION"));

  private static Pipeline pipeline(Stack stack, FaultProxy proxy, String name) {
    return new Pipeline(stack, name, 1, "id UInt32")
        .with("clickhouse.url", proxy.url())
        .with("retry.backoff.ms", "20")
        .with("retry.backoff.max.ms", "200");
  }

  /** Every other insert fails, each time differently; the window makes the retries exact. */
  @ParameterizedTest
  @ValueSource(strings = {"at_least_once", "exactly_once"})
  void every_passing_fault_delays_rows_and_loses_doubles_or_rejects_none(
      String delivery, Stack stack) {
    // An insert whose answer alone is lost is not repeated by exactly_once.
    int rows = 100 * (FAULTS.size() + 6);
    String name = "fault_" + delivery;
    String deadLetters = name + "_dlq";
    try (FaultProxy proxy = FaultProxy.to(stack.clickHouse());
        Pipeline pipeline = pipeline(stack, proxy, name)) {
      if (delivery.equals("exactly_once")) {
        pipeline.exactlyOnce();
      } else {
        stack.clickHouse().sql().execute(WINDOW.formatted(name));
      }
      pipeline
          .with("batch.max.rows", "100")
          .with("clickhouse.request.timeout.ms", "1000")
          .withDeadLetters(deadLetters);
      proxy.onInsert(
          insert ->
              insert.number() % 2 == 1
                  ? Optional.of(FAULTS.get(insert.number() / 2 % FAULTS.size()))
                  : Optional.empty());
      send(pipeline, 0, rows);
      pipeline.flush();
      pipeline.start();
      pipeline.awaitDone();

      assertThat(proxy.inserts()).isGreaterThanOrEqualTo(2 * FAULTS.size());
      assertThat(pipeline.count("uniqExact(id)")).isEqualTo(rows);
      assertThat(pipeline.count("count()")).isEqualTo(rows);
      DeadLetterTopic.assertEmpty(stack, deadLetters);
    }
  }

  /** Without a limit of its own, the socket would wait for the rest of the answer indefinitely. */
  @Test
  void request_timeout_bounds_an_insert_that_hangs_while_it_is_written_or_answered(Stack stack) {
    String columns = "id UInt32, noise String";
    try (FaultProxy proxy = FaultProxy.to(stack.clickHouse());
        Pipeline pipeline =
            new Pipeline(stack, "fault_hang", 1, columns)
                .with("clickhouse.url", proxy.url())
                .with("clickhouse.compression", "none")
                .with("clickhouse.request.timeout.ms", "2000")
                .with("retry.backoff.ms", "20")
                .with("batch.max.rows", "1000")) {
      proxy.onInsert(
          insert ->
              switch (insert.number()) {
                case 1 -> Optional.of(new Fault.HangInBody());
                case 2 -> Optional.of(new Fault.Dribble());
                default -> Optional.empty();
              });
      // More than the sockets' buffers take.
      String noise = "x".repeat(20_000);
      IntStream.range(0, 1_000)
          .forEach(i -> pipeline.send("{\"id\":%d,\"noise\":\"%s\"}".formatted(i, noise)));
      pipeline.flush();
      pipeline.start();
      await().atMost(Duration.ofSeconds(20)).until(() -> proxy.inserts() >= 3);
      pipeline.awaitDone();

      assertThat(pipeline.count("uniqExact(id)")).isEqualTo(1_000);
    }
  }

  @Test
  void outage_longer_than_the_poll_interval_keeps_the_task_in_its_group(Stack stack)
      throws IOException {
    try (FaultProxy proxy = FaultProxy.to(stack.clickHouse());
        Pipeline pipeline =
            pipeline(stack, proxy, "fault_poll")
                .with("batch.max.rows", "500")
                .with("consumer.override.max.poll.interval.ms", "3000")
                .withDeadLetters("fault_poll_dlq")
                .start()) {
      send(pipeline, 0, 1_000);
      pipeline.awaitDone();
      proxy.refuse();
      Instant end = Instant.now().plusSeconds(7);
      send(pipeline, 1_000, 20_000);
      pipeline.flush();
      await().atMost(Duration.ofSeconds(10)).until(() -> Instant.now().isAfter(end));
      assertThat(pipeline.committed(0)).isEqualTo(1_000);
      try (KafkaAdmin admin = stack.broker().admin()) {
        assertThat(admin.sinkMembers("fault_poll")).isEqualTo(1);
      }
      proxy.accept();
      pipeline.awaitDone();

      // What was refused was never there, so at-least-once is exact.
      assertThat(pipeline.count("uniqExact(id)")).isEqualTo(20_000);
      assertThat(pipeline.count("count()")).isEqualTo(20_000);
      DeadLetterTopic.assertEmpty(stack, "fault_poll_dlq");
      List<String> log =
          Files.readAllLines(stack.worker().log().orElseThrow()).stream()
              .filter(line -> line.contains("fault_poll-0"))
              .toList();
      assertThat(log)
          .filteredOn(line -> line.contains("could not insert"))
          .hasSizeBetween(1, 3)
          .anyMatch(line -> line.contains("refused") || line.contains("reset"));
      assertThat(log).noneMatch(line -> line.contains("poll timeout has expired"));
      assertThat(log).anyMatch(line -> line.contains("inserts again after"));
    }
  }

  /** Three answers of this kind for one batch, and it goes in halves. */
  @Test
  void server_without_memory_for_a_batch_gets_smaller_ones(Stack stack) {
    try (FaultProxy proxy = FaultProxy.to(stack.clickHouse());
        Pipeline pipeline = pipeline(stack, proxy, "fault_memory").with("batch.max.rows", "1000")) {
      proxy.onInsert(
          insert ->
              insert.number() <= 3
                  ? Optional.of(Fault.error(241, "MEMORY_LIMIT_EXCEEDED"))
                  : Optional.empty());
      send(pipeline, 0, 1_000);
      pipeline.flush();
      pipeline.start();
      pipeline.awaitDone();

      assertThat(proxy.applied()).extracting(FaultProxy.Applied::rows).containsExactly(500L, 500L);
      assertThat(pipeline.count("uniqExact(id)")).isEqualTo(1_000);
    }
  }

  @Test
  void row_that_is_too_much_for_the_server_by_itself_fails_the_task(Stack stack) {
    try (FaultProxy proxy = FaultProxy.to(stack.clickHouse());
        Pipeline pipeline =
            pipeline(stack, proxy, "fault_row").withDeadLetters("fault_row_dlq").start()) {
      proxy.faulty(Fault.error(241, "MEMORY_LIMIT_EXCEEDED"));
      pipeline.send("{\"id\":1}");

      assertThat(pipeline.awaitFailure()).contains("Code: 241", "not even a single row");
      assertThat(pipeline.committed(0)).isZero();
      DeadLetterTopic.assertEmpty(stack, "fault_row_dlq");
    }
  }

  @Test
  void task_gives_up_after_the_time_that_the_user_allows_and_resumes_after_a_restart(Stack stack) {
    try (FaultProxy proxy = FaultProxy.to(stack.clickHouse());
        Pipeline pipeline =
            pipeline(stack, proxy, "fault_give_up")
                .with("retry.timeout.ms", "500")
                .withDeadLetters("fault_give_up_dlq")
                .start()) {
      proxy.faulty(new Fault.Answer(503, 0, "away"));
      send(pipeline, 0, 10);

      assertThat(pipeline.awaitFailure()).contains("503", "retry.timeout.ms");
      assertThat(pipeline.committed(0)).isZero();
      proxy.heal();
      pipeline.restart().awaitRestarted();
      pipeline.awaitDone();
      assertThat(pipeline.count("count()")).isEqualTo(10);
      DeadLetterTopic.assertEmpty(stack, "fault_give_up_dlq");
    }
  }

  @Test
  void rows_of_too_many_partitions_for_one_insert_go_in_smaller_ones(Stack stack) {
    try (FaultProxy proxy = FaultProxy.to(stack.clickHouse());
        Pipeline pipeline = pipeline(stack, proxy, "fault_parts").with("batch.max.rows", "500")) {
      stack
          .clickHouse()
          .sql()
          .executeScript(
              """
              DROP TABLE fault_parts;
              CREATE TABLE fault_parts (id UInt32) ENGINE = MergeTree ORDER BY id PARTITION BY id;
              """);
      send(pipeline, 0, 500);
      pipeline.flush();
      pipeline.start();
      pipeline.awaitDone();

      assertThat(pipeline.count("uniqExact(id)")).isEqualTo(500);
      assertThat(proxy.applied()).hasSizeGreaterThan(4).allMatch(insert -> insert.rows() <= 100);
    }
  }

  @Test
  void second_server_takes_over_at_once_and_the_first_is_used_again_when_it_is_back(Stack stack) {
    try (FaultProxy first = FaultProxy.to(stack.clickHouse());
        FaultProxy second = FaultProxy.to(stack.clickHouse());
        Pipeline pipeline =
            new Pipeline(stack, "fault_over", 1, "id UInt32")
                .with("clickhouse.url", first.url() + "," + second.url())
                // Whoever waits to retry does not get done in this test.
                .with("retry.backoff.ms", "600000")
                .with("retry.backoff.max.ms", "600000")
                .start()) {
      send(pipeline, 0, 10);
      pipeline.awaitDone();
      assertThat(first.inserts()).isPositive();
      first.refuse();
      send(pipeline, 10, 20);
      pipeline.awaitDone();
      assertThat(second.applied()).isNotEmpty();
      first.accept();
      int before = first.inserts();
      await()
          .atMost(Duration.ofSeconds(20))
          .until(
              () -> {
                pipeline.send("{\"id\":20}");
                pipeline.awaitDone();
                return first.inserts() > before;
              });

      assertThat(pipeline.count("uniqExact(id)")).isEqualTo(21);
    }
  }

  private static void send(Pipeline pipeline, int from, int to) {
    IntStream.range(from, to).forEach(i -> pipeline.send("{\"id\":%d}".formatted(i)));
  }
}
