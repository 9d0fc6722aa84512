package dev.tributary.connect.join;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import dev.tributary.connect.join.right.RightTable;
import dev.tributary.connect.record.Durations;
import dev.tributary.connect.record.Records;
import dev.tributary.connect.record.StreamTime;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class HeldLeftsTest {

  private static final long AFTER = 10_000;
  private static final long NOW = 1_700_000_000_000L;
  private static final TopicPartition ORDERS_0 = new TopicPartition("orders", 0);
  private static final TopicPartition ORDERS_1 = new TopicPartition("orders", 1);

  private final HeldLefts held = new HeldLefts(AFTER);
  private long number;

  private HeldLeft left(TopicPartition partition, long offset, long key, long time, long readMs) {
    return new HeldLeft(
        "join",
        Records.at(
            partition.topic(), partition.partition(), offset, time, "k", Records.map("id", key)),
        partition,
        key(key),
        time,
        readMs,
        100,
        true,
        number++);
  }

  private static RightTable.Key key(long key) {
    return new RightTable.Key(key, key);
  }

  private HeldLeft hold(long offset, long key, long time) {
    HeldLeft left = left(ORDERS_0, offset, key, time, NOW);
    held.add(left);
    return left;
  }

  private List<Long> settled(long nowMs, long rightTime, long readToEndMs) {
    List<Long> offsets = new ArrayList<>();
    held.settle(
        nowMs,
        rightTime,
        readToEndMs,
        left -> {
          offsets.add(left.offset());
          return true;
        });
    return offsets;
  }

  private List<Long> expired(long rightTime, long readToEndMs) {
    List<Long> offsets = new ArrayList<>();
    held.expire(rightTime, readToEndMs, left -> offsets.add(left.offset()));
    return offsets;
  }

  @Test
  void no_window_is_so_long_that_it_passes_before_the_right_topic_has_begun() {
    HeldLefts patient = new HeldLefts(Durations.parseMillis("window", "36500d"));
    patient.add(left(ORDERS_0, 0, 1, -(1L << 52), NOW));
    patient.expire(StreamTime.NONE, NOW, left -> fail("expired"));
    assertThat(patient.size()).isOne();
  }

  @Test
  void only_the_lefts_of_a_key_that_got_a_version_are_looked_at() {
    hold(0, 1, 100);
    hold(1, 2, 100);
    hold(2, 1, 100);
    held.arrived(key(1));
    held.arrived(key(7));

    assertThat(settled(NOW, 101, 0)).containsExactly(0L, 2L);
    assertThat(settled(NOW, 101, 0)).isEmpty();
    assertThat(held.size()).isEqualTo(1);
    assertThat(held.bytes()).isEqualTo(100);
  }

  /** A newer version up to the left may still come, as long as right time is not beyond it. */
  @Test
  void a_late_match_waits_until_right_time_is_beyond_the_left() {
    hold(0, 1, 100);
    held.arrived(key(1));

    assertThat(settled(NOW, 100, 0)).isEmpty();
    assertThat(settled(NOW, 101, 0)).containsExactly(0L);
  }

  @Test
  void or_until_the_key_has_been_quiet_and_the_topic_read_to_its_end() {
    hold(0, 1, 100);
    held.arrived(key(1));

    assertThat(settled(NOW, StreamTime.NONE, NOW)).isEmpty();
    assertThat(settled(NOW + 2_000, StreamTime.NONE, NOW + 999)).isEmpty();
    assertThat(settled(NOW + 2_000, StreamTime.NONE, NOW + 1_000)).containsExactly(0L);
  }

  @Test
  void a_left_that_still_has_no_match_stays() {
    hold(0, 1, 100);
    held.arrived(key(1));
    held.settle(NOW, 200, 0, left -> false);

    assertThat(held.size()).isEqualTo(1);
    held.arrived(key(1));
    assertThat(settled(NOW, 200, 0)).containsExactly(0L);
  }

  @Test
  void the_window_passes_by_right_time() {
    hold(0, 1, 100);
    hold(1, 2, 50);
    hold(2, 3, 101);

    assertThat(expired(StreamTime.NONE, 0)).isEmpty();
    assertThat(expired(100 + AFTER, 0)).containsExactly(1L);
    assertThat(expired(101 + AFTER, 0)).containsExactly(0L);
  }

  @Test
  void or_by_the_clock_when_the_topic_has_been_read_to_its_end() {
    hold(0, 1, 1_000_000_000_000L);
    held.add(left(ORDERS_0, 1, 2, 100, NOW + 5));

    assertThat(expired(StreamTime.NONE, NOW + AFTER - 1)).isEmpty();
    assertThat(expired(StreamTime.NONE, NOW + AFTER)).containsExactly(0L);
    assertThat(expired(StreamTime.NONE, NOW + AFTER + 5)).containsExactly(1L);
    assertThat(held.size()).isZero();
  }

  @Test
  void lefts_whose_window_has_passed_are_held_until_they_are_accepted() {
    hold(0, 1, 100);
    hold(1, 2, 101);
    hold(2, 3, 102);
    hold(3, 4, 20_000);
    IllegalStateException full = new IllegalStateException("no room for another one");
    List<Long> accepted = new ArrayList<>();
    assertThatThrownBy(
            () ->
                held.expire(
                    103 + AFTER,
                    NOW + AFTER,
                    left -> {
                      if (left.offset() == 1) {
                        throw full;
                      }
                      accepted.add(left.offset());
                    }))
        .isSameAs(full);
    assertThat(accepted).containsExactly(0L);
    assertThat(held.oldest(ORDERS_0)).isEqualTo(1);
    assertThat(held.size()).isEqualTo(3);
    assertThat(expired(103 + AFTER, NOW + AFTER)).containsExactly(1L, 2L, 3L);
    assertThat(held.size()).isZero();
  }

  @Test
  void the_oldest_offset_of_each_partition_is_known() {
    hold(5, 1, 100);
    hold(3, 2, 100);
    held.add(left(ORDERS_1, 1, 2, 100, NOW));

    assertThat(held.oldest(ORDERS_0)).isEqualTo(3);
    assertThat(held.oldest(ORDERS_1)).isEqualTo(1);
    held.arrived(key(2));
    settled(NOW, 101, 0);
    assertThat(held.oldest(ORDERS_0)).isEqualTo(5);
    assertThat(held.oldest(ORDERS_1)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void a_left_that_is_delivered_again_is_held_once() {
    hold(0, 1, 100);
    HeldLeft again = hold(0, 1, 100);

    assertThat(held.size()).isEqualTo(1);
    assertThat(held.at(ORDERS_0, 0)).isSameAs(again);
    assertThat(held.bytes()).isEqualTo(100);
  }

  @Test
  void lefts_of_a_closed_partition_are_forgotten() {
    hold(0, 1, 100);
    hold(1, 2, 100);
    held.add(left(ORDERS_1, 1, 2, 100, NOW));
    List<HeldLeft> dropped = new ArrayList<>();
    held.drop(List.of(ORDERS_0), dropped::add);
    assertThat(dropped).hasSize(2);

    held.arrived(key(1));
    held.arrived(key(2));
    assertThat(settled(NOW, 101, 0)).containsExactly(1L);
    assertThat(held.size()).isZero();
    assertThat(held.bytes()).isZero();
    assertThat(held.oldest(ORDERS_0)).isEqualTo(Long.MAX_VALUE);
  }
}
