package dev.tributary.connect.sink.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.sink.config.ConnectionCheck;
import dev.tributary.connect.sink.config.SinkConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.common.config.ConfigValue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Which answers prove that they are those of ClickHouse, and which paths are refused. */
class HttpProofTest extends HttpClickHouseFixture {

  /** What answers an insert without ClickHouse having stored it, or without proof of that. */
  static Stream<Arguments> answers_that_prove_nothing() {
    return Stream.of(
        Arguments.of("empty 200", LoopbackServer.foreign(200, "")),
        Arguments.of("page", LoopbackServer.foreign(200, "<html>We are down</html>")),
        Arguments.of("204", LoopbackServer.foreign(204, "")),
        Arguments.of("202", LoopbackServer.foreign(202, "queued")),
        Arguments.of(
            "exception in the body",
            LoopbackServer.foreign(200, "Code: 241. DB::Exception: Memory limit exceeded")),
        Arguments.of(
            "id of another query",
            LoopbackServer.foreign(200, "", "X-ClickHouse-Query-Id", "5d1c0bd5")),
        Arguments.of(
            "code that is no number",
            LoopbackServer.foreign(200, "", "X-ClickHouse-Exception-Code", "none")),
        Arguments.of(
            "ours, but with a body",
            (LoopbackServer.Reply)
                exchange -> {
                  exchange.sendResponseHeaders(200, 4);
                  exchange.getResponseBody().write(new byte[] {'r', 'o', 'w', 's'});
                  exchange.close();
                }),
        Arguments.of("301", LoopbackServer.foreign(301, "", "Location", "/elsewhere")),
        Arguments.of("302", LoopbackServer.foreign(302, "", "Location", "/?query=SELECT+1")),
        Arguments.of("307", LoopbackServer.foreign(307, "", "Location", "/")),
        Arguments.of("308", LoopbackServer.foreign(308, "", "Location", "/")),
        Arguments.of("401", LoopbackServer.foreign(401, "sign in")),
        Arguments.of("403", LoopbackServer.foreign(403, "")),
        Arguments.of("404", LoopbackServer.foreign(404, "no route")),
        Arguments.of("429", LoopbackServer.foreign(429, "slow down")),
        Arguments.of("500", LoopbackServer.foreign(500, "oops")),
        Arguments.of("502", LoopbackServer.foreign(502, "bad gateway")),
        Arguments.of("511", LoopbackServer.foreign(511, "sign in to the network")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("answers_that_prove_nothing")
  void answer_without_a_proof_is_no_answer(String name, LoopbackServer.Reply reply)
      throws InsertException {
    HttpClickHouse clickHouse = clickHouse();
    insert(clickHouse);
    server.on("INSERT", reply);
    InsertException failure = failure(clickHouse);
    assertThat(failure.kind()).isEqualTo(FailureKind.UNREACHABLE);
    assertThat(failure.code()).isZero();
    assertThat(failure.isUncertain()).isTrue();
    assertThat(server.inserts()).hasSize(2); // no redirect was followed
  }

  @Test
  void request_that_something_finds_too_large_is_halved() {
    server.on("INSERT", LoopbackServer.foreign(413, "too large"));
    InsertException failure = failure(clickHouse());
    assertThat(failure.kind()).isEqualTo(FailureKind.PRESSURE);
    assertThat(failure.isUncertain()).isTrue();
  }

  @Test
  void either_proof_is_enough() throws Exception {
    HttpClickHouse clickHouse = clickHouse();
    insert(clickHouse);
    server.provesById = false;
    insert(clickHouse);
    server.provesById = true;
    server.provesByHeader = false;
    insert(clickHouse);
    server.provesById = false;
    assertThat(failure(clickHouse)).hasMessageContaining("does not prove");
  }

  @Test
  void error_counts_by_its_code_without_any_proof() {
    server.provesById = false;
    server.on("INSERT", LoopbackServer.error(516, "Authentication failed"));
    assertThat(failure(clickHouse()).kind()).isEqualTo(FailureKind.DENIED);
  }

  @Test
  void path_that_proves_nothing_is_refused_with_its_remedy() {
    server.provesById = false;
    server.provesByHeader = false;
    InsertException failure = failure(clickHouse());
    assertThat(failure.kind()).isEqualTo(FailureKind.PERMANENT);
    assertThat(failure)
        .hasMessageContaining("X-ClickHouse-Query-Id")
        .hasMessageContaining(server.url())
        .hasMessageContaining("clickhouse.url");
    assertThat(server.inserts()).isEmpty();
  }

  @Test
  void path_that_changes_settings_is_refused_and_the_settings_are_named() {
    server.readBack = value -> value.equals("0") ? "1" : value;
    assertThat(failure(clickHouse()))
        .hasMessageContaining("async_insert is '1', needed is '0'")
        .hasMessageContaining("changes requests");
    assertThat(server.inserts()).isEmpty();
  }

  @Test
  void setting_that_the_user_may_not_change_fails_before_the_first_insert() {
    server.on("SELECT", LoopbackServer.error(452, "Setting async_insert should not be changed"));
    server.isPathScripted = true;
    assertThat(failure(clickHouse())).hasMessageContaining("async_insert should not be changed");
    assertThat(server.inserts()).isEmpty();
  }

  @Test
  void path_that_proves_nothing_is_reported_by_validation() {
    server.on("system.databases", LoopbackServer.rows("count() Int64").with(1L).reply());
    server.provesById = false;
    server.provesByHeader = false;
    Map<String, String> properties =
        Map.of("clickhouse.url", server.url(), "clickhouse.database", "shop");
    List<ConfigValue> values = new ArrayList<>();
    new ConnectionCheck(
            new SinkConfig(properties), properties, topic -> Optional.of(Set.of(topic)), false)
        .run(values);
    assertThat(values)
        .singleElement()
        .satisfies(
            value -> {
              assertThat(value.name()).isEqualTo("clickhouse.url");
              assertThat(value.errorMessages()).singleElement().asString().contains("Query-Id");
            });
  }
}
