package dev.tributary.connect.sink.progress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.clickhouse.FailureKind;
import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.progress.ProgressWriter.Commit;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What an owner makes of the record and of the commit that it finds. */
class ProgressClaimTest extends ProgressWriterFixture {

  @Test
  void record_that_was_never_there_starts_an_epoch_that_differs_each_time() throws Exception {
    ProgressWriter one = claim(Optional.empty(), 5L << 16);
    assertThat(one.restored(0).newEpoch()).isTrue();
    assertThat(written().epoch()).isEqualTo(6);
    assertThat(written().owner()).isEqualTo(5L << 16);
    record.value = null;
    claim(Optional.empty(), -1);
    assertThat(written().epoch()).isEqualTo(1L << 48);
  }

  @Test
  void owner_after_a_commit_of_ours_continues_its_epoch() throws Exception {
    ProgressWriter before = first();
    Intent open = intend(before, TABLE, 3, 4);
    long epoch = written().epoch();
    ProgressWriter after = next(before);
    assertThat(written().epoch()).isEqualTo(epoch);
    assertThat(written().owner()).isEqualTo(2);
    assertThat(after.restored(0).newEpoch()).isFalse();
    assertThat(after.restored(0).intents()).isEqualTo(Map.of(open, OffsetSet.EMPTY));
    assertThat(after.token(open)).isEqualTo(before.token(open));
    assertThat(after.metadata()).isEqualTo(before.metadata());
  }

  @Test
  void offset_that_a_user_has_set_starts_the_next_epoch_with_nothing_open() throws Exception {
    ProgressWriter before = first();
    Intent open = intend(before, TABLE, 3, 4);
    long epoch = written().epoch();
    String token = before.token(open);
    rows.fail(FailureKind.UNREACHABLE);
    int writes = record.writes;
    assertThatThrownBy(() -> claim(Optional.of(new Commit(0, "")), 2))
        .isInstanceOf(ClickHouseException.class);
    assertThat(record.writes).as("not before its inserts are fenced").isEqualTo(writes);
    rows.failure = null;
    ProgressWriter after = claim(Optional.of(new Commit(0, "")), 2);
    assertThat(rows.fenced).containsExactly(token);
    assertThat(written().epoch()).isEqualTo(epoch + 1);
    assertThat(after.restored(0).newEpoch()).isTrue();
    assertThat(after.restored(0).intents()).isEmpty();
    assertThat(after.token(open)).isNotEqualTo(before.token(open));
  }

  @Test
  void insert_below_the_commit_is_done_without_a_question_with_views_once_its_first_row_is()
      throws Exception {
    ProgressWriter before = first();
    Intent plain = intend(before, TABLE, 3, 4);
    rows.age = Optional.of(new TokenAge(1, Map.of(TABLE, 1L)));
    Intent viewed = intend(before, TABLE, 5, 7);
    rows.insert(5, 7);
    ProgressWriter after = next(before);
    int asked = rows.countsAsked;
    assertThat(after.restored(5).intents())
        .isEqualTo(Map.of(plain, plain.offsets(), viewed, OffsetSet.EMPTY));
    assertThat(after.restored(6).intents())
        .isEqualTo(Map.of(plain, plain.offsets(), viewed, viewed.offsets()));
    assertThat(rows.countsAsked).isEqualTo(asked);
  }

  @Test
  void commit_on_top_of_progress_that_is_gone_stops_the_task_before_anything_is_written()
      throws Exception {
    ProgressWriter before = first();
    record.value = null;
    int writes = record.writes;
    assertThatThrownBy(() -> next(before))
        .isInstanceOf(StateUnavailableError.class)
        .hasMessageContaining("The progress of t-0 is gone from its topic")
        .hasMessageContaining("connector shop");
    assertThat(record.writes).isEqualTo(writes);
  }

  @Test
  void record_that_cannot_be_read_stops_the_task() {
    record.value = new byte[] {99};
    assertThatThrownBy(this::first)
        .isInstanceOf(StateUnavailableError.class)
        .hasMessageContaining("The progress of t-0 cannot be read: the record has version 99");
  }

  @Test
  void owner_that_is_too_late_owns_nothing() {
    FencedRecord mine = record.open();
    FencedRecord theirs = record.open();
    assertThat(theirs.value()).isEmpty();
    assertThatThrownBy(() -> claim(mine, Optional.empty(), 1)).isInstanceOf(FencedException.class);
  }
}
