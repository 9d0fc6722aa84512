package dev.tributary.connect.dedup;

import static dev.tributary.connect.dedup.Decision.ACCEPTED;
import static dev.tributary.connect.dedup.Decision.ACCEPTED_LATE;
import static dev.tributary.connect.dedup.Decision.DUPLICATE;
import static dev.tributary.connect.dedup.Decision.REDELIVERED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PartitionMarksTest {

  private static final long WINDOW = 100;

  private final PartitionMarks marks = new PartitionMarks(WINDOW, 0, 1);

  private Decision decide(long key, long offset, long time) {
    return marks.decide(0, key, offset, time, true);
  }

  @Test
  void the_first_of_a_key_wins() {
    assertThat(decide(1, 0, 1000)).isEqualTo(ACCEPTED);
    assertThat(decide(2, 1, 1000)).isEqualTo(ACCEPTED);
    assertThat(decide(1, 2, 1000)).isEqualTo(DUPLICATE);
    assertThat(decide(1, 3, 1050)).isEqualTo(DUPLICATE);
    assertThat(decide(1, 4, 950)).isEqualTo(DUPLICATE);
  }

  @Test
  void the_window_ends_exactly_there_on_both_sides() {
    decide(1, 0, 1000);
    assertThat(decide(1, 1, 1099)).isEqualTo(DUPLICATE);
    assertThat(decide(1, 2, 901)).isEqualTo(DUPLICATE);
    assertThat(decide(1, 3, 900)).isEqualTo(ACCEPTED);
    assertThat(decide(1, 4, 1100)).isEqualTo(ACCEPTED);
  }

  @Test
  void duplicates_do_not_extend_the_window() {
    decide(1, 0, 1000);
    assertThat(decide(1, 1, 1060)).isEqualTo(DUPLICATE);
    assertThat(decide(1, 2, 1101)).isEqualTo(ACCEPTED);
    assertThat(decide(1, 3, 1150)).isEqualTo(DUPLICATE);
  }

  @Test
  void a_redelivered_record_is_not_its_own_duplicate() {
    decide(1, 0, 1000);
    decide(1, 1, 1010);
    assertThat(decide(1, 0, 1000)).isEqualTo(REDELIVERED);
    assertThat(decide(1, 1, 1010)).isEqualTo(DUPLICATE);
  }

  @Test
  void a_mark_from_a_higher_offset_decides_nothing_below_it() {
    marks.restore(0, 1, 7, 1000, true);
    assertThat(decide(1, 3, 1000)).isEqualTo(ACCEPTED);
    assertThat(decide(1, 5, 1000)).isEqualTo(DUPLICATE);
    assertThat(decide(1, 7, 1000)).isEqualTo(REDELIVERED);
  }

  @Test
  void a_mark_stops_counting_when_stream_time_is_past_window_and_grace() {
    decide(1, 0, 1000);
    decide(2, 1, 1199);
    assertThat(decide(1, 2, 1000)).isEqualTo(DUPLICATE);
    decide(3, 3, 1200);
    assertThat(decide(1, 4, 1000)).isEqualTo(ACCEPTED_LATE);
    assertThat(decide(1, 5, 1001)).isEqualTo(ACCEPTED);
  }

  @Test
  void duplicates_do_not_move_stream_time() {
    decide(1, 0, 1000);
    decide(2, 1, 1150);
    assertThat(decide(2, 2, 1240)).isEqualTo(DUPLICATE);
    assertThat(decide(1, 3, 1000)).isEqualTo(DUPLICATE);
  }

  @Test
  void a_time_in_the_far_future_ages_nothing_else() {
    decide(1, 0, 1000);
    assertThat(marks.decide(0, 2, 1, 4_000_000_000_000L, false)).isEqualTo(ACCEPTED);
    assertThat(decide(1, 2, 1000)).isEqualTo(DUPLICATE);
    assertThat(marks.decide(0, 2, 3, 4_000_000_000_000L, false)).isEqualTo(DUPLICATE);
  }

  @Test
  void a_step_back_takes_stream_time_back() {
    decide(1, 0, 1000);
    decide(2, 1, 1000);
    decide(3, 2, 1300);
    assertThat(decide(2, 1, 1000)).isEqualTo(REDELIVERED);
    // At offset 2 stream time was 1000, so the mark at offset 0 still counted there.
    assertThat(decide(1, 2, 1000)).isEqualTo(DUPLICATE);
    // After offset 2 it is 1300 again.
    assertThat(decide(1, 3, 1000)).isEqualTo(ACCEPTED_LATE);
  }

  @Test
  void restored_marks_bring_stream_time_to_where_it_was() {
    PartitionMarks restored = new PartitionMarks(WINDOW, 5, 1);
    restored.restore(0, 1, 0, 1000, true);
    restored.restore(0, 2, 4, 1150, true);
    restored.restore(0, 3, 8, 1500, true);
    assertThat(restored.decide(0, 1, 5, 1000, true)).isEqualTo(DUPLICATE);
    assertThat(restored.decide(0, 1, 9, 1000, true)).isEqualTo(ACCEPTED_LATE);
  }

  @Test
  void marks_that_decide_uncommitted_records_are_kept() {
    decide(1, 0, 1000);
    for (int i = 1; i < 500; i++) {
      decide(1000 + i, i, 1000 + 10L * i);
    }
    // Stream time has long passed the first mark, but nothing is committed.
    assertThat(decide(1, 1, 1000)).isEqualTo(DUPLICATE);
    assertThat(marks.size()).isEqualTo(500);
  }

  @Test
  void offsets_below_what_was_purged_are_refused() {
    for (int i = 0; i < 10; i++) {
      decide(i, i, 1000 + i);
    }
    marks.committed(6);
    assertThat(marks.floor()).isEqualTo(6);
    assertThatThrownBy(() -> decide(3, 3, 1003)).isInstanceOf(IllegalStateException.class);
    assertThat(decide(6, 6, 1006)).isEqualTo(REDELIVERED);
  }

  @Test
  void memory_stays_flat_over_many_windows() {
    PartitionMarks flat = new PartitionMarks(WINDOW, 0);
    long greatest = 0;
    for (int i = 0; i < 2_000_000; i++) {
      // One key a millisecond: 200 marks count at a time.
      flat.decide(i * 0x9E3779B97F4A7C15L, i, i, i, true);
      if (i % 10_000 == 0) {
        flat.committed(i);
        greatest = Math.max(greatest, flat.size());
      }
    }
    flat.index().checkStructure();
    assertThat(greatest).isLessThan(13_000);
    assertThat(flat.bytes()).isLessThan(1_000_000);
  }

  @Test
  void restoring_a_long_history_needs_no_more_memory_than_living_it() {
    PartitionMarks restored = new PartitionMarks(WINDOW, 2_000_000);
    for (int i = 0; i < 2_000_000; i++) {
      restored.restore(i * 0x9E3779B97F4A7C15L, i, i, i, true);
    }
    assertThat(restored.bytes()).isLessThan(1_000_000);
    long last = 1_999_950;
    assertThat(restored.decide(last * 0x9E3779B97F4A7C15L, last, 2_000_000, last, true))
        .isEqualTo(DUPLICATE);
  }
}
