package dev.tributary.connect.sink.exactly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.sink.clickhouse.FailureKind;
import dev.tributary.connect.sink.clickhouse.InsertException;
import dev.tributary.connect.sink.insert.Insert;
import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.progress.Intent;
import dev.tributary.connect.sink.progress.TokenAge;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Inserts into a table that materialized views read. */
class ExactInsertViewsTest extends ExactInsertFixture {

  @Test
  void stored_insert_is_repeated_for_the_views_while_its_token_is_surely_known() throws Exception {
    world.addView();
    Insert insert = sent(0, 1);
    world.rows.insert(0, 1);
    assertThat(insert.beforeAttempt(true)).isTrue();
    assertThat(offsets(insert.missing(false))).containsExactly(0L, 1L); // the views may lack them
    assertThat(insert.missing(true)).isEmpty();
    world.tokensAreKnown = false;
    assertFails(() -> insert.beforeAttempt(true), FailureKind.VIEW, true);
    assertThatThrownBy(() -> insert.beforeAttempt(true))
        .hasMessageContaining("INSERT INTO the view's target")
        .hasMessageContaining("set the offset of t-0 to 2");
  }

  @Test
  void stored_insert_is_not_repeated_when_no_view_reads_the_table_any_more() throws Exception {
    world.addView();
    Insert insert = sent(0, 1);
    world.rows.insert(0, 1);
    world.views.clear();
    assertThat(insert.beforeAttempt(true)).isFalse();
    assertThat(insert.missing(true)).isEmpty();
  }

  @Test
  void unanswered_insert_that_is_not_stored_keeps_its_token_when_views_read_the_table()
      throws Exception {
    world.addView();
    Insert insert = sent(0, 1);
    assertThat(insert.beforeAttempt(true)).isTrue(); // a view may have its rows already
    assertThat(world.fenced).isEmpty();
  }

  @Test
  void partly_stored_insert_is_repeated_as_a_whole_when_views_read_the_table() throws Exception {
    world.addView();
    Insert insert = sent(0, 1);
    world.rows.insert(0);
    assertThat(insert.beforeAttempt(true)).isTrue();
    assertFails(
        () -> insert.beforeHandBack(answered(FailureKind.PRESSURE, 241), true),
        FailureKind.TRANSIENT,
        true);
    assertThat(offsets(insert.missing(false))).containsExactly(0L, 1L);
  }

  @Test
  void error_of_a_view_fails_the_task_and_takes_no_row_for_missing_or_done() throws Exception {
    world.addView();
    Insert insert = sent(0, 1);
    world.rows.insert(0, 1);
    InsertException handedBack = insert.beforeHandBack(answered(FailureKind.DATA, 395), true);
    assertThat(handedBack.kind()).isEqualTo(FailureKind.VIEW);
    assertThat(handedBack.code()).isEqualTo(395);
    assertThat(offsets(insert.missing(false))).containsExactly(0L, 1L);
    assertThat(openIntents())
        .hasSize(1)
        .allSatisfy((intent, stored) -> assertThat(stored).isEqualTo(OffsetSet.EMPTY));
  }

  @Test
  void view_that_is_newer_than_the_insert_is_owed_by_the_record() throws Exception {
    Insert insert = sent(0, 1);
    world.rows.insert(0, 1);
    world.addView();
    assertThat(insert.beforeHandBack(answered(FailureKind.DATA, 395), true).kind())
        .isEqualTo(FailureKind.VIEW);
    assertThat(openIntents().keySet())
        .extracting(Intent::tokenAge)
        .containsExactly(Optional.of(TokenAge.UNKNOWN));
  }

  @Test
  void error_of_the_table_itself_is_handed_back_as_it_is() throws Exception {
    world.addView();
    Insert insert = sent(0, 1);
    InsertException failure = answered(FailureKind.DATA, 469);
    assertThat(insert.beforeHandBack(failure, true)).isSameAs(failure);
    assertThat(offsets(insert.missing(false))).containsExactly(0L, 1L);
  }
}
