package dev.tributary.connect.sink.progress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.clickhouse.FailureKind;
import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.progress.ProgressWriter.Commit;
import dev.tributary.connect.sink.table.TableId;
import dev.tributary.connect.util.ManualTime;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class ProgressWriterTest {

  private static final TableId TABLE = new TableId("default", "t");
  private static final TableId OTHER = new TableId("default", "other");

  private final SourceId source =
      new SourceId("shop", new TopicPartition("t", 0), Uuid.randomUuid());
  private final ManualTime time = new ManualTime();
  private final MemoryRecord record = new MemoryRecord();
  private final MemoryRows rows = new MemoryRows();

  /** What is to run off the task thread. */
  private final Queue<Runnable> work = new ArrayDeque<>();

  private ProgressWriter claim(Optional<Commit> commit, long owner)
      throws FencedException, ClickHouseException {
    return claim(record.open(), commit, owner);
  }

  private ProgressWriter claim(FencedRecord opened, Optional<Commit> commit, long owner)
      throws FencedException, ClickHouseException {
    return ProgressWriter.claim(source, opened, commit, rows, work::add, time::nanoseconds, owner);
  }

  private ProgressWriter first() throws FencedException, ClickHouseException {
    return claim(Optional.empty(), 1);
  }

  /** Takes over from an owner whose metadata was committed. */
  private ProgressWriter next(ProgressWriter before) throws FencedException, ClickHouseException {
    return claim(Optional.of(new Commit(0, before.metadata())), 2);
  }

  private void runWork() {
    while (!work.isEmpty()) {
      work.remove().run();
    }
  }

  private static CompletableFuture<List<Intent>> wish(
      ProgressWriter progress, TableId table, long... offsets) {
    return progress.intend(table, List.of(OffsetSet.of(offsets)), Optional.empty());
  }

  private Intent intend(ProgressWriter progress, TableId table, long... offsets) {
    CompletableFuture<List<Intent>> intents = wish(progress, table, offsets);
    runWork();
    return intents.join().get(0);
  }

  private List<Intent> replace(ProgressWriter progress, Intent replaced, OffsetSet... pieces) {
    CompletableFuture<List<Intent>> intents =
        progress.intend(replaced.table(), List.of(pieces), Optional.of(replaced));
    runWork();
    return intents.join();
  }

  private ProgressRecord written() {
    byte[] value = record.value;
    if (value == null) {
      throw new AssertionError("nothing was written");
    }
    return ProgressRecord.decode(value);
  }

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
  void young_proof_of_ownership_spares_a_write() throws Exception {
    ProgressWriter progress = first();
    int writes = record.writes;
    time.advance(9_999);
    progress.confirm();
    assertThat(record.writes).isEqualTo(writes);
    time.advance(1);
    progress.confirm();
    assertThat(record.writes).isEqualTo(writes + 1);
    time.advance(9_999);
    progress.confirm();
    assertThat(record.writes).isEqualTo(writes + 1);
  }

  @Test
  void proof_is_as_old_as_the_beginning_of_its_write() throws Exception {
    ProgressWriter progress = first();
    record.beforeWrite = () -> time.advance(6_000);
    intend(progress, TABLE, 1);
    int writes = record.writes;
    time.advance(4_000);
    progress.confirm();
    assertThat(record.writes).isEqualTo(writes + 1);
  }

  @Test
  void confirming_writes_what_was_there_and_nothing_new() throws Exception {
    ProgressWriter progress = first();
    intend(progress, TABLE, 1);
    ProgressRecord before = written();
    progress.moveTo(new DoneOffsets(5, OffsetSet.EMPTY), List.of());
    time.advance(10_000);
    progress.confirm();
    assertThat(written()).isEqualTo(before);
  }

  @Test
  void fenced_owner_can_no_longer_write() throws Exception {
    ProgressWriter progress = first();
    first();
    CompletableFuture<List<Intent>> intents = wish(progress, TABLE, 1);
    runWork();
    assertThatThrownBy(intents::join).hasCauseInstanceOf(FencedException.class);
    assertThat(progress.isFenced()).isTrue();
    assertThatThrownBy(progress::confirm).isInstanceOf(FencedException.class);
    int writes = record.writes;
    CompletableFuture<List<Intent>> more = wish(progress, TABLE, 2);
    runWork();
    assertThatThrownBy(more::join).hasCauseInstanceOf(FencedException.class);
    assertThat(record.writes).isEqualTo(writes);
  }

  @Test
  void old_proof_is_renewed_only_by_the_owner() throws Exception {
    ProgressWriter progress = first();
    first();
    time.advance(10_000);
    assertThatThrownBy(progress::confirm).isInstanceOf(FencedException.class);
    assertThat(progress.isFenced()).isTrue();
  }

  @Test
  void record_that_cannot_be_written_stops_everything() throws Exception {
    ProgressWriter progress = first();
    record.failure = new IllegalStateException("no broker");
    CompletableFuture<List<Intent>> intents = wish(progress, TABLE, 1);
    runWork();
    assertThatThrownBy(intents::join).hasCause(record.failure);
    assertThat(progress.isFenced()).isFalse();
    record.failure = null;
    assertThatThrownBy(progress::confirm)
        .isInstanceOf(StateUnavailableError.class)
        .hasMessage("no broker");
  }

  @Test
  void partition_that_was_given_up_is_written_no_more_and_its_record_can_serve_again()
      throws Exception {
    FencedRecord opened = record.open();
    ProgressWriter progress = claim(opened, Optional.empty(), 1);
    progress.release();
    assertThat(progress.isFenced()).isTrue();
    CompletableFuture<List<Intent>> intents = wish(progress, TABLE, 1);
    runWork();
    assertThatThrownBy(intents::join).hasMessageContaining("the partition was released");
    assertThat(claim(opened, Optional.of(new Commit(0, progress.metadata())), 2).isFenced())
        .isFalse();
  }

  @Test
  void giving_up_does_not_hide_why_it_had_failed() throws Exception {
    ProgressWriter progress = first();
    record.failure = new IllegalStateException("no broker");
    var unused = wish(progress, TABLE, 1);
    runWork();
    progress.release();
    assertThat(progress.isFenced()).isFalse();
  }

  @Test
  void reason_is_what_a_future_has_wrapped() {
    FencedException fenced = new FencedException("out", null);
    assertThat(ProgressWriter.reason(new CompletionException(fenced))).isSameAs(fenced);
    assertThat(ProgressWriter.reason(fenced)).isSameAs(fenced);
  }
}
