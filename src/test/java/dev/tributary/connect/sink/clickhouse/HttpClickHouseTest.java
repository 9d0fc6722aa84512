package dev.tributary.connect.sink.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.tributary.connect.sink.clickhouse.InsertRequest.LastCheck;
import dev.tributary.connect.sink.config.ConnectionCheck;
import dev.tributary.connect.sink.config.SinkConfig;
import dev.tributary.connect.sink.table.Column;
import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.common.config.types.Password;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class HttpClickHouseTest {

  private static final TableId TABLE = new TableId("shop", "orders");
  private static final byte[] BLOCK = {1, 0, 1, 2, 3};

  private final List<AutoCloseable> open = new ArrayList<>();
  private final LoopbackServer server = server();

  private LoopbackServer server() {
    LoopbackServer started = new LoopbackServer();
    open.add(started);
    return started;
  }

  @AfterEach
  void close() throws Exception {
    for (int i = open.size() - 1; i >= 0; i--) {
      open.get(i).close();
    }
  }

  private HttpClickHouse clickHouse(long timeoutMs, String... urls) {
    HttpClickHouse started =
        new HttpClickHouse(
            new ClickHouseOptions(
                List.of(urls),
                "shop",
                "ana",
                new Password("secret"),
                false,
                timeoutMs,
                Map.of("max_insert_block_size", "1000", "async_insert", "1")));
    open.add(started);
    return started;
  }

  private HttpClickHouse clickHouse() {
    return clickHouse(10_000, server.url());
  }

  private static void insert(ClickHouse clickHouse) throws InsertException {
    clickHouse.insert(
        new InsertRequest(
            TABLE, List.of("`id`"), "the token", Optional.empty(), out -> out.write(BLOCK)));
  }

  private static void insertFenced(ClickHouse clickHouse, LastCheck lastCheck)
      throws InsertException {
    clickHouse.insert(
        new InsertRequest(
            TABLE, List.of("`id`"), "the token", Optional.of(lastCheck), out -> out.write(BLOCK)));
  }

  private static InsertException failure(ClickHouse clickHouse) {
    InsertException failure = catchThrowableOfType(InsertException.class, () -> insert(clickHouse));
    if (failure == null) {
      throw new AssertionError("the insert was acknowledged");
    }
    return failure;
  }

  /** A port of the loopback where nobody listens. */
  private static String nobody() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return "http://127.0.0.1:" + socket.getLocalPort();
    }
  }

  @Test
  void insert_is_one_request_with_its_block_and_its_token() throws Exception {
    insert(clickHouse());
    assertThat(server.inserts())
        .singleElement()
        .satisfies(
            request -> {
              assertThat(request.sql())
                  .contains("INSERT INTO `shop`.`orders`", "`id`", "FORMAT Native");
              assertThat(request.body()).isEqualTo(ByteBuffer.wrap(BLOCK));
              assertThat(request.setting("insert_deduplication_token")).isEqualTo("the token");
            });
  }

  @Test
  void settings_that_exact_rows_depend_on_overrule_the_users_own() throws Exception {
    insert(clickHouse());
    LoopbackServer.Request request = server.inserts().get(0);
    assertThat(request.parameter("max_insert_block_size")).isEqualTo("1000");
    assertThat(request.setting("async_insert")).isEqualTo("0");
    assertThat(request.setting("input_format_native_allow_types_conversion")).isEqualTo("0");
    assertThat(request.setting("input_format_null_as_default")).isEqualTo("1");
  }

  @Test
  void server_gets_those_guards_that_it_knows_and_is_asked_once() throws Exception {
    HttpClickHouse clickHouse = clickHouse();
    insert(clickHouse);
    insert(clickHouse);
    for (LoopbackServer.Request request : server.inserts()) {
      assertThat(request.setting("deduplicate_insert")).isEqualTo("enable");
      assertThat(request.setting("use_strict_insert_block_limits")).isEqualTo("0");
      assertThat(request.sql())
          .doesNotContain("deduplicate_blocks_in_dependent_materialized_views")
          .doesNotContain("insert_deduplicate ");
    }
    assertThat(server.probes).hasSize(2);
    assertThat(server.requests).hasSize(2);
  }

  @Test
  void older_server_gets_the_older_name_of_the_deduplication_setting() throws Exception {
    server.settings("deduplicate_blocks_in_dependent_materialized_views");
    insert(clickHouse());
    LoopbackServer.Request request = server.inserts().get(0);
    assertThat(request.setting("insert_deduplicate")).isEqualTo("1");
    assertThat(request.setting("deduplicate_blocks_in_dependent_materialized_views"))
        .isEqualTo("1");
    assertThat(request.sql()).doesNotContain("deduplicate_insert ");
  }

  @Test
  void error_says_of_what_kind_it_is_and_whether_rows_may_be_there() {
    HttpClickHouse clickHouse = clickHouse();
    server.on("INSERT", LoopbackServer.error(241, "memory limit exceeded"));
    InsertException pressure = failure(clickHouse);
    assertThat(pressure.kind()).isEqualTo(FailureKind.PRESSURE);
    assertThat(pressure.code()).isEqualTo(241);
    assertThat(pressure.isUncertain()).isTrue();
    assertThat(pressure).hasMessageContaining("memory limit exceeded");

    server.on("INSERT", LoopbackServer.error(252, "Too many parts"));
    InsertException parts = failure(clickHouse);
    assertThat(parts.kind()).isEqualTo(FailureKind.TRANSIENT);
    assertThat(parts.isUncertain()).isTrue(); // it may be a view's target that has them
    assertThat(clickHouse.hasAnotherServer()).isTrue(); // one that answers is there
  }

  @Test
  void insert_succeeds_after_an_error() throws Exception {
    HttpClickHouse clickHouse = clickHouse();
    server.on("INSERT", LoopbackServer.error(252, "Too many parts"));
    assertThat(failure(clickHouse).code()).isEqualTo(252);
    server.on("INSERT", server::acknowledge);
    insert(clickHouse);
    assertThat(server.inserts()).hasSize(2);
  }

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
    assertThat(clickHouse.<Long>select("SELECT n", List.of(), HttpClickHouseTest::number))
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
            () -> clickHouse.<Long>select("SELECT n", List.of(), HttpClickHouseTest::number))
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
            () -> clickHouse.<Long>select("SELECT n", List.of(), HttpClickHouseTest::number))
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

  @Test
  void table_is_read_with_what_can_be_written_of_it() throws Exception {
    server.on(
        "system.columns",
        LoopbackServer.rows("name String", "type String", "default_kind String", "zone String")
            .with("id", "Int64", "", "UTC")
            .with("text", "String", "DEFAULT", "UTC")
            .with("twice", "Int64", "MATERIALIZED", "UTC")
            .with("state", "AggregateFunction(sum, Int64)", "", "UTC")
            .reply());
    Table table = clickHouse().table(TABLE).orElseThrow();
    assertThat(table.id()).isEqualTo(TABLE);
    assertThat(table.columns())
        .containsExactly(new Column("id", "Int64", false), new Column("text", "String", true));
    assertThat(table.computed()).isEqualTo(Set.of("twice"));
    assertThat(table.unsupported()).extracting(Table.Unsupported::name).containsExactly("state");
    assertThat(table.serverZone().getRules()).isEqualTo(ZoneOffset.UTC.getRules());
    assertThat(server.requests.get(0).sql()).contains("'shop'", "'orders'");
  }

  @Test
  void table_that_does_not_exist_is_empty() throws Exception {
    server.on(
        "system.columns",
        LoopbackServer.rows("name String", "type String", "default_kind String", "zone String")
            .reply());
    assertThat(clickHouse().table(TABLE)).isEmpty();
  }

  @Test
  void statement_is_executed_as_it_is() throws Exception {
    server.on("CREATE", server::acknowledge);
    clickHouse().execute("CREATE TABLE x (a Int8) ENGINE = Null");
    assertThat(server.requests)
        .extracting(LoopbackServer.Request::sql)
        .containsExactly("CREATE TABLE x (a Int8) ENGINE = Null");
    server.on("CREATE", LoopbackServer.error(497, "not allowed"));
    assertThatThrownBy(() -> clickHouse().execute("CREATE TABLE x (a Int8) ENGINE = Null"))
        .isInstanceOfSatisfying(
            ClickHouseException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.DENIED));
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
  void ignored_errors_of_views_are_the_users_choice_alone() throws Exception {
    server.settings("deduplicate_insert", "materialized_views_ignore_errors");
    insert(clickHouse());
    assertThat(server.inserts().get(0).setting("materialized_views_ignore_errors")).isEqualTo("0");
    HttpClickHouse chosen =
        new HttpClickHouse(
            new ClickHouseOptions(
                List.of(server.url()),
                "shop",
                "ana",
                new Password("secret"),
                false,
                10_000,
                Map.of("materialized_views_ignore_errors", "1")));
    open.add(chosen);
    insert(chosen);
    LoopbackServer.Request second = server.inserts().get(1);
    assertThat(second.parameter("materialized_views_ignore_errors")).isEqualTo("1");
    assertThat(second.sql()).doesNotContain("materialized_views_ignore_errors");
  }

  @Test
  void long_statement_travels_in_the_body() throws Exception {
    List<String> columns =
        IntStream.range(0, 900).mapToObj(i -> "`" + "c".repeat(30) + i + "`").toList();
    clickHouse()
        .insert(
            new InsertRequest(
                TABLE, columns, "the token", Optional.empty(), out -> out.write(BLOCK)));
    LoopbackServer.Request request = server.inserts().get(0);
    assertThat(request.parameters()).doesNotContainKey("query");
    String body = new String(request.body().array(), StandardCharsets.ISO_8859_1);
    assertThat(body).startsWith("INSERT INTO `shop`.`orders` (");
    assertThat(body).endsWith("FORMAT Native\n" + new String(BLOCK, StandardCharsets.ISO_8859_1));
  }

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
  void path_that_proves_nothing_is_reported_by_validation() {
    server.on("system.databases", LoopbackServer.rows("count() Int64").with(1L).reply());
    server.provesById = false;
    server.provesByHeader = false;
    Map<String, String> properties =
        Map.of("clickhouse.url", server.url(), "clickhouse.database", "shop");
    List<ConfigValue> values = new ArrayList<>();
    new ConnectionCheck(new SinkConfig(properties), properties).run(values);
    assertThat(values)
        .singleElement()
        .satisfies(
            value -> {
              assertThat(value.name()).isEqualTo("clickhouse.url");
              assertThat(value.errorMessages()).singleElement().asString().contains("Query-Id");
            });
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
