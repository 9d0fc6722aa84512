package dev.tributary.connect.sink.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.kafka.common.config.types.Password;
import org.junit.jupiter.api.Test;

/** What the request of an insert carries, and of what kind its errors are. */
class HttpInsertTest extends HttpClickHouseFixture {

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
}
