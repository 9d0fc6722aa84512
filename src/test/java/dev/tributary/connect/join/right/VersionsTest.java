package dev.tributary.connect.join.right;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class VersionsTest {

  private static final Window EXACT = new Window(100, 50, false);

  private static byte[] row(int number) {
    return new byte[] {(byte) number};
  }

  private static @Nullable Integer asOf(Versions versions, long left, Window window) {
    byte[] row = versions.asOf(left, window);
    return row == null ? null : (int) row[0];
  }

  @Test
  void the_newest_version_up_to_the_left_wins_inside_the_window() {
    Versions versions = Versions.of(1000, row(1)).with(1040, row(2)).with(1080, row(3));

    assertThat(asOf(versions, 1079, EXACT)).isEqualTo(2);
    assertThat(asOf(versions, 1080, EXACT)).isEqualTo(3);
    assertThat(asOf(versions, 1180, EXACT)).isEqualTo(3);
    assertThat(asOf(versions, 1181, EXACT)).isNull();
  }

  @Test
  void without_one_from_before_the_oldest_from_after_wins_inside_the_window() {
    Versions versions = Versions.of(1000, row(1)).with(1010, row(2));

    assertThat(asOf(versions, 999, EXACT)).isEqualTo(1);
    assertThat(asOf(versions, 950, EXACT)).isEqualTo(1);
    assertThat(asOf(versions, 949, EXACT)).isNull();
    assertThat(asOf(versions, 999, new Window(100, 0, false))).isNull();
  }

  @Test
  void a_version_too_old_leaves_the_place_to_one_from_after() {
    Versions versions = Versions.of(1000, row(1)).with(1300, row(2));

    assertThat(asOf(versions, 1280, EXACT)).isEqualTo(2);
    assertThat(asOf(versions, 1200, EXACT)).isNull();
  }

  @Test
  void a_tombstone_ends_the_version_before_it_and_no_later_one() {
    Versions versions = Versions.of(1000, row(1)).with(1010, null).with(1030, row(2));

    assertThat(asOf(versions, 1009, EXACT)).isEqualTo(1);
    assertThat(asOf(versions, 1010, new Window(100, 0, false))).isNull();
    assertThat(asOf(versions, 1010, EXACT)).isEqualTo(2);
    assertThat(asOf(versions, 1030, EXACT)).isEqualTo(2);
  }

  @Test
  void the_oldest_version_holds_since_ever_where_compaction_has_removed_the_others() {
    Window sinceEver = new Window(100, 0, true);

    assertThat(asOf(Versions.of(1000, row(1)).with(1010, row(2)), 5, sinceEver)).isEqualTo(1);
    assertThat(asOf(Versions.of(1000, null).with(1010, row(2)), 5, sinceEver)).isNull();
    assertThat(asOf(Versions.of(1000, row(1)), 1101, sinceEver)).isNull();
  }

  @Test
  void what_was_forgotten_held_before_the_oldest_version_that_is_left() {
    Versions trimmed = Versions.of(1000, row(1)).with(1010, row(2)).since(1005);

    assertThat(trimmed).isNotNull();
    assertThat(trimmed.count()).isEqualTo(1);
    assertThat(asOf(trimmed, 1005, new Window(Window.UNBOUNDED, 0, true))).isNull();
    assertThat(trimmed.since(1011)).isNull();
  }

  @Test
  void a_later_record_with_the_same_time_takes_the_place() {
    Versions one = Versions.of(1000, row(1)).with(1000, row(2));
    Versions many = Versions.of(1000, row(1)).with(1010, row(2)).with(1000, row(3));

    assertThat(one.count()).isEqualTo(1);
    assertThat(asOf(one, 1000, EXACT)).isEqualTo(2);
    assertThat(many.count()).isEqualTo(2);
    assertThat(asOf(many, 1005, EXACT)).isEqualTo(3);
  }

  /** In whatever order versions arrive: what a search through all of them finds. */
  @Test
  void any_order_of_arrival_gives_what_a_search_through_all_versions_gives() {
    for (int seed = 0; seed < 2_000; seed++) {
      Random random = new Random(seed);
      TreeMap<Long, byte[]> all = new TreeMap<>();
      Versions versions = null;
      List<Versions> earlier = new ArrayList<>();
      for (int i = 0; i < 1 + random.nextInt(12); i++) {
        long time = random.nextInt(40);
        byte[] row = random.nextInt(4) == 0 ? null : row(i);
        all.put(time, row);
        versions = versions == null ? Versions.of(time, row) : versions.with(time, row);
        earlier.add(versions);
      }
      Window window =
          new Window(
              random.nextBoolean() ? Window.UNBOUNDED : random.nextInt(20),
              random.nextInt(20),
              random.nextBoolean());
      for (long left = -5; left < 50; left++) {
        assertThat(earlier.get(earlier.size() - 1).asOf(left, window))
            .as("seed %s, left %s, %s", seed, left, window)
            .isSameAs(search(all, left, window));
      }
    }
  }

  private static byte @Nullable [] search(
      NavigableMap<Long, byte[]> all, long left, Window window) {
    var before = all.floorEntry(left);
    if (before != null
        && before.getValue() != null
        && (window.beforeMs() == Window.UNBOUNDED || left - before.getKey() <= window.beforeMs())) {
      return before.getValue();
    }
    if (before == null && window.sinceEver() && all.firstEntry().getValue() != null) {
      return all.firstEntry().getValue();
    }
    return all.subMap(left, false, left + window.afterMs(), true).entrySet().stream()
        .filter(version -> version.getValue() != null)
        .min(Comparator.comparingLong(version -> version.getKey()))
        .map(version -> version.getValue())
        .orElse(null);
  }
}
