package dev.tributary.connect.sink.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Inserts that get no answer: how long they take, and whether their rows may be there. */
class HttpUnansweredTest extends HttpClickHouseFixture {

  @Test
  void server_behind_a_proxy_that_is_away_leaves_rows_in_doubt() {
    HttpClickHouse clickHouse = clickHouse();
    server.on("INSERT", LoopbackServer.status(503));
    InsertException failure = failure(clickHouse);
    assertThat(failure.kind()).isEqualTo(FailureKind.UNREACHABLE);
    assertThat(failure.isUncertain()).isTrue();
    assertThat(clickHouse.hasAnotherServer()).isFalse();
  }

  @Test
  void connection_that_breaks_leaves_rows_in_doubt() {
    server.on("INSERT", LoopbackServer.noAnswer());
    InsertException failure = failure(clickHouse());
    assertThat(failure.kind()).isEqualTo(FailureKind.UNREACHABLE);
    assertThat(failure.isUncertain()).isTrue();
  }

  @Test
  void server_that_does_not_answer_in_time_is_cut_off_and_the_rows_are_in_doubt() {
    server.on("INSERT", server.hang());
    HttpClickHouse clickHouse = clickHouse(2_000, server.url());
    long startedNs = System.nanoTime();
    InsertException failure = failure(clickHouse);
    assertThat(failure.kind()).isEqualTo(FailureKind.UNREACHABLE);
    assertThat(failure.isUncertain()).isTrue();
    assertThat(Duration.ofNanos(System.nanoTime() - startedNs)).isLessThan(Duration.ofSeconds(20));
    assertThat(server.inserts()).hasSize(1);
  }

  @Test
  void writing_that_takes_too_long_is_cut_off_as_well() {
    HttpClickHouse clickHouse = clickHouse(1_000, server.url());
    CompletableFuture<Void> cut = new CompletableFuture<>();
    InsertException failure =
        catchThrowableOfType(
            InsertException.class,
            () ->
                clickHouse.insert(
                    new InsertRequest(
                        TABLE,
                        List.of("`id`"),
                        "token",
                        Optional.empty(),
                        out -> {
                          byte[] some = new byte[1 << 16];
                          Arrays.fill(some, (byte) 1);
                          long deadlineNs = System.nanoTime() + Duration.ofSeconds(20).toNanos();
                          try {
                            while (System.nanoTime() < deadlineNs) {
                              out.write(some);
                              out.flush();
                            }
                          } catch (IOException e) {
                            cut.complete(null);
                            throw e;
                          }
                        })));
    assertThat(failure).isNotNull().hasMessageContaining("no answer within 1000 ms");
    assertThat(failure.isUncertain()).isTrue();
    assertThat(cut).isCompleted();
  }

  @Test
  void refused_connection_leaves_no_doubt() throws Exception {
    InsertException failure = failure(clickHouse(10_000, nobody()));
    assertThat(failure.kind()).isEqualTo(FailureKind.UNREACHABLE);
    assertThat(failure.isUncertain()).isFalse();
  }

  @Test
  void close_cuts_what_is_in_flight() throws Exception {
    server.on("INSERT", server.hang());
    HttpClickHouse clickHouse = clickHouse(50_000, server.url());
    CompletableFuture<InsertException> failed =
        CompletableFuture.supplyAsync(() -> failure(clickHouse));
    server.awaitHanging();
    clickHouse.close();
    await().atMost(Duration.ofSeconds(20)).until(failed::isDone);
    assertThat(failed.join().kind()).isEqualTo(FailureKind.UNREACHABLE);
    assertThat(failed.join().isUncertain()).isTrue();
  }
}
