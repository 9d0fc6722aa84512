package dev.tributary.connect.sink.clickhouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.sink.table.TableId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What becomes of requests; a test of {@code src/it} compares it with a real server. */
class FakeClickHouseTest extends FakeClickHouseFixture {

  @Test
  void a_table_that_is_not_there_is_unknown() {
    server.drop(table.id());
    InsertException failure = failure("T", 1, 1);
    assertThat(failure.code()).isEqualTo(60);
    assertThat(failure.kind()).isEqualTo(FailureKind.SCHEMA);
    assertThat(failure.isUncertain()).isTrue();
  }

  @Test
  void a_recreated_table_knows_nothing_of_the_one_before() throws Exception {
    insert("T", 1, 1);
    FakeTable recreated = new FakeTable("t", "n UInt64", "more String").window(100);
    server.drop(table.id());
    assertThat(server.table(table.id())).isEmpty();
    server.with(recreated);
    insert("T", 2, 2);
    assertThat(server.table(table.id())).contains(recreated.table());
    assertThat(recreated.rows()).containsExactly(Map.of("n", 2L, "more", ""));
  }

  @Test
  void an_error_before_writing_leaves_nothing() throws InsertException {
    server.onInsert(
        attempt -> attempt.number() == 1 ? Fate.error(241, "Memory limit exceeded") : Fate.pass());
    InsertException failure = failure("T", 1, 2);
    assertThat(failure.kind()).isEqualTo(FailureKind.PRESSURE);
    assertThat(failure.isUncertain()).isTrue();
    assertThat(table.rows()).isEmpty();
    insert("T", 1, 2);
    assertThat(table.rows()).hasSize(2);
  }

  @Test
  void an_error_after_writing_leaves_as_many_partitions_as_the_test_says() throws InsertException {
    table.partitionBy(row -> String.valueOf(row.get("n")));
    server.onInsert(
        attempt ->
            attempt.number() == 1
                ? Fate.errorAfter(Reach.partitions(2), 159, "Timeout exceeded")
                : Fate.pass());
    assertThat(failure("T", 1, 5).code()).isEqualTo(159);
    assertThat(numbersOf(table)).containsExactly(range(1, 2));
    insert("T", 1, 5);
    assertThat(numbersOf(table)).containsExactly(range(1, 5));
  }

  @Test
  void an_answer_is_lost_after_its_rows_are_written() {
    server.onInsert(attempt -> Fate.lostAnswer());
    InsertException failure = failure("T", 1, 2);
    assertThat(failure.kind()).isEqualTo(FailureKind.UNREACHABLE);
    assertThat(failure.isUncertain()).isTrue();
    assertThat(table.rows()).hasSize(2);
  }

  @Test
  void a_request_is_lost_without_its_rows() {
    server.onInsert(attempt -> Fate.lostRequest());
    assertThat(failure("T", 1, 2).isUncertain()).isTrue();
    assertThat(table.rows()).isEmpty();
  }

  @Test
  void a_timeout_is_uncertain_whether_the_rows_are_there_or_not() {
    server.onInsert(
        attempt -> Fate.timeout(1_000, attempt.number() == 1 ? Reach.ALL : Reach.NOTHING));
    assertThat(failure("T", 1, 2).getMessage()).contains("no answer within 1000 ms");
    assertThat(failure("U", 3, 4).isUncertain()).isTrue();
    assertThat(numbersOf(table)).containsExactly(range(1, 2));
  }

  @Test
  void a_refused_connection_is_certain() {
    server.onInsert(attempt -> Fate.refused());
    InsertException failure = failure("T", 1, 2);
    assertThat(failure.kind()).isEqualTo(FailureKind.UNREACHABLE);
    assertThat(failure.isUncertain()).isFalse();
    assertThat(table.rows()).isEmpty();
  }

  @Test
  void an_insert_breaks_off_between_partitions() throws InsertException {
    table.partitionBy(row -> String.valueOf(row.get("n")));
    server.onInsert(attempt -> attempt.number() == 1 ? Fate.split(1) : Fate.pass());
    assertThat(failure("T", 1, 3).isUncertain()).isTrue();
    assertThat(numbersOf(table)).containsExactly("1");
    insert("T", 1, 3);
    assertThat(numbersOf(table)).containsExactly(range(1, 3));
  }

  @Test
  void a_late_request_lands_when_the_test_says_so() throws InsertException {
    server.onInsert(attempt -> attempt.number() == 1 ? Fate.late() : Fate.pass());
    assertThat(failure("T", 1, 2).isUncertain()).isTrue();
    assertThat(table.rows()).isEmpty();
    assertThat(server.late()).hasSize(1);
    assertThat(server.landLate(0)).isEmpty();
    insert("T", 1, 2);
    assertThat(numbersOf(table)).containsExactly(range(1, 2));
  }

  @Test
  void a_late_request_lands_twice_and_in_part() {
    table.window(0).partitionBy(row -> String.valueOf(row.get("n")));
    server.onInsert(attempt -> Fate.late());
    assertThat(failure("T", 1, 3).isUncertain()).isTrue();
    assertThat(server.landLate(0, Reach.partitions(2))).isEmpty();
    assertThat(server.landLate(0)).isEmpty();
    assertThat(numbersOf(table)).containsExactly("1", "2", "1", "2", "3");
  }

  @Test
  void a_late_request_finds_the_table_as_it_is_then() {
    server.onInsert(attempt -> Fate.late());
    assertThat(failure("T", 1, 3).isUncertain()).isTrue();
    table.alter("n String");
    assertThat(server.landLate(0)).get().satisfies(e -> assertThat(e.code()).isEqualTo(53));
    server.drop(table.id());
    assertThat(server.landLate(0)).get().satisfies(e -> assertThat(e.code()).isEqualTo(60));
  }

  @Test
  void a_server_killed_after_logging_the_token_swallows_the_retry() throws InsertException {
    table.partitionBy(row -> String.valueOf(row.get("n")));
    server.onInsert(
        attempt -> attempt.number() == 1 ? Fate.killed(Reach.killedAfter(1, 1)) : Fate.pass());
    assertThat(failure("T", 1, 3).isUncertain()).isTrue();
    assertThat(failure("T", 1, 3).isUncertain()).as("killed, so nothing is sent").isFalse();
    server.start();
    insert("T", 1, 3);
    assertThat(numbersOf(table)).as("2 has its token only").containsExactly("1", "3");
    insert("U", 2, 2);
    assertThat(numbersOf(table)).containsExactly("1", "3", "2");
  }

  @Test
  void a_restart_is_seen_in_the_uptime() throws ClickHouseException {
    assertThat(uptime()).isEqualTo(1_000);
    time.advance(5_000);
    assertThat(uptime()).isEqualTo(1_005);
    server.kill();
    assertThatThrownBy(this::uptime).isInstanceOf(ClickHouseException.class);
    server.start();
    time.advance(1_999);
    assertThat(uptime()).isEqualTo(1);
  }

  @Test
  void a_server_that_was_unreachable_continues_where_it_was() throws ClickHouseException {
    insert("T", 1, 1);
    server.unreachableFor(3_000);
    assertThat(failure("U", 2, 2).isUncertain()).isFalse();
    assertThatThrownBy(() -> server.table(table.id())).isInstanceOf(ClickHouseException.class);
    time.advance(3_000);
    assertThat(uptime()).isEqualTo(1_003);
    insert("U", 2, 2);
    assertThat(numbersOf(table)).containsExactly(range(1, 2));
  }

  @Test
  void attempts_are_kept_with_their_rows() {
    server.onInsert(attempt -> Fate.refused());
    assertThat(failure("T", 4, 5).isUncertain()).isFalse();
    assertThat(server.attempts())
        .singleElement()
        .satisfies(
            attempt -> {
              assertThat(attempt.token()).isEqualTo("T");
              assertThat(attempt.table()).isEqualTo(new TableId("default", "t"));
              assertThat(attempt.columns()).containsExactly("n");
              assertThat(attempt.values("n")).containsExactly(4L, 5L);
            });
  }

  @Test
  void a_question_fails_as_the_test_says() {
    server.onSelect(sql -> Optional.of(FakeClickHouse.error(241, "Memory limit exceeded")));
    assertThatThrownBy(() -> server.table(table.id()))
        .isInstanceOfSatisfying(
            ClickHouseException.class, e -> assertThat(e.code()).isEqualTo(241));
    assertThatThrownBy(this::uptime).isInstanceOf(ClickHouseException.class);
  }

  @Test
  void an_unexpected_question_is_noticed() {
    assertThatThrownBy(() -> server.select("SELECT 1", List.of(), rows -> rows.next()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> server.execute("DROP TABLE t"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
