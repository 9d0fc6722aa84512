package dev.tributary.connect.sink.exactly;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.sink.exactly.DeliveryLedger.Admission;
import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.progress.DoneOffsets;
import dev.tributary.connect.sink.progress.Intent;
import dev.tributary.connect.sink.progress.RestoredProgress;
import dev.tributary.connect.sink.table.TableId;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DeliveryLedgerTest {

  private static final TableId TABLE = new TableId("default", "t");

  private final Map<Intent, OffsetSet> intents = new LinkedHashMap<>();

  private static Intent intent(long number, long... offsets) {
    return new Intent(number, 1, TABLE, OffsetSet.of(offsets), Map.of(), Optional.empty());
  }

  private DeliveryLedgerTest with(Intent intent, long... there) {
    intents.put(intent, OffsetSet.of(there));
    return this;
  }

  private DeliveryLedger from(long position, long doneBelow, long... except) {
    DoneOffsets doneOffsets = new DoneOffsets(doneBelow, OffsetSet.of(except));
    return new DeliveryLedger(position, new RestoredProgress(false, doneOffsets, intents));
  }

  private static void take(DeliveryLedger ledger, long... offsets) {
    for (long offset : offsets) {
      assertThat(ledger.admit(offset)).isEqualTo(Admission.TAKE);
    }
  }

  private static void drop(DeliveryLedger ledger, long... offsets) {
    for (long offset : offsets) {
      assertThat(ledger.admit(offset)).isEqualTo(Admission.DROP);
    }
  }

  @Test
  void new_partition_takes_every_record_from_where_it_starts() {
    DeliveryLedger ledger = from(5, 0);
    drop(ledger, 4);
    take(ledger, 5, 6, 9);
    assertThat(ledger.next()).isEqualTo(10);
    assertThat(ledger.awaitsRecords()).isFalse();
    assertThat(ledger.doneBelow()).isEqualTo(5);
  }

  @Test
  void record_done_before_this_owner_came_is_dropped_when_it_comes_again() {
    DeliveryLedger ledger = from(5, 10, 7);
    drop(ledger, 5, 6);
    take(ledger, 7);
    drop(ledger, 8, 9);
    take(ledger, 10);
  }

  @Test
  void step_back_of_the_framework_brings_nothing_in_twice() {
    DeliveryLedger ledger = from(0, 0);
    take(ledger, 0, 1, 2);
    drop(ledger, 1, 2);
    take(ledger, 3);
  }

  @Test
  void open_intent_collects_what_is_not_in_the_table_and_is_complete_when_it_has_all() {
    Intent intent = intent(4, 10, 11, 13);
    DeliveryLedger ledger = with(intent, 11).from(10, 0);
    assertThat(ledger.awaitsRecords()).isTrue();
    assertThat(ledger.admit(10)).isEqualTo(Admission.COLLECT);
    drop(ledger, 11);
    take(ledger, 12);
    assertThat(ledger.takeComplete()).isEmpty();
    assertThat(ledger.admit(13)).isEqualTo(Admission.COLLECT);
    assertThat(ledger.intentOf(13)).contains(intent);
    assertThat(ledger.intentOf(12)).isEmpty();
    assertThat(ledger.takeComplete()).containsExactly(intent);
    assertThat(ledger.takeComplete()).isEmpty();
    assertThat(ledger.awaitsRecords()).isFalse();
  }

  @Test
  void intent_that_is_all_there_is_over_from_the_start() {
    Intent intent = intent(4, 10, 11);
    DeliveryLedger ledger = with(intent, 10, 11).from(10, 0);
    assertThat(ledger.awaitsRecords()).isFalse();
    assertThat(ledger.takeFinished()).containsExactly(intent);
    assertThat(ledger.takeFinished()).isEmpty();
    drop(ledger, 10, 11);
    take(ledger, 12);
  }

  @Test
  void what_of_an_intent_lies_below_the_position_never_comes() {
    Intent below = intent(4, 3, 4);
    Intent across = intent(5, 8, 12);
    DeliveryLedger ledger = with(below).with(across).from(10, 0);
    assertThat(ledger.takeFinished()).containsExactly(below);
    take(ledger, 10);
    assertThat(ledger.takeComplete()).isEmpty();
    assertThat(ledger.admit(12)).isEqualTo(Admission.COLLECT);
    assertThat(ledger.takeComplete()).containsExactly(across);
  }

  @Test
  void record_that_the_framework_passes_over_is_waited_for_no_longer() {
    Intent intent = intent(4, 10, 12);
    DeliveryLedger ledger = with(intent).from(10, 0);
    assertThat(ledger.admit(10)).isEqualTo(Admission.COLLECT);
    ledger.passed(12);
    assertThat(ledger.takeComplete()).isEmpty();
    ledger.passed(13);
    assertThat(ledger.takeComplete()).containsExactly(intent);
    ledger.passed(5);
    assertThat(ledger.next()).isEqualTo(13);
  }

  @Test
  void record_that_is_held_back_keeps_its_intent_open_until_it_is_admitted() {
    Intent intent = intent(4, 10, 11);
    DeliveryLedger ledger = with(intent).from(10, 0);
    ledger.held(10);
    assertThat(ledger.admit(11)).isEqualTo(Admission.COLLECT);
    assertThat(ledger.takeComplete()).isEmpty();
    ledger.released(10);
    assertThat(ledger.takeComplete()).isEmpty();
    assertThat(ledger.admit(10)).isEqualTo(Admission.COLLECT);
    assertThat(ledger.takeComplete()).containsExactly(intent);
  }

  @Test
  void record_that_was_held_back_is_taken_although_later_ones_came_before() {
    DeliveryLedger ledger = from(0, 0);
    ledger.held(0);
    take(ledger, 1);
    ledger.released(0);
    take(ledger, 0);
    drop(ledger, 0);
  }

  @Test
  void held_record_of_another_offset_holds_up_no_intent() {
    Intent intent = intent(4, 10, 12);
    DeliveryLedger ledger = with(intent).from(10, 0);
    ledger.held(11);
    ledger.passed(13);
    assertThat(ledger.takeComplete()).containsExactly(intent);
  }

  @Test
  void held_record_that_a_transform_has_dropped_is_waited_for_no_longer() {
    Intent intent = intent(4, 10, 12);
    DeliveryLedger ledger = with(intent).from(10, 0);
    ledger.held(10);
    ledger.held(12);
    ledger.passed(13);
    ledger.heldFrom(12);
    assertThat(ledger.takeComplete()).isEmpty();
    ledger.heldFrom(13);
    assertThat(ledger.takeComplete()).containsExactly(intent);
  }

  @Test
  void released_record_is_not_dropped_with_those_that_were_held() {
    DeliveryLedger ledger = from(0, 0);
    ledger.held(0);
    ledger.released(0);
    ledger.heldFrom(Long.MAX_VALUE);
    take(ledger, 1, 0);
  }

  @Test
  void only_what_is_still_to_come_can_be_held_back() {
    DeliveryLedger ledger = from(0, 6, 3);
    take(ledger, 3);
    ledger.held(2); // has been here
    ledger.held(5); // was done before
    ledger.released(2);
    ledger.released(5);
    drop(ledger, 2, 5);
    ledger.held(8);
    ledger.released(8);
    ledger.held(8); // is on its way already
    ledger.done(OffsetSet.of(20));
    take(ledger, 8);
    ledger.passed(21);
    assertThat(ledger.doneOffsets(OffsetSet.EMPTY).except()).isEqualTo(OffsetSet.EMPTY);
  }

  @Test
  void done_offsets_names_all_below_the_last_done_record_that_is_not_done() {
    DeliveryLedger ledger = from(0, 0);
    ledger.held(2);
    ledger.held(4);
    take(ledger, 0, 1, 3, 5, 6, 7);
    ledger.done(OffsetSet.of(0, 5));
    assertThat(ledger.doneBelow()).isEqualTo(6);
    ledger.released(4);
    assertThat(ledger.doneOffsets(OffsetSet.of(1, 3)))
        .isEqualTo(new DoneOffsets(6, OffsetSet.of(1, 2, 3, 4)));
  }

  @Test
  void done_offsets_leaves_open_what_is_yet_to_come_below_the_old_one() {
    DeliveryLedger ledger = from(2, 10, 6, 8);
    assertThat(ledger.doneBelow()).isEqualTo(10);
    assertThat(ledger.doneOffsets(OffsetSet.EMPTY))
        .isEqualTo(new DoneOffsets(10, OffsetSet.of(6, 8)));
    ledger.passed(7); // the framework has passed over 6
    assertThat(ledger.doneOffsets(OffsetSet.EMPTY)).isEqualTo(new DoneOffsets(10, OffsetSet.of(8)));
  }

  @Test
  void done_offsets_ends_where_done_records_end_and_never_goes_back() {
    DeliveryLedger ledger = from(0, 10);
    take(ledger, 10, 11);
    ledger.done(OffsetSet.EMPTY);
    ledger.done(OffsetSet.of(3));
    assertThat(ledger.doneBelow()).isEqualTo(10);
    ledger.held(11);
    assertThat(ledger.doneOffsets(OffsetSet.EMPTY).doneBelow()).isEqualTo(10);
  }

  @Test
  void what_an_open_intent_lists_is_not_done_whatever_the_done_offsets_say() {
    DeliveryLedger ledger = with(intent(4, 3, 4), 3).from(0, 6);
    drop(ledger, 0, 3);
    assertThat(ledger.admit(4)).isEqualTo(Admission.COLLECT);
    drop(ledger, 5);
  }

  @Test
  void finished_intent_is_reported_once() {
    DeliveryLedger ledger = from(0, 0);
    Intent intent = intent(4, 1);
    ledger.finish(intent);
    assertThat(ledger.takeFinished()).containsExactly(intent);
    assertThat(ledger.takeFinished()).isEmpty();
  }
}
