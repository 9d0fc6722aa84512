package dev.tributary.connect.sink.offsets;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class OffsetRunsTest {

  private static OffsetRuns of(List<Long> offsets) {
    OffsetRuns runs = new OffsetRuns();
    offsets.forEach(runs::add);
    return runs;
  }

  private static List<Long> inOrder(OffsetRuns runs) {
    List<Long> offsets = new ArrayList<>();
    runs.forEachRun(
        (from, end) -> {
          for (long offset = from; offset < end; offset++) {
            offsets.add(offset);
          }
        });
    return offsets;
  }

  private static List<List<Long>> runs(OffsetRuns runs) {
    List<List<Long>> bounds = new ArrayList<>();
    runs.forEachRun((from, end) -> bounds.add(List.of(from, end)));
    return bounds;
  }

  @Property
  void gives_back_what_came_in_the_order_in_which_it_came(
      @ForAll @Size(min = 1, max = 60) List<@LongRange(max = 40) Long> offsets) {
    OffsetRuns runs = of(offsets);

    assertThat(inOrder(runs)).isEqualTo(offsets);
    assertThat(runs.first()).isEqualTo(Collections.min(offsets));
    assertThat(runs.last()).isEqualTo(Collections.max(offsets));
    assertThat(runs.toSet())
        .isEqualTo(OffsetSet.of(offsets.stream().mapToLong(Long::longValue).toArray()));
  }

  @Test
  void ascending_offsets_are_one_run_and_a_gap_begins_another() {
    assertThat(runs(of(List.of(4L, 5L, 6L, 8L, 9L))))
        .containsExactly(List.of(4L, 7L), List.of(8L, 10L));
  }

  @Test
  void offset_that_comes_twice_in_a_row_is_there_twice() {
    assertThat(inOrder(of(List.of(4L, 4L, 5L)))).containsExactly(4L, 4L, 5L);
  }

  @Test
  void more_runs_than_fit_at_first_are_all_kept() {
    List<Long> everySecond = new ArrayList<>();
    for (long offset = 0; offset < 40; offset += 2) {
      everySecond.add(offset);
    }
    assertThat(inOrder(of(everySecond))).isEqualTo(everySecond);
  }

  @Test
  void set_of_a_step_back_has_each_offset_once_and_in_order() {
    OffsetRuns runs = of(List.of(10L, 11L, 12L, 8L, 9L, 10L, 11L, 12L, 13L));

    assertThat(runs.toSet()).isEqualTo(OffsetSet.range(8, 14));
    assertThat(runs.toSet().runs()).isEqualTo(1);
    assertThat(runs.first()).isEqualTo(8);
    assertThat(runs.last()).isEqualTo(13);
  }

  @Test
  void last_is_the_greatest_offset_and_not_the_latest() {
    assertThat(of(List.of(10L, 30L, 20L)).last()).isEqualTo(30);
  }
}
