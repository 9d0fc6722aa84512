package dev.tributary.connect.sink.clickhouse;

import static dev.tributary.connect.sink.clickhouse.RowsToInsert.numbers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tributary.connect.util.ManualTime;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the fake does with the rows of an insert after its table. */
class FakeViewTest {

  private static final Predicate<Map<String, @Nullable Object>> IS_BAD =
      row -> Long.valueOf(3).equals(row.get("n"));

  private final FakeTable table = new FakeTable("t", "n UInt64").window(100);
  private final FakeTable first = new FakeTable("first", "n UInt64").window(100);
  private final FakeTable second = new FakeTable("second", "n UInt64").window(100);
  private final FakeClickHouse server =
      new FakeClickHouse(new ManualTime()).with(table).with(first).with(second);

  private void insert(String token) throws InsertException {
    numbers("n UInt64", 1, 4).insert(server, table.id(), token);
  }

  private InsertException failure(String token) {
    InsertException failure = catchThrowableOfType(InsertException.class, () -> insert(token));
    assertThat(failure).isNotNull();
    return failure;
  }

  private void assertRows(int ofTable, int ofFirst, int ofSecond) {
    assertThat(table.rows()).hasSize(ofTable);
    assertThat(first.rows()).hasSize(ofFirst);
    assertThat(second.rows()).hasSize(ofSecond);
  }

  @ParameterizedTest
  @ValueSource(ints = {395, 469, 349, 131, 376, 252, 241})
  void a_view_refuses_what_the_table_has(int code) throws InsertException {
    server.view("v1", table, first);
    FakeView bad = server.view("v2", table, second).refuses(code, "no", IS_BAD);
    assertThat(failure("T").code()).isEqualTo(code);
    assertRows(4, 4, 0);

    bad.fix();
    insert("T");
    assertRows(4, 4, 4);
  }

  @Test
  void the_error_names_the_views_that_the_rows_were_in() {
    server.view("v1", table, first);
    server.view("v2", first, second).refuses(241, "Memory limit exceeded", IS_BAD);
    assertThat(failure("T").getMessage())
        .contains(": while pushing to view default.v2: while pushing to view default.v1. (MEMORY");
    assertRows(4, 4, 0);
  }

  @Test
  void the_error_of_a_view_out_of_time_does_not_name_it() {
    server.view("v1", table, first).refuses(159, "Timeout exceeded", IS_BAD);
    assertThat(failure("T").getMessage()).contains("159").doesNotContain("view");
    assertRows(4, 0, 0);
  }

  @Test
  void views_after_the_one_that_refuses_get_nothing() {
    server.view("v2", table, second).refuses(395, "no", IS_BAD);
    server.view("v1", table, first);
    assertThat(failure("T").code()).isEqualTo(395);
    assertRows(4, 0, 0);
  }

  @Test
  void a_target_that_is_gone_is_noticed_before_anything_is_written() throws InsertException {
    server.view("v1", table, first);
    server.drop(first.id());
    assertThat(failure("T").getMessage()).contains("Target table 'default.first' of view");
    assertRows(0, 0, 0);
    server.with(first);
    insert("T");
    assertRows(4, 4, 0);
  }

  @Test
  void the_target_of_a_view_has_limits_of_its_own() {
    server.view("v1", table, first);
    first.partitionBy(row -> String.valueOf(row.get("n"))).maxPartitions(3);
    InsertException failure = failure("T");
    assertThat(failure.getMessage()).contains("single INSERT block").contains("default.v1");
    assertRows(4, 0, 0);
  }

  @Test
  void a_target_without_a_window_gets_the_rows_again() throws InsertException {
    server.view("v1", table, first);
    first.window(0);
    insert("T");
    insert("T");
    assertRows(4, 8, 0);
  }

  @Test
  void a_target_remembers_when_the_table_has_forgotten() throws InsertException {
    server.view("v1", table, first);
    table.window(1);
    insert("T");
    insert("U");
    insert("T");
    assertRows(12, 8, 0);
  }

  @Test
  void another_query_or_view_does_not_know_the_inserts_of_before() throws InsertException {
    FakeView view = server.view("v1", table, first);
    insert("T");
    view.modifyQuery(rows -> rows);
    insert("T");
    assertRows(4, 8, 0);
    server.drop(view);
    server.view("v1", table, first); // recreated as it was at first
    insert("T");
    assertRows(4, 8, 0);
    server.view("v3", table, first);
    insert("T");
    assertRows(4, 12, 0);
  }

  @Test
  void two_views_fill_one_target_with_all_rows_each() throws InsertException {
    server.view("v1", table, first);
    server.view("v2", table, first);
    insert("T");
    insert("T");
    assertRows(4, 8, 0);
  }

  @Test
  void a_view_selects() throws InsertException {
    server.view("v1", table, first).select(rows -> rows.stream().filter(IS_BAD.negate()).toList());
    insert("T");
    assertRows(4, 3, 0);
  }

  @Test
  void a_table_that_keeps_nothing_feeds_its_views() throws InsertException {
    table.engine("Null", "");
    server.view("v1", table, first);
    insert("T");
    insert("T");
    assertRows(0, 4, 0);
  }

  @Test
  void a_server_killed_before_the_views_has_filled_none() throws InsertException {
    server.view("v1", table, first);
    server.onInsert(attempt -> attempt.number() == 1 ? Fate.killed(Reach.TABLE) : Fate.pass());
    assertThat(failure("T").isUncertain()).isTrue();
    assertRows(4, 0, 0);
    server.start();
    insert("T");
    assertRows(4, 4, 0);
  }
}
