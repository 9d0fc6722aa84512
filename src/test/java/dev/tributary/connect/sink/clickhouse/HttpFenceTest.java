package dev.tributary.connect.sink.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Inserts in a session, which fences them when it is closed. */
class HttpFenceTest extends HttpClickHouseFixture {

  @Test
  void fenced_insert_runs_in_its_session_which_is_made_before_the_last_check() throws Exception {
    List<Set<String>> atLastCheck = new ArrayList<>();
    insertFenced(clickHouse(), () -> atLastCheck.add(Set.copyOf(server.sessions)));
    assertThat(atLastCheck).containsExactly(Set.of("the token"));
    assertThat(server.inserts().get(0).parameters())
        .containsEntry("session_id", "the token")
        .containsEntry("session_check", "1")
        .containsEntry("close_session", "1");
    assertThat(server.sessions).isEmpty();
  }

  @Test
  void insert_is_not_sent_when_the_last_check_forbids_it() {
    InsertException forbidden = InsertException.notSent("fenced", null);
    assertThatThrownBy(
            () ->
                insertFenced(
                    clickHouse(),
                    () -> {
                      throw forbidden;
                    }))
        .isSameAs(forbidden);
    assertThat(server.inserts()).isEmpty();
  }

  @Test
  void unanswered_insert_is_fenced_by_closing_its_session() throws Exception {
    HttpClickHouse clickHouse = clickHouse();
    server.on("INSERT", LoopbackServer.noAnswer());
    assertThatThrownBy(() -> insertFenced(clickHouse, () -> {}))
        .isInstanceOf(InsertException.class);
    server.sessions.add("the token"); // the request has not arrived yet
    clickHouse.fence("the token", false);
    assertThat(server.sessions).isEmpty();
    clickHouse.fence("the token", true); // a session that is gone is closed
  }

  @Test
  void insert_that_is_still_running_is_not_fenced() throws Exception {
    HttpClickHouse clickHouse = clickHouse();
    insertFenced(clickHouse, () -> {});
    server.on("SELECT 1", LoopbackServer.error(373, "Session is locked by a concurrent client"));
    server.isPathScripted = true;
    assertThatThrownBy(() -> clickHouse.fence("the token", true))
        .isInstanceOfSatisfying(
            ClickHouseException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.TRANSIENT));
  }

  @Test
  void foreign_answer_fences_nothing() throws Exception {
    HttpClickHouse clickHouse = clickHouse();
    insertFenced(clickHouse, () -> {});
    server.on("SELECT 1", LoopbackServer.foreign(200, "1\n"));
    server.isPathScripted = true;
    assertThatThrownBy(() -> clickHouse.fence("the token", true))
        .isInstanceOfSatisfying(
            ClickHouseException.class,
            e -> assertThat(e.kind()).isEqualTo(FailureKind.UNREACHABLE));
  }

  @Test
  void insert_that_another_server_acknowledged_is_still_fenced_on_the_first_one() throws Exception {
    LoopbackServer second = server();
    HttpClickHouse clickHouse = clickHouse(10_000, server.url(), second.url());
    server.on("INSERT", LoopbackServer.noAnswer());
    assertThatThrownBy(() -> insertFenced(clickHouse, () -> {}))
        .isInstanceOf(InsertException.class);
    server.sessions.add("the token"); // the request has not arrived yet
    insertFenced(clickHouse, () -> {});
    assertThat(second.inserts()).hasSize(1);
    clickHouse.fence("the token", false);
    assertThat(server.sessions).isEmpty();
  }

  @Test
  void insert_without_doubt_is_fenced_without_a_request() throws Exception {
    HttpClickHouse clickHouse = clickHouse();
    insertFenced(clickHouse, () -> {});
    int probes = server.probes.size();
    clickHouse.fence("the token", false);
    assertThat(server.probes).hasSize(probes);
  }

  @Test
  void unanswered_insert_over_a_path_without_sessions_is_waited_for() throws Exception {
    server.hasSessions = false;
    HttpClickHouse clickHouse = clickHouse();
    server.on("INSERT", LoopbackServer.noAnswer());
    assertThatThrownBy(() -> insertFenced(clickHouse, () -> {}))
        .isInstanceOf(InsertException.class);
    assertThat(server.inserts().get(0).parameters()).doesNotContainKey("session_id");
    assertThatThrownBy(() -> clickHouse.fence("the token", false))
        .isInstanceOfSatisfying(
            ClickHouseException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(FailureKind.TRANSIENT);
              assertThat(e).hasMessageContaining("may still arrive");
            });
  }
}
