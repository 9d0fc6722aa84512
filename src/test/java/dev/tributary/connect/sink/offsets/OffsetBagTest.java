package dev.tributary.connect.sink.offsets;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class OffsetBagTest {

  private static final long BEHIND_ALL = 80;

  /** Something done to a bag, and to the multiset that it should be. */
  private interface Step {
    void on(OffsetBag bag, Multiset model);
  }

  /** As simple as it gets. */
  private static final class Multiset {
    private final TreeMap<Long, Integer> copies = new TreeMap<>();
    private long next;

    void add(long offset) {
      copies.merge(offset, 1, Integer::sum);
      next = offset + 1;
    }

    void remove(long from, long end) {
      for (long offset = from; offset < end; offset++) {
        copies.computeIfPresent(offset, (key, count) -> count == 1 ? null : count - 1);
      }
    }

    long first() {
      return copies.isEmpty() ? Long.MAX_VALUE : copies.firstKey();
    }

    OffsetSet below(long bound) {
      return OffsetSet.of(
          copies.headMap(bound).keySet().stream().mapToLong(Long::longValue).toArray());
    }
  }

  private static Step add(long offset) {
    return (bag, model) -> {
      bag.add(offset);
      model.add(offset);
    };
  }

  /** Some more after the last one, perhaps after a gap. */
  private static Step goOn(int gap, int count) {
    return (bag, model) -> {
      long from = Math.min(model.next + gap, BEHIND_ALL - 10);
      for (long offset = from; offset < from + count; offset++) {
        add(offset).on(bag, model);
      }
    };
  }

  private static Step remove(long from, long length) {
    return (bag, model) -> {
      bag.remove(from, from + length);
      model.remove(from, from + length);
    };
  }

  @Provide
  Arbitrary<Step> steps() {
    Arbitrary<Long> offset = Arbitraries.longs().between(0, 60);
    Arbitrary<Long> length = Arbitraries.longs().between(0, 20);
    Arbitrary<Integer> gap = Arbitraries.integers().between(0, 3);
    return Arbitraries.oneOf(
        offset.map(OffsetBagTest::add),
        Combinators.combine(gap, Arbitraries.integers().between(1, 8)).as(OffsetBagTest::goOn),
        Combinators.combine(offset, length).as(OffsetBagTest::remove));
  }

  @Property
  void is_a_multiset_whatever_comes_and_goes(
      @ForAll @Size(max = 60) List<@From("steps") Step> steps) {
    OffsetBag bag = new OffsetBag();
    Multiset model = new Multiset();
    for (Step step : steps) {
      step.on(bag, model);
      assertThat(bag.first()).isEqualTo(model.first());
      for (long bound = 0; bound <= BEHIND_ALL; bound += 7) {
        assertThat(bag.below(bound)).isEqualTo(model.below(bound));
      }
      assertThat(bag.below(Long.MAX_VALUE)).isEqualTo(model.below(Long.MAX_VALUE));
    }
  }

  private final OffsetBag bag = new OffsetBag();

  private void with(long... offsets) {
    for (long offset : offsets) {
      bag.add(offset);
    }
  }

  private OffsetSet all() {
    return bag.below(Long.MAX_VALUE);
  }

  @Test
  void empty_bag_has_no_first_offset_and_holds_up_no_commit() {
    assertThat(bag.first()).isEqualTo(Long.MAX_VALUE);
    assertThat(all().isEmpty()).isTrue();
  }

  @Test
  void copies_leave_one_at_a_time() {
    with(3, 4, 5, 4, 4);
    bag.remove(3, 6);
    assertThat(all()).isEqualTo(OffsetSet.of(4));
    bag.remove(4, 5);
    assertThat(bag.first()).isEqualTo(4);
    bag.remove(4, 5);
    assertThat(bag.first()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void what_was_never_there_leaves_without_a_trace() {
    with(10, 11, 12);
    bag.remove(0, 10);
    bag.remove(13, 20);
    assertThat(all()).isEqualTo(OffsetSet.range(10, 13));
  }

  @Test
  void middle_of_a_run_leaves_both_ends() {
    with(0, 1, 2, 3, 4, 5, 20, 21);
    bag.remove(2, 4);
    assertThat(all()).isEqualTo(OffsetSet.of(0, 1, 4, 5, 20, 21));
    bag.remove(5, 21);
    assertThat(all()).isEqualTo(OffsetSet.of(0, 1, 4, 21));
  }

  @Test
  void run_that_still_grows_can_be_cut_in_its_middle_and_grows_on() {
    with(7, 8, 9, 10);
    bag.remove(8, 9);
    with(11);
    assertThat(all()).isEqualTo(OffsetSet.of(7, 9, 10, 11));
    bag.remove(7, 12);
    assertThat(bag.first()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void step_back_below_all_that_is_pending_becomes_the_first() {
    with(100, 101);
    with(50);
    assertThat(bag.first()).isEqualTo(50);
    assertThat(bag.below(101)).isEqualTo(OffsetSet.of(50, 100));
  }

  @Test
  void bag_that_was_emptied_takes_lower_offsets_as_well() {
    with(100, 101);
    bag.remove(100, 102);
    with(5, 6);
    assertThat(bag.first()).isEqualTo(5);
    assertThat(all()).isEqualTo(OffsetSet.of(5, 6));
  }

  @Test
  void bound_cuts_a_run_in_two() {
    with(0, 1, 2, 10, 11);
    assertThat(bag.below(2)).isEqualTo(OffsetSet.of(0, 1));
    assertThat(bag.below(11)).isEqualTo(OffsetSet.of(0, 1, 2, 10));
    assertThat(bag.below(0).isEmpty()).isTrue();
  }
}
