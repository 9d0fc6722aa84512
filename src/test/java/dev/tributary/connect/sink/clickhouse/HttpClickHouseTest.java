package dev.tributary.connect.sink.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.sink.table.Column;
import dev.tributary.connect.sink.table.Table;
import java.time.ZoneOffset;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What {@link HttpClickHouse} sends besides inserts: questions for tables, and statements. */
class HttpClickHouseTest extends HttpClickHouseFixture {

  private static LoopbackServer.Answer columns() {
    return LoopbackServer.rows(
        "name String", "type String", "default_kind String", "zone String", "in_key Int64");
  }

  @Test
  void table_is_read_with_what_can_be_written_of_it() throws Exception {
    server.on(
        "system.columns",
        columns()
            .with("id", "Int64", "", "UTC", 1L)
            .with("text", "String", "DEFAULT", "UTC", 0L)
            .with("twice", "Int64", "MATERIALIZED", "UTC", 0L)
            .with("state", "AggregateFunction(sum, Int64)", "", "UTC", 0L)
            .reply());
    Table table = clickHouse().table(TABLE).orElseThrow();
    assertThat(table.id()).isEqualTo(TABLE);
    assertThat(table.columns())
        .containsExactly(
            new Column("id", "Int64", false, true), new Column("text", "String", true));
    assertThat(table.computed()).isEqualTo(Set.of("twice"));
    assertThat(table.unsupported()).extracting(Table.Unsupported::name).containsExactly("state");
    assertThat(table.serverZone().getRules()).isEqualTo(ZoneOffset.UTC.getRules());
    assertThat(server.requests.get(0).sql()).contains("'shop'", "'orders'");
  }

  @Test
  void table_that_does_not_exist_is_empty() throws Exception {
    server.on("system.columns", columns().reply());
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
}
