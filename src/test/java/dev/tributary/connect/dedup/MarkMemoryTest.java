package dev.tributary.connect.dedup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.dedup.index.MarkMemory;
import dev.tributary.connect.dedup.index.OnOverflow;
import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.util.SingleWriterCounter;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.utils.Time;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MarkMemoryTest {

  private static final long BOUND = 2 << 20;
  private static final long WINDOW = 1000;

  /** What the last array of a segment, its header and the directory may be above the bound. */
  private static final long TOLERANCE = 8192;

  private final SingleWriterCounter bytesHeld = new SingleWriterCounter();
  private final SingleWriterCounter marksEvicted = new SingleWriterCounter();
  private final Random random = new Random(1);
  private final List<PartitionMarks> all = new ArrayList<>();

  @AfterEach
  void structure() {
    all.forEach(marks -> marks.index().checkStructure());
  }

  private MarkMemory memory(OnOverflow onOverflow) {
    return new MarkMemory(
        "Deduplicate{c-0/d}", WINDOW, BOUND, onOverflow, bytesHeld, marksEvicted, Time.SYSTEM);
  }

  private PartitionMarks marks(MarkMemory memory) {
    PartitionMarks marks = new PartitionMarks(WINDOW, 0, memory);
    all.add(marks);
    return marks;
  }

  private Decision decideNew(PartitionMarks marks, long time) {
    return marks.decide(random.nextLong(), random.nextLong(), marks.next(), time, true);
  }

  @Test
  void bytes_are_those_of_all_indexes_that_have_not_been_released() {
    MarkMemory memory = memory(OnOverflow.FAIL);
    PartitionMarks one = marks(memory);
    PartitionMarks other = marks(memory);
    for (int i = 0; i < 5000; i++) {
      decideNew(one, i);
      decideNew(other, -i);
      assertThat(memory.bytes()).isEqualTo(one.bytes() + other.bytes());
      assertThat(bytesHeld.get()).isEqualTo(memory.bytes());
    }
    one.release();
    assertThat(memory.bytes()).isEqualTo(other.bytes());
    other.release();
    other.release();
    assertThat(memory.bytes()).isZero();
    assertThat(bytesHeld.get()).isZero();
  }

  @Test
  void with_fail_the_task_stops_before_it_holds_more_and_says_what_to_do() {
    MarkMemory memory = memory(OnOverflow.FAIL);
    PartitionMarks marks = marks(memory);
    assertThatThrownBy(
            () -> {
              while (true) {
                decideNew(marks, 5000);
                assertThat(memory.bytes()).isLessThanOrEqualTo(BOUND + TOLERANCE);
              }
            })
        .isInstanceOf(StateUnavailableError.class)
        .hasMessageContaining("Deduplicate{c-0/d}")
        .hasMessageContaining("'state.max.bytes' = " + BOUND)
        .hasMessageContaining(marks.size() + " marks of 1 partitions")
        .hasMessageContaining("window of 1000 ms")
        .hasMessageContaining("raise 'state.max.bytes'");
    assertThat(marks.size()).isGreaterThan(BOUND / 34);
    assertThat(marksEvicted.get()).isZero();
  }

  @Test
  void what_has_expired_goes_first_in_all_partitions() {
    MarkMemory memory = memory(OnOverflow.FAIL);
    PartitionMarks quiet = marks(memory);
    PartitionMarks busy = marks(memory);
    long half = BOUND / 32 / 2;
    for (int i = 0; i < half; i++) {
      decideNew(quiet, 0);
    }
    quiet.decide(1, 1, quiet.next(), 2 * WINDOW, true);
    quiet.skipTo(quiet.next() + 1000);
    for (int i = 0; i < StreamTimeSteps.SPACING; i++) {
      quiet.decide(1, 1, quiet.next(), 2 * WINDOW, true);
    }
    quiet.committed(quiet.next());
    long marked = quiet.size();
    for (int i = 0; i < half * 3 / 2; i++) {
      decideNew(busy, 0);
    }
    assertThat(marked).isGreaterThan(half);
    assertThat(quiet.size()).isLessThan(half);
    assertThat(quiet.decide(1, 1, quiet.next(), 2 * WINDOW, true)).isEqualTo(Decision.DUPLICATE);
    assertThat(marksEvicted.get()).isZero();
  }

  @Test
  void a_window_that_moves_on_inside_the_bound_never_fills_the_memory() {
    MarkMemory memory = memory(OnOverflow.FAIL);
    PartitionMarks marks = marks(memory);
    // Live at any time: 2 windows of 28 marks a millisecond, 87 % of what the bound could hold.
    for (int i = 0; i < 1_000_000; i++) {
      assertThat(decideNew(marks, i / 28)).isEqualTo(Decision.ACCEPTED);
      marks.committed(marks.next());
    }
    assertThat(memory.bytes()).isLessThanOrEqualTo(BOUND + TOLERANCE);
  }

  @Test
  void with_evict_the_marks_accepted_first_go_and_are_counted() {
    MarkMemory memory = memory(OnOverflow.EVICT);
    PartitionMarks marks = marks(memory);
    int records = 400_000;
    long[] highs = new long[records];
    for (int i = 0; i < records; i++) {
      highs[i] = random.nextLong();
      assertThat(marks.decide(highs[i], 0, i, 5000, true)).isEqualTo(Decision.ACCEPTED);
      assertThat(memory.bytes()).isLessThanOrEqualTo(BOUND + TOLERANCE);
    }
    assertThat(marksEvicted.get() + marks.size()).isEqualTo(records);
    int kept = (int) (BOUND / 33 * 3 / 4);
    for (int i = records - kept; i < records; i++) {
      assertThat(marks.decide(highs[i], 0, marks.next(), 5000, true)).isEqualTo(Decision.DUPLICATE);
    }
    assertThat(marks.decide(highs[0], 0, marks.next(), 5000, true)).isEqualTo(Decision.ACCEPTED);
  }

  @Test
  void with_evict_a_new_partition_finds_room_beside_a_full_one() {
    MarkMemory memory = memory(OnOverflow.EVICT);
    PartitionMarks first = marks(memory);
    for (int i = 0; i < 200_000; i++) {
      decideNew(first, 5000);
    }
    PartitionMarks second = marks(memory);
    for (int i = 0; i < 50_000; i++) {
      assertThat(decideNew(second, 5000)).isEqualTo(Decision.ACCEPTED);
      decideNew(first, 5000);
      assertThat(memory.bytes()).isLessThanOrEqualTo(BOUND + 2 * TOLERANCE);
    }
    assertThat(second.size()).isGreaterThan(first.size() / 3);
  }

  @Test
  void with_evict_what_was_accepted_passes_again_when_it_is_delivered_again() {
    MarkMemory memory = memory(OnOverflow.EVICT);
    PartitionMarks marks = marks(memory);
    int records = 150_000;
    boolean[] passed = new boolean[records];
    for (int i = 0; i < records; i++) {
      passed[i] =
          marks.decide(i % 40_000 * 0x9E3779B97F4A7C15L, 0, i, 5000 + i / 100, true).passes();
    }
    for (int i = 0; i < records; i++) {
      boolean again =
          marks.decide(i % 40_000 * 0x9E3779B97F4A7C15L, 0, i, 5000 + i / 100, true).passes();
      assertThat(again || !passed[i]).as("record %d", i).isTrue();
    }
  }

  /** Restores {@code count} marks of time 5000 in memory of their own. */
  private PartitionMarks restored(MarkMemory memory, AtomicLong together, int count) {
    PartitionMarks marks = marks(memory.forRestore(together));
    for (int i = 0; i < count; i++) {
      marks.restore(random.nextLong(), random.nextLong(), i, 5000, true);
    }
    return marks;
  }

  @Test
  void restored_marks_count_for_the_task_when_it_takes_them() {
    MarkMemory memory = memory(OnOverflow.FAIL);
    PartitionMarks held = marks(memory);
    decideNew(held, 5000);
    PartitionMarks marks = restored(memory, new AtomicLong(), 1000);
    assertThat(bytesHeld.get()).isEqualTo(held.bytes());

    memory.adopt(marks.index());

    assertThat(memory.bytes()).isEqualTo(held.bytes() + marks.bytes());
    assertThat(bytesHeld.get()).isEqualTo(memory.bytes());
    for (int i = 0; i < 1000; i++) {
      decideNew(marks, 5000);
    }
    assertThat(memory.bytes()).isEqualTo(held.bytes() + marks.bytes());
    marks.release();
    assertThat(memory.bytes()).isEqualTo(held.bytes());
  }

  @Test
  void restores_of_one_pass_are_bounded_together() {
    MarkMemory memory = memory(OnOverflow.FAIL);
    AtomicLong together = new AtomicLong();
    int half = (int) (BOUND / 33 * 6 / 10);
    restored(memory, together, half);

    assertThatThrownBy(() -> restored(memory, together, half))
        .isInstanceOf(StateUnavailableError.class)
        .hasMessageContaining("'state.max.bytes' = " + BOUND);
    assertThat(restored(memory, new AtomicLong(), half).size()).isEqualTo(half);
  }

  @Test
  void what_does_not_fit_beside_what_is_held_fails_or_is_evicted_and_counted() {
    int half = (int) (BOUND / 33 * 6 / 10);
    MarkMemory strict = memory(OnOverflow.FAIL);
    strict.adopt(restored(strict, new AtomicLong(), half).index());
    PartitionMarks tooMany = restored(strict, new AtomicLong(), half);
    assertThatThrownBy(() -> strict.adopt(tooMany.index()))
        .isInstanceOf(StateUnavailableError.class);

    MarkMemory lenient = memory(OnOverflow.EVICT);
    PartitionMarks one = restored(lenient, new AtomicLong(), half);
    PartitionMarks other = restored(lenient, new AtomicLong(), half);
    lenient.adopt(one.index());
    lenient.adopt(other.index());

    assertThat(lenient.bytes()).isLessThanOrEqualTo(BOUND);
    assertThat(marksEvicted.get()).isEqualTo(2L * half - one.size() - other.size());
  }
}
