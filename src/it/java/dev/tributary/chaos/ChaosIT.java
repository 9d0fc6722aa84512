package dev.tributary.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.chaos.ChaosPlan.Kind;
import dev.tributary.chaos.ChaosPlan.Step;
import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.ClickHouseSql;
import dev.tributary.stack.ConnectRest;
import dev.tributary.stack.ConnectWorker;
import dev.tributary.stack.FaultProxy;
import dev.tributary.stack.KafkaAdmin;
import dev.tributary.stack.Stack;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The soak test, short: with {@code ./tributary chaos} it takes as long as one likes. */
@ExtendWith(StackExtension.class)
class ChaosIT {

  private static final ChaosPlan PLAN =
      new ChaosPlan(
          List.of(
              step(1, Kind.FENCE, 0),
              step(2, Kind.RESET_ANSWER, 2),
              step(3, Kind.KILL_SERVER, 0),
              step(4, Kind.EMPTY_ANSWER, 1),
              step(5, Kind.KILL_WORKER, 1),
              step(6, Kind.MAINTENANCE_PAGE, 1),
              step(7, Kind.REDIRECT, 1),
              step(8, Kind.HIDDEN_ERROR, 1),
              step(9, Kind.HOLD, 2),
              step(10, Kind.MEMORY_LIMIT, 0),
              step(11, Kind.HOLD_HALF, 2),
              step(12, Kind.RESET_REQUEST, 1),
              step(13, Kind.REFUSING_VIEW, 1),
              step(16, Kind.REPEAT, 2),
              step(17, Kind.REFUSE, 1),
              step(18, Kind.SPLIT, 1),
              step(20, Kind.CHANGE_TASKS, 1),
              step(21, Kind.FENCE, 3),
              step(22, Kind.RESET_ANSWER, 2)));

  private static Step step(int second, Kind kind, int choice) {
    return new Step(Duration.ofSeconds(second), kind, choice);
  }

  /** The checker is put to the test on the same run: it must see a lost row and a doubled one. */
  @Test
  void every_number_is_there_once_and_a_row_that_is_missing_or_doubled_is_named(Stack stack) {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
    ClickHouseSql sql = stack.clickHouse().sql();
    try (ConnectWorker second = stack.newWorker("chaos-2");
        ConnectWorker third = stack.newWorker("chaos-3");
        FaultProxy proxy = FaultProxy.to(stack.clickHouse())) {
      ChaosCommand.start(second, third);
      List<ConnectWorker> workers = List.of(stack.worker(), second, third);
      Chaos chaos = new Chaos(stack, workers, proxy, new ChaosOptions(0.4, 4), out);

      assertThat(chaos.run(PLAN)).as(() -> text(printed)).isTrue();
      assertThat(text(printed))
          .contains("44,000 records sent, 4,000 of them duplicates; 40000 rows, sum 799980000,")
          .containsPattern("worker killed +1\n")
          .containsPattern("ClickHouse killed +1\n")
          .containsPattern("connections refused +1\n")
          .containsPattern("tasks.max changed +1\n")
          .containsPattern("insert applied, answer reset +[3-6]\n")
          .containsPattern("insert answered 200, no text +2\n")
          .containsPattern("insert answered 200, a web page +2\n")
          .containsPattern("insert answered 302 +2\n")
          .containsPattern("insert answered 200, an error +2\n")
          .containsPattern("insert lost, arrives later +3\n")
          .containsPattern("insert lost, half arrives later +3\n")
          .containsPattern("insert applied, arrives again +3\n")
          .containsPattern("insert split, arrives later +[5-8]\n")
          .containsPattern("view refuses every insert +1\n")
          .containsPattern("partition claimed by a stranger +2\n")
          .endsWith("OK: every number is there exactly once, and there are no dead letters\n");

      sql.execute("DELETE FROM " + ChaosView.COPY + " WHERE n = 8000");
      assertThat(chaos.verdict()).isFalse();
      assertThat(text(printed))
          .containsPattern(
              "NOT OK: in tributary_chaos_copy, which the view fills, number 8000 is missing; .*\n$");

      sql.execute("DELETE FROM " + Chaos.NAME + " WHERE n IN (7001, 9000)");
      assertThat(chaos.verdict()).isFalse();
      assertThat(text(printed))
          .containsPattern(
              "NOT OK: number 7001 is missing; it was sent to partition 5,"
                  + " offsets \\[\\d+.*\\]; missing in all: 2\n$");

      sql.execute(
          "INSERT INTO "
              + Chaos.NAME
              + " SELECT [7001, 9000, 9000][number + 1] AS n, concat('event ', toString(n)),"
              + " 'again', 5, 100000 + number FROM numbers(3)");
      assertThat(chaos.verdict()).isFalse();
      assertThat(text(printed))
          .endsWith(
              "NOT OK: number 9000 is there 2 times,"
                  + " from partition 5 offset 100001 and partition 5 offset 100002\n");
    } finally {
      remove(stack);
    }
  }

  private static String text(ByteArrayOutputStream printed) {
    return printed.toString(StandardCharsets.UTF_8);
  }

  private static void remove(Stack stack) {
    ConnectRest rest = stack.worker().rest();
    if (rest.connectors().contains(Chaos.NAME)) {
      rest.deleteConnector(Chaos.NAME);
    }
    try (KafkaAdmin admin = stack.broker().admin()) {
      admin.deleteTopics(
          admin.topics().stream().filter(topic -> topic.startsWith(Chaos.NAME)).toList());
    }
    ChaosView.drop(stack.clickHouse().sql());
    stack.clickHouse().sql().execute("DROP TABLE IF EXISTS " + Chaos.NAME);
  }
}
