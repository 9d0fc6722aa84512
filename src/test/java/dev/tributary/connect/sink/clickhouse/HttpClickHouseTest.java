package dev.tributary.connect.sink.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.tributary.connect.sink.table.Column;
import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.config.types.Password;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

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
    clickHouse.insert(TABLE, List.of("`id`"), "the token", out -> out.write(BLOCK));
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
              assertThat(request.parameter("insert_deduplication_token")).isEqualTo("the token");
            });
  }

  @Test
  void settings_that_exact_rows_depend_on_overrule_the_users_own() throws Exception {
    insert(clickHouse());
    assertThat(server.inserts().get(0).parameters())
        .containsEntry("max_insert_block_size", "1000")
        .containsEntry("async_insert", "0")
        .containsEntry("input_format_native_allow_types_conversion", "0")
        .containsEntry("input_format_null_as_default", "1");
  }

  @Test
  void server_gets_those_guards_that_it_knows_and_is_asked_once() throws Exception {
    HttpClickHouse clickHouse = clickHouse();
    insert(clickHouse);
    insert(clickHouse);
    for (LoopbackServer.Request request : server.inserts()) {
      assertThat(request.parameters())
          .containsEntry("deduplicate_insert", "enable")
          .containsEntry("use_strict_insert_block_limits", "0")
          .doesNotContainKey("deduplicate_blocks_in_dependent_materialized_views")
          .doesNotContainKey("insert_deduplicate");
    }
    assertThat(server.requests).hasSize(3);
  }

  @Test
  void older_server_gets_the_older_name_of_the_deduplication_setting() throws Exception {
    server.settings("deduplicate_blocks_in_dependent_materialized_views");
    insert(clickHouse());
    assertThat(server.inserts().get(0).parameters())
        .containsEntry("insert_deduplicate", "1")
        .containsEntry("deduplicate_blocks_in_dependent_materialized_views", "1")
        .doesNotContainKey("deduplicate_insert");
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
    assertThat(parts.isUncertain()).isFalse();
    assertThat(clickHouse.hasAnotherServer()).isTrue(); // one that answers is there
  }

  @Test
  void insert_succeeds_after_an_error() throws Exception {
    HttpClickHouse clickHouse = clickHouse();
    server.on("INSERT", LoopbackServer.error(252, "Too many parts"));
    assertThat(failure(clickHouse).code()).isEqualTo(252);
    server.on("INSERT", LoopbackServer::acknowledge);
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
                    TABLE,
                    List.of("`id`"),
                    "token",
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
                    }));
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
    server.on("CREATE", LoopbackServer::acknowledge);
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
}
