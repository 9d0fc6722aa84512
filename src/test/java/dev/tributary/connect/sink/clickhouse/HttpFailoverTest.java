package dev.tributary.connect.sink.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which of several servers is asked, and when the first one is used again. */
class HttpFailoverTest extends HttpClickHouseFixture {

  @Test
  void second_server_takes_what_the_first_one_could_not() throws Exception {
    HttpClickHouse clickHouse = clickHouse(10_000, nobody(), server.url());
    assertThat(failure(clickHouse).kind()).isEqualTo(FailureKind.UNREACHABLE);
    assertThat(clickHouse.hasAnotherServer()).isTrue();
    assertThat(clickHouse.url()).isEqualTo(server.url());
    insert(clickHouse);
    assertThat(server.inserts()).hasSize(1);
  }

  @Test
  void question_is_asked_on_the_second_server_without_the_asker_noticing() throws Exception {
    server.on("SELECT n", LoopbackServer.rows("n Int64").with(42L).reply());
    HttpClickHouse clickHouse = clickHouse(10_000, nobody(), server.url());
    assertThat(clickHouse.<Long>select("SELECT n", List.of(), HttpFailoverTest::number))
        .isEqualTo(42);
  }

  private static long number(ClickHouse.Rows rows) throws ClickHouseException {
    return rows.next() ? rows.number(1) : -1;
  }

  @Test
  void question_that_is_answered_with_an_error_is_not_asked_elsewhere() {
    LoopbackServer second = server();
    server.on("SELECT n", LoopbackServer.error(60, "no table"));
    HttpClickHouse clickHouse = clickHouse(10_000, server.url(), second.url());
    assertThatThrownBy(
            () -> clickHouse.<Long>select("SELECT n", List.of(), HttpFailoverTest::number))
        .isInstanceOfSatisfying(
            ClickHouseException.class,
            e -> {
              assertThat(e.code()).isEqualTo(60);
              assertThat(e.kind()).isEqualTo(FailureKind.SCHEMA);
            });
    assertThat(second.requests).isEmpty();
  }

  @Test
  void question_fails_when_no_server_can_be_reached() throws Exception {
    HttpClickHouse clickHouse = clickHouse(10_000, nobody(), nobody());
    assertThatThrownBy(
            () -> clickHouse.<Long>select("SELECT n", List.of(), HttpFailoverTest::number))
        .isInstanceOfSatisfying(
            ClickHouseException.class,
            e -> assertThat(e.kind()).isEqualTo(FailureKind.UNREACHABLE));
    assertThat(clickHouse.hasAnotherServer()).isFalse();
  }

  @Test
  void recovered_server_is_found_and_used_again() throws Exception {
    LoopbackServer second = server();
    HttpClickHouse clickHouse = clickHouse(10_000, server.url(), second.url());
    server.down(LoopbackServer.status(503));
    assertThat(failure(clickHouse).kind()).isEqualTo(FailureKind.UNREACHABLE);
    insert(clickHouse);
    assertThat(second.inserts()).hasSize(1);
    server.up();
    await().atMost(Duration.ofSeconds(30)).until(() -> clickHouse.url().equals(server.url()));
    insert(clickHouse);
    assertThat(server.inserts()).hasSize(1);
  }
}
