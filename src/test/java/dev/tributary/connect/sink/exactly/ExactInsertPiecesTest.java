package dev.tributary.connect.sink.exactly;

import static dev.tributary.connect.sink.exactly.ExactWorld.P0;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.sink.batch.SmallBatches;
import dev.tributary.connect.sink.insert.Delivery;
import dev.tributary.connect.sink.insert.Insert;
import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.progress.Intent;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What follows an insert: its pieces, or those that its next owner sends. */
class ExactInsertPiecesTest extends ExactInsertFixture {

  @Test
  void stored_batch_is_no_longer_an_open_intent_once_the_next_one_is_written() throws Exception {
    Insert stored = sent(0, 1);
    world.rows.insert(0, 1);
    stored.stored();
    ready(2, 3);
    assertThat(openIntents().keySet())
        .extracting(Intent::offsets)
        .containsExactly(OffsetSet.of(2, 3));
  }

  @Test
  void pieces_take_the_place_of_their_batch_each_under_a_token_of_its_own() throws Exception {
    Insert insert = sent(0, 1, 2, 3);
    List<Insert> pieces =
        insert.replacedBy(List.of(SmallBatches.of(P0, 0, 1), SmallBatches.of(P0, 2, 3)));
    world.background.runDue();
    assertThat(pieces.get(0).beforeAttempt(false)).isTrue();
    assertThat(pieces.get(1).beforeAttempt(false)).isTrue();
    assertThat(List.of(insert.token(), pieces.get(0).token(), pieces.get(1).token()))
        .doesNotHaveDuplicates();
    assertThat(openIntents().keySet())
        .extracting(Intent::offsets)
        .containsExactly(OffsetSet.of(0, 1), OffsetSet.of(2, 3));
  }

  @Test
  void rest_of_a_batch_continues_under_another_token_and_its_stored_rows_are_done()
      throws Exception {
    Insert insert = sent(0, 1, 2);
    world.rows.insert(0, 1);
    insert.verify(true);
    List<Insert> rest = insert.replacedBy(List.of(SmallBatches.of(P0, 2)));
    world.background.runDue();
    assertThat(rest.get(0).beforeAttempt(false)).isTrue();
    assertThat(rest.get(0).token()).isNotEqualTo(insert.token());
    assertThat(openIntents().keySet()).extracting(Intent::offsets).containsExactly(OffsetSet.of(2));
  }

  @Test
  void batch_that_was_given_up_leaves_no_intent() throws Exception {
    assertThat(sent(0).replacedBy(List.of())).isEmpty();
    ready(1);
    assertThat(openIntents().keySet()).extracting(Intent::offsets).containsExactly(OffsetSet.of(1));
  }

  @Test
  void pieces_of_a_batch_that_was_never_announced_are_announced_themselves() throws Exception {
    Insert insert = begin(0, 1);
    List<Insert> pieces = insert.replacedBy(List.of(SmallBatches.of(P0, 0)));
    world.background.runDue();
    assertThat(pieces.get(0).beforeAttempt(false)).isTrue();
  }

  /** A next owner's inserts of what this one had announced, in batches of one record each. */
  private List<Insert> successors(long... offsets) {
    ready(offsets);
    world.rebuilt =
        records -> records.stream().map(record -> SmallBatches.of(List.of(record))).toList();
    ExactlyOnce next = world.delivery();
    next.opened(Map.of(P0, 0L));
    world.background.runDue();
    assertThat(next.work()).isEmpty();
    for (long offset : offsets) {
      assertThat(next.admit(SmallBatches.record(P0, offset), SmallBatches.TABLE.id()))
          .isEqualTo(Delivery.Admission.KEEP);
    }
    List<Insert> inserts = next.work();
    world.background.runDue();
    return inserts;
  }

  @Test
  void pieces_of_a_previous_owner_are_sent_when_its_insert_is_fenced_and_nothing_of_it_arrived()
      throws Exception {
    List<Insert> pieces = successors(0, 1);
    assertThat(world.rows.fenced).hasSize(1);
    assertThat(pieces.get(0).beforeAttempt(false)).isTrue();
    assertThat(pieces.get(1).beforeAttempt(false)).isTrue();
  }

  @Test
  void piece_of_a_previous_owner_that_arrived_before_it_was_fenced_is_not_sent() throws Exception {
    world.rows.onFence = () -> world.rows.insert(0);
    List<Insert> pieces = successors(0, 1);
    assertThat(pieces.get(0).beforeAttempt(false)).isFalse();
    assertThat(pieces.get(0).missing(true)).isEmpty();
    assertThat(pieces.get(1).beforeAttempt(false)).isTrue();
  }

  @Test
  void batch_of_a_partition_that_is_gone_is_its_next_owners() throws Exception {
    Insert insert = sent(0, 1);
    delivery.closed(List.of(P0));
    insert.stored();
    assertThat(insert.replacedBy(List.of(SmallBatches.of(P0, 0)))).isEmpty();
    world.background.runDue();
    assertThat(openIntents().keySet())
        .extracting(Intent::offsets)
        .containsExactly(OffsetSet.of(0, 1));
  }
}
