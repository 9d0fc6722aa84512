package dev.tributary.connect.sink.progress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.clickhouse.FailureKind;
import dev.tributary.connect.sink.offsets.OffsetSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/** Which intents an owner writes, and when. */
class ProgressWriterTest extends ProgressWriterFixture {

  @Test
  void intent_is_durable_before_it_is_reported() throws Exception {
    ProgressWriter progress = first();
    CompletableFuture<List<Intent>> intents = wish(progress, TABLE, 3, 4);
    assertThat(intents).isNotDone();
    record.beforeWrite = () -> assertThat(intents).isNotDone();
    runWork();
    assertThat(written().intents()).isEqualTo(intents.join());
  }

  @Test
  void wishes_that_come_during_a_write_go_into_the_next_one_together() throws Exception {
    ProgressWriter progress = first();
    int writes = record.writes;
    CompletableFuture<List<Intent>> one = wish(progress, TABLE, 1);
    record.beforeWrite =
        () -> {
          record.beforeWrite = () -> {};
          var unused = wish(progress, TABLE, 2);
          unused = wish(progress, OTHER, 3);
        };
    assertThat(work).hasSize(1);
    runWork();
    assertThat(one).isCompleted();
    assertThat(record.writes).isEqualTo(writes + 2);
    assertThat(written().intents()).extracting(Intent::number).containsExactly(1L, 2L, 3L);
    assertThat(written().intents()).extracting(Intent::table).containsExactly(TABLE, TABLE, OTHER);
  }

  @Test
  void writing_begins_again_after_a_pause() throws Exception {
    ProgressWriter progress = first();
    intend(progress, TABLE, 1);
    intend(progress, TABLE, 2);
    assertThat(written().nextNumber()).isEqualTo(3);
  }

  @Test
  void table_is_asked_once_what_it_had_before_and_rows_below_that_are_distinguished()
      throws Exception {
    rows.insert(5, 5, 6);
    ProgressWriter progress = first();
    Intent intent = intend(progress, TABLE, 5, 6, 7);
    assertThat(intent.earlier()).isEqualTo(Map.of(2L, OffsetSet.of(5), 1L, OffsetSet.of(6)));
    assertThat(written().ceilings()).isEqualTo(Map.of(TABLE, 6L));
    assertThat(progress.present(intent).isEmpty()).isTrue();
    rows.insert(5, 7);
    assertThat(progress.present(intent)).isEqualTo(OffsetSet.of(5, 7));
    int asked = rows.countsAsked;
    assertThat(intend(progress, TABLE, 8).earlier()).isEmpty();
    assertThat(rows.countsAsked).isEqualTo(asked);
    assertThat(rows.ceilingsAsked).isEqualTo(1);
  }

  @Test
  void offset_at_the_ceiling_was_there_before() throws Exception {
    rows.insert(6);
    ProgressWriter progress = first();
    assertThat(intend(progress, TABLE, 6).earlier()).isEqualTo(Map.of(1L, OffsetSet.of(6)));
  }

  @Test
  void ceiling_survives_a_change_of_owners() throws Exception {
    rows.insert(6);
    ProgressWriter before = first();
    intend(before, TABLE, 7);
    rows.insert(7);
    ProgressWriter after = next(before);
    assertThat(intend(after, TABLE, 8).earlier()).isEmpty();
    assertThat(rows.ceilingsAsked).isEqualTo(1);
  }

  @Test
  void table_that_cannot_be_asked_fails_the_wish_alone_and_it_may_be_made_again() throws Exception {
    ProgressWriter progress = first();
    rows.fail(FailureKind.UNREACHABLE);
    CompletableFuture<List<Intent>> intents = wish(progress, TABLE, 3);
    runWork();
    assertThatThrownBy(intents::join).hasCauseInstanceOf(ClickHouseException.class);
    assertThat(progress.isFenced()).isFalse();
    rows.failure = null;
    assertThat(intend(progress, TABLE, 3).number()).isEqualTo(1);
  }

  @Test
  void only_piece_keeps_the_number_and_is_one_attempt_more() throws Exception {
    ProgressWriter progress = first();
    Intent whole = intend(progress, TABLE, 1, 2, 3);
    List<Intent> rest = replace(progress, whole, OffsetSet.of(3));
    assertThat(rest)
        .containsExactly(
            new Intent(whole.number(), 2, TABLE, OffsetSet.of(3), Map.of(), Optional.empty()));
    assertThat(written().intents()).isEqualTo(rest);
    assertThat(progress.token(rest.get(0))).isNotEqualTo(progress.token(whole));
  }

  @Test
  void several_pieces_have_numbers_of_their_own_and_the_whole_is_gone() throws Exception {
    rows.insert(2);
    ProgressWriter progress = first();
    Intent whole = intend(progress, TABLE, 1, 2, 3);
    List<Intent> pieces = replace(progress, whole, OffsetSet.of(1), OffsetSet.of(2, 3));
    assertThat(pieces).extracting(Intent::number).containsExactly(2L, 3L);
    assertThat(pieces).extracting(Intent::attempt).containsExactly(1, 1);
    assertThat(pieces.get(0).earlier()).isEmpty();
    assertThat(pieces.get(1).earlier()).isEqualTo(Map.of(1L, OffsetSet.of(2)));
    assertThat(written().intents()).isEqualTo(pieces);
    assertThat(written().nextNumber()).isEqualTo(4);
  }

  @Test
  void what_is_done_goes_into_the_next_write_and_none_for_itself() throws Exception {
    ProgressWriter progress = first();
    Intent one = intend(progress, TABLE, 1);
    Intent two = intend(progress, TABLE, 2);
    int writes = record.writes;
    progress.moveTo(new DoneOffsets(2, OffsetSet.of(0)), List.of(one));
    assertThat(record.writes).isEqualTo(writes);
    Intent three = intend(progress, TABLE, 3);
    assertThat(written().intents()).containsExactly(two, three);
    assertThat(written().doneBelow()).isEqualTo(2);
    assertThat(written().except()).isEqualTo(OffsetSet.of(0));
    Intent four = intend(progress, TABLE, 4);
    assertThat(written().intents()).containsExactly(two, three, four);
    assertThat(next(progress).restored(0).doneOffsets())
        .isEqualTo(new DoneOffsets(2, OffsetSet.of(0)));
  }

  @Test
  void reason_is_what_a_future_has_wrapped() {
    FencedException fenced = new FencedException("out", null);
    assertThat(ProgressWriter.reason(new CompletionException(fenced))).isSameAs(fenced);
    assertThat(ProgressWriter.reason(fenced)).isSameAs(fenced);
  }
}
