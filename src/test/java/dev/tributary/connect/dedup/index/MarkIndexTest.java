package dev.tributary.connect.dedup.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MarkIndexTest {

  private final MarkIndex index = new MarkIndex();

  @AfterEach
  void structure() {
    index.checkStructure();
  }

  private static List<Long> offsets(MarkIndex index, long high, long low) {
    List<Long> offsets = new ArrayList<>();
    index.seek(high, low);
    while (index.next()) {
      offsets.add(index.offset());
    }
    return offsets;
  }

  private void add(long high, long low, long offset, long time) {
    offsets(index, high, low);
    index.add(offset, time, true);
  }

  @Test
  void keeps_several_marks_of_a_key() {
    add(5, 5, 10, 100);
    add(5, 5, 11, 200);
    add(5, 6, 12, 300);
    assertThat(offsets(index, 5, 5)).containsExactlyInAnyOrder(10L, 11L);
    assertThat(offsets(index, 5, 6)).containsExactly(12L);
    assertThat(offsets(index, 6, 5)).isEmpty();
  }

  @Test
  void keeps_offset_zero_negative_times_and_the_flag() {
    index.seek(1, 1);
    assertThat(index.next()).isFalse();
    index.add(0, -77, false);
    index.seek(1, 1);
    assertThat(index.next()).isTrue();
    assertThat(index.offset()).isZero();
    assertThat(index.time()).isEqualTo(-77);
    assertThat(index.movesStreamTime()).isFalse();
    assertThat(index.next()).isFalse();
  }

  @Test
  void hash_zero_is_a_key_like_others() {
    assertThat(offsets(index, 0, 0)).isEmpty();
    add(0, 0, 3, 1);
    assertThat(offsets(index, 0, 0)).containsExactly(3L);
  }

  @Test
  void finds_everything_while_it_grows() {
    Random random = new Random(1);
    List<long[]> keys = new ArrayList<>();
    for (int i = 0; i < 200_000; i++) {
      long[] key = {random.nextLong(), random.nextLong()};
      keys.add(key);
      add(key[0], key[1], i, i);
    }
    for (int i = 0; i < keys.size(); i++) {
      assertThat(offsets(index, keys.get(i)[0], keys.get(i)[1])).containsExactly((long) i);
    }
    assertThat(index.size()).isEqualTo(200_000);
  }

  @Test
  void a_mark_costs_at_most_38_bytes_also_while_growing() {
    Random random = new Random(2);
    long worst = 0;
    for (int i = 0; i < 1_000_000; i++) {
      add(random.nextLong(), random.nextLong(), i, i);
      if (i > 100_000) {
        // The array that a segment leaves counts too, until it is collected.
        worst = Math.max(worst, (index.bytes() + 8192 * 25) * 100 / index.size());
      }
    }
    assertThat(worst).isLessThanOrEqualTo(3800);
  }

  @Test
  void the_extremes_of_offsets_and_times_are_exact() {
    long[] offsets = {0, 1, 1L << 39, 1L << 40, 1L << 41, Long.MAX_VALUE - 1, Long.MAX_VALUE};
    long[] times = {
      Long.MIN_VALUE + 1,
      -(1L << 52),
      -2_208_988_800_000L,
      -1,
      0,
      1,
      1_753_000_000_000L,
      4_102_444_800_000L,
      1L << 52,
      Long.MAX_VALUE
    };
    for (long offset : offsets) {
      for (long time : times) {
        MarkIndex subject = new MarkIndex();
        // Whatever the first mark sets the bases to, the others come out as they went in.
        subject.seek(7, 7);
        subject.add(offset, time, true);
        int others = 0;
        for (long otherOffset : offsets) {
          for (long otherTime : times) {
            subject.seek(7, ++others << 10);
            subject.add(otherOffset, otherTime, others % 2 == 0);
          }
        }
        subject.checkStructure();
        int checked = 0;
        for (long otherOffset : offsets) {
          for (long otherTime : times) {
            subject.seek(7, ++checked << 10);
            assertThat(subject.next()).isTrue();
            assertThat(subject.offset()).isEqualTo(otherOffset);
            assertThat(subject.time()).isEqualTo(otherTime);
            assertThat(subject.movesStreamTime()).isEqualTo(checked % 2 == 0);
            assertThat(subject.next()).isFalse();
          }
        }
      }
    }
  }

  @Test
  void bases_follow_when_a_segment_grows_among_marks_that_are_far_from_them() {
    Random random = new Random(4);
    add(0, 0, 0, -(1L << 51));
    for (int i = 1; i < 100_000; i++) {
      add(random.nextLong() >>> 8, random.nextLong(), i, 1_753_000_000_000L + i);
    }
    assertThat(index.wideMarks()).isLessThan(10);
    assertThat(offsets(index, 0, 0)).containsExactly(0L);
  }

  @Test
  void every_mark_can_be_had_back_but_for_eight_bits_of_its_hash() {
    Random random = new Random(5);
    Map<Long, List<Long>> added = new HashMap<>();
    for (long i = 0; i < 50_000; i++) {
      long high = random.nextLong();
      long low = random.nextLong();
      long time = i % 100 == 0 ? -(1L << 50) : i;
      add(high, low, i, time);
      added.put(i, List.of(high, low << 8 >>> 8, time));
    }
    Map<Long, List<Long>> visited = new HashMap<>();
    index.forEach(
        (high, low, offset, time, moves) -> visited.put(offset, List.of(high, low, time)));
    assertThat(visited).isEqualTo(added);
  }

  @Test
  void hashes_that_begin_alike_only_make_it_slow() {
    for (int i = 0; i < 30_000; i++) {
      add(0x123456789ABCDEFL, (long) i << 8, i, i);
    }
    index.checkStructure();
    for (int i = 0; i < 30_000; i += 100) {
      assertThat(offsets(index, 0x123456789ABCDEFL, (long) i << 8)).containsExactly((long) i);
    }
  }

  @Test
  void hashes_at_the_end_of_their_segment_find_room() {
    for (int i = 0; i < 2000; i++) {
      add(-1L, -1L - ((long) i << 8), i, i);
      add(0x00FFFFFFFFFFFFFFL, -1L - ((long) i << 8), 10_000 + i, i);
    }
    assertThat(offsets(index, -1L, -1L)).containsExactly(0L);
    assertThat(offsets(index, 0x00FFFFFFFFFFFFFFL, -1L)).containsExactly(10_000L);
  }

  @Test
  void a_full_segment_drops_what_has_expired_instead_of_growing() {
    for (int i = 0; i < 100_000; i++) {
      index.expire(i - 100);
      add(1, i, i, i);
    }
    assertThat(index.size()).isLessThan(300);
    assertThat(offsets(index, 1, 99_950)).containsExactly(99_950L);
  }

  @Test
  void an_expired_mark_gives_its_place_to_the_next_of_its_key() {
    for (int i = 0; i < 1000; i++) {
      index.expire(i * 10L - 20);
      add(1, 1, i, i * 10L);
    }
    assertThat(index.size()).isLessThan(5);
  }

  /** Few keys with the same first bits, many, and times and offsets from everywhere. */
  @Property(tries = 300)
  void behaves_like_a_map_of_lists(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 600) int operations) {
    Random random = new Random(seed);
    MarkIndex subject = new MarkIndex();
    Map<List<Long>, Map<Long, Long>> model = new HashMap<>();
    int roots = 1 + random.nextInt(3);
    int keys = 1 + random.nextInt(300);
    boolean absurd = random.nextBoolean();
    long firstOffset = random.nextBoolean() ? 0 : random.nextLong() >>> (1 + random.nextInt(62));
    firstOffset = Math.min(firstOffset, Long.MAX_VALUE - operations);
    long now = random.nextBoolean() ? 1_753_000_000_000L : -1_000_000;
    long expired = Long.MIN_VALUE;
    for (int i = 0; i < operations; i++) {
      List<Long> key = key(random.nextInt(keys), roots);
      long time = now + i + random.nextInt(40);
      long offset = firstOffset + i;
      if (absurd && random.nextInt(5) == 0) {
        time = random.nextLong() >> (1 + random.nextInt(40));
        offset = random.nextLong() >>> (1 + random.nextInt(40));
      }
      long at = offset;
      if (!model.computeIfAbsent(key, k -> new HashMap<>()).containsKey(at)) {
        offsets(subject, key.get(0), key.get(1));
        subject.add(at, time, true);
        model.get(key).put(at, time);
      }
      if (random.nextInt(10) == 0) {
        expired = Math.max(expired, now + i - random.nextInt(80));
        subject.expire(expired);
      }
      if (random.nextInt(20) == 0) {
        subject.purgeNext();
      }
      subject.checkStructure();
    }
    for (Map.Entry<List<Long>, Map<Long, Long>> entry : model.entrySet()) {
      Map<Long, Long> found = new HashMap<>();
      subject.seek(entry.getKey().get(0), entry.getKey().get(1));
      while (subject.next()) {
        assertThat(found.put(subject.offset(), subject.time())).isNull();
      }
      assertThat(entry.getValue()).containsAllEntriesOf(found);
      for (Map.Entry<Long, Long> mark : entry.getValue().entrySet()) {
        if (mark.getValue() > expired) {
          assertThat(found).contains(mark);
        }
      }
    }
  }

  private static List<Long> key(long number, int roots) {
    long spread = number * 0x9E3779B97F4A7C15L;
    return List.of(number % roots << 56 | spread >>> 8, spread << 20);
  }
}
