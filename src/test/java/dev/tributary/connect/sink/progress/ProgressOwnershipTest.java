package dev.tributary.connect.sink.progress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.progress.ProgressWriter.Commit;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** How an owner proves that it is still one, and what it no longer writes when it is not. */
class ProgressOwnershipTest extends ProgressWriterFixture {

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
}
