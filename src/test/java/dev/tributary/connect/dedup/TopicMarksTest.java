package dev.tributary.connect.dedup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.dedup.index.MarkMemory;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TopicMarksTest {

  private static final long WINDOW = 1000;

  private final TopicMarks topic = new TopicMarks();
  private final PartitionMarks zero = joined(0);
  private final PartitionMarks one = joined(1);

  private PartitionMarks joined(int partition) {
    PartitionMarks marks = PartitionMarks.keptForOthers(WINDOW, 0, MarkMemory.unbounded());
    topic.join(partition, marks);
    return marks;
  }

  /** Spread like a hash. */
  private static long high(long key) {
    return key * 0x9E3779B97F4A7C15L;
  }

  private static Decision decide(PartitionMarks marks, long key, long offset, long time) {
    return marks.decide(high(key), key, offset, time, true);
  }

  @Test
  void duplicate_in_another_partition_is_dropped_whatever_its_offset() {
    assertThat(decide(zero, 1, 100, 5000)).isEqualTo(Decision.ACCEPTED);
    assertThat(decide(one, 1, 0, 5999)).isEqualTo(Decision.DUPLICATE);
    assertThat(decide(one, 1, 1, 6000)).isEqualTo(Decision.ACCEPTED);
    assertThat(decide(one, 2, 2, 5000)).isEqualTo(Decision.ACCEPTED);
  }

  @Test
  void accepted_record_passes_again_beside_the_marks_of_others() {
    assertThat(decide(zero, 1, 100, 5000)).isEqualTo(Decision.ACCEPTED);
    assertThat(decide(one, 1, 0, 5000)).isEqualTo(Decision.DUPLICATE);

    assertThat(decide(one, 1, 0, 5000)).isEqualTo(Decision.DUPLICATE);
    assertThat(decide(zero, 1, 100, 5000)).isEqualTo(Decision.REDELIVERED);
  }

  @Test
  void mark_of_another_partition_counts_by_the_stream_time_of_the_records_own() {
    assertThat(decide(zero, 1, 0, 5000)).isEqualTo(Decision.ACCEPTED);
    assertThat(decide(one, 2, 0, 6999)).isEqualTo(Decision.ACCEPTED);
    assertThat(decide(one, 1, 1, 5001)).isEqualTo(Decision.DUPLICATE);
    assertThat(decide(one, 3, 2, 7000)).isEqualTo(Decision.ACCEPTED);
    assertThat(decide(one, 1, 3, 5001)).isEqualTo(Decision.ACCEPTED);
  }

  /** Marks by which later records are dropped: the ones of a fast partition must wait for them. */
  @Test
  void marks_stay_as_long_as_a_partition_with_unread_records_needs_them() {
    decide(zero, 1, 0, 5000);
    runAhead(zero, 1, 10_000_000);
    decide(one, 2, 0, 5000);
    one.committed(1);

    topic.purge(Map.of(0, zero.next(), 1, 2L));

    assertThat(decide(one, 1, 1, 5000)).isEqualTo(Decision.DUPLICATE);
  }

  @Test
  void partition_that_was_never_read_keeps_the_marks_of_the_others() {
    decide(zero, 1, 0, 5000);
    runAhead(zero, 1, 10_000_000);

    topic.purge(Map.of(0, zero.next(), 1, 0L, 2, 7L));

    assertThat(decide(one, 1, 0, 5000)).isEqualTo(Decision.DUPLICATE);
  }

  @Test
  void partition_read_to_its_end_holds_no_marks_and_the_next_record_is_late() {
    decide(zero, 1, 0, 5000);
    decide(one, 2, 0, 5000);
    for (int round = 1; round <= 100; round++) {
      runAhead(zero, zero.next(), round * 10_000_000L);
      topic.purge(Map.of(0, zero.next(), 1, 1L));
    }

    assertThat(zero.size()).isLessThan(20_000);
    // Whether or not the mark is still in memory.
    assertThat(decide(one, 1, 1, 5000)).isEqualTo(Decision.ACCEPTED);
  }

  @Test
  void restored_marks_of_a_fast_partition_are_there_for_a_slow_one() {
    PartitionMarks fast = PartitionMarks.keptForOthers(WINDOW, 1000, MarkMemory.unbounded());
    fast.restore(high(1), 1, 0, 5000, true);
    fast.restore(high(9), 9, 999, 10_000_000, true);
    topic.join(0, fast);

    assertThat(decide(one, 1, 0, 5000)).isEqualTo(Decision.DUPLICATE);
  }

  @Test
  void partition_that_has_left_decides_nothing() {
    decide(zero, 1, 0, 5000);
    topic.leave(0);

    assertThat(decide(one, 1, 0, 5000)).isEqualTo(Decision.ACCEPTED);
  }

  /** Accepts 2000 records from a time on and commits them. */
  private static void runAhead(PartitionMarks marks, long offset, long time) {
    for (int i = 0; i < 2000; i++) {
      decide(marks, 1_000_000 + offset + i, offset + i, time + i);
    }
    marks.committed(marks.next());
  }
}
