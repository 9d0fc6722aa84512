package dev.tributary.connect.dedup;

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
  void a_mark_costs_at_most_64_bytes_also_while_growing() {
    Random random = new Random(2);
    for (int i = 0; i < 1_000_000; i++) {
      add(random.nextLong(), random.nextLong(), i, i);
      if (i > 100_000 && i % 1000 == 0) {
        // The array that a segment leaves counts too, until it is collected.
        long leaving = index.bytes() / 256;
        assertThat((index.bytes() + leaving) / index.size()).isLessThanOrEqualTo(64);
      }
    }
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

  @Property(tries = 300)
  void behaves_like_a_map_of_lists(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 400) int operations) {
    Random random = new Random(seed);
    MarkIndex subject = new MarkIndex();
    Map<Long, Map<Long, Long>> model = new HashMap<>();
    long expired = Long.MIN_VALUE;
    for (int i = 0; i < operations; i++) {
      long key = random.nextInt(60);
      long high = key % 3 << 56;
      long time = (long) i + random.nextInt(40);
      offsets(subject, high, key);
      subject.add(i, time, true);
      model.computeIfAbsent(key, k -> new HashMap<>()).put((long) i, time);
      if (random.nextInt(10) == 0) {
        expired = Math.max(expired, i - random.nextInt(80));
        subject.expire(expired);
      }
      subject.checkStructure();
    }
    for (Map.Entry<Long, Map<Long, Long>> entry : model.entrySet()) {
      List<Long> live = new ArrayList<>();
      List<Long> all = new ArrayList<>(entry.getValue().keySet());
      for (Map.Entry<Long, Long> mark : entry.getValue().entrySet()) {
        if (mark.getValue() > expired) {
          live.add(mark.getKey());
        }
      }
      List<Long> found = offsets(subject, entry.getKey() % 3 << 56, entry.getKey());
      assertThat(found).containsAll(live).doesNotHaveDuplicates();
      assertThat(all).containsAll(found);
    }
  }
}
