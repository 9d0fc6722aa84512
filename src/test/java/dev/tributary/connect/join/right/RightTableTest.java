package dev.tributary.connect.join.right;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RightTableTest {

  private static final Window WINDOW = new Window(Window.UNBOUNDED, 0, false);

  private final RightTable table = new RightTable(1_000, false, this::reported);
  private final List<RightTable.Key> reported = new ArrayList<>();

  private static RightTable.Key key(long number) {
    return new RightTable.Key(number, ~number);
  }

  private void reported(RightTable.Key key) {
    assertThat(table.asOf(key, 10, WINDOW)).isNotNull();
    reported.add(key);
  }

  @Test
  void keys_are_apart() {
    table.put(key(1), 10, new byte[] {1});
    table.put(key(2), 10, new byte[] {2});

    assertThat(table.asOf(key(1), 10, WINDOW)).containsExactly(1);
    assertThat(table.asOf(key(2), 10, WINDOW)).containsExactly(2);
    assertThat(table.asOf(new RightTable.Key(1, 2), 10, WINDOW)).isNull();
  }

  @Test
  void every_version_is_reported_with_its_key_when_it_can_be_found() {
    table.put(key(1), 10, new byte[] {1});
    table.put(key(2), 10, new byte[] {2});
    table.put(key(1), 5, new byte[] {3});

    assertThat(reported).containsExactly(key(1), key(2), key(1));
  }

  @Test
  void purging_forgets_what_is_older_and_gives_its_memory_back() {
    table.put(key(1), 10, new byte[100]);
    long one = table.bytes();
    table.put(key(1), 20, new byte[100]);
    table.put(key(2), 5, new byte[500]);
    assertThat(table.rows()).isEqualTo(3);

    table.purge(20);

    assertThat(table.rows()).isEqualTo(1);
    assertThat(table.bytes()).isBetween(one, one + 100);
    assertThat(table.asOf(key(1), 19, WINDOW)).isNull();
    assertThat(table.asOf(key(1), 20, WINDOW)).isNotNull();
    table.purge(21);
    assertThat(table.rows()).isZero();
    assertThat(table.bytes()).isZero();
  }

  @Test
  void bytes_are_counted_alike_however_the_versions_came() {
    for (int seed = 0; seed < 500; seed++) {
      Random random = new Random(seed);
      RightTable counted = new RightTable(0, false, key -> {});
      for (int i = 0; i < 30; i++) {
        byte[] row = random.nextInt(5) == 0 ? null : new byte[random.nextInt(50)];
        counted.put(key(random.nextInt(5)), random.nextInt(20), row);
        if (random.nextInt(10) == 0) {
          counted.purge(random.nextInt(20));
        }
      }
      counted.purge(Long.MAX_VALUE);
      assertThat(counted.bytes()).as("seed %s", seed).isZero();
      assertThat(counted.rows()).isZero();
    }
  }

  @Test
  void it_is_full_beyond_its_bound() {
    table.put(key(1), 10, new byte[800]);
    assertThat(table.isFull()).isFalse();
    table.put(key(2), 10, new byte[100]);
    assertThat(table.isFull()).isTrue();
    assertThat(new RightTable(0, false, key -> {}).isFull()).isFalse();
  }

  /**
   * Versions come in any order, are purged at any time, and lefts look them up since ever: none
   * gets a version later than itself of a key of which an earlier one has been forgotten.
   */
  @Test
  void since_ever_never_takes_a_later_version_in_place_of_a_forgotten_one() {
    Window sinceEver = new Window(Window.UNBOUNDED, 0, true);
    for (int seed = 0; seed < 2_000; seed++) {
      Random random = new Random(seed);
      RightTable remembering = new RightTable(0, true, key -> {});
      Map<Long, TreeMap<Integer, byte[]>> kept = new HashMap<>();
      Set<Long> forgotten = new HashSet<>();
      for (int i = 0; i < 60; i++) {
        long number = random.nextInt(3);
        int time = random.nextInt(100);
        TreeMap<Integer, byte[]> versions = kept.computeIfAbsent(number, any -> new TreeMap<>());
        if (random.nextInt(10) == 0) {
          remembering.purge(time);
          kept.forEach(
              (key, all) -> {
                if (!all.headMap(time).isEmpty()) {
                  forgotten.add(key);
                }
                all.headMap(time).clear();
              });
        } else if (random.nextBoolean()) {
          byte[] row = {(byte) i};
          remembering.put(key(number), time, row);
          versions.put(time, row);
        } else {
          Map.Entry<Integer, byte[]> expected = versions.floorEntry(time);
          if (expected == null && !forgotten.contains(number)) {
            expected = versions.firstEntry();
          }
          assertThat(remembering.asOf(key(number), time, sinceEver))
              .as("seed %s, step %s", seed, i)
              .isEqualTo(expected == null ? null : expected.getValue());
        }
      }
      assertThat(remembering.rows()).isEqualTo(kept.values().stream().mapToLong(Map::size).sum());
      remembering.clear();
      assertThat(remembering.bytes()).isZero();
      assertThat(remembering.asOf(key(0), 50, sinceEver)).isNull();
    }
  }

  @Test
  void a_key_that_is_remembered_takes_the_memory_of_its_entry() {
    RightTable remembering = new RightTable(0, true, key -> {});
    remembering.put(key(1), 10, new byte[500]);
    remembering.purge(11);
    assertThat(remembering.rows()).isZero();
    assertThat(remembering.bytes()).isBetween(1L, 100L);
    remembering.purge(12);
    assertThat(remembering.bytes()).isBetween(1L, 100L);
  }
}
