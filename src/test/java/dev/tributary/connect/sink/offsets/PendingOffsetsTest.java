package dev.tributary.connect.sink.offsets;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.sink.batch.SmallBatches;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiConsumer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.Test;

class PendingOffsetsTest {

  private static final TopicPartition A0 = new TopicPartition("a", 0);
  private static final TopicPartition A1 = new TopicPartition("a", 1);
  private static final TopicPartition B0 = new TopicPartition("b", 0);
  private static final List<TopicPartition> ALL = List.of(A0, A1, B0);

  private final Map<TopicPartition, Long> held = new HashMap<>();
  private PendingOffsets pending = pending();

  private PendingOffsets pending() {
    return new PendingOffsets(partition -> held.getOrDefault(partition, Long.MAX_VALUE));
  }

  private void all(
      BiConsumer<PendingOffsets, SinkRecord> what, TopicPartition partition, long... offsets) {
    for (long offset : offsets) {
      what.accept(pending, SmallBatches.record(partition, offset));
    }
  }

  private void waiting(TopicPartition partition, long... offsets) {
    all(PendingOffsets::waiting, partition, offsets);
  }

  private void admitted(TopicPartition partition, long... offsets) {
    waiting(partition, offsets);
    all(PendingOffsets::admitted, partition, offsets);
  }

  /** Every record that is not done, in lists. */
  private static final class Model {
    final Map<TopicPartition, List<Long>> waiting = new HashMap<>();
    final Map<TopicPartition, List<Long>> admitted = new HashMap<>();

    static List<Long> of(Map<TopicPartition, List<Long>> which, TopicPartition partition) {
      return which.computeIfAbsent(partition, key -> new ArrayList<>());
    }

    static long first(List<Long> offsets) {
      return offsets.stream().mapToLong(Long::longValue).min().orElse(Long.MAX_VALUE);
    }
  }

  @Property(tries = 300)
  void oldest_is_the_first_offset_that_is_not_done_whatever_happens(@ForAll long seed) {
    pending = pending();
    Random random = new Random(seed);
    Model model = new Model();
    Map<TopicPartition, Long> next = new HashMap<>();
    for (int step = 0; step < 100; step++) {
      TopicPartition partition = ALL.get(random.nextInt(ALL.size()));
      List<Long> waiting = Model.of(model.waiting, partition);
      List<Long> admitted = Model.of(model.admitted, partition);
      switch (random.nextInt(9)) {
        case 0, 1, 2 -> {
          long offset = next.getOrDefault(partition, 0L) + (random.nextInt(4) == 0 ? 2 : 0);
          next.put(partition, offset + 1);
          waiting(partition, offset);
          waiting.add(offset);
        }
        case 3 -> next.computeIfPresent(partition, (key, at) -> at - random.nextInt(5) % (at + 1));
        case 4, 5 -> {
          if (!waiting.isEmpty()) {
            long offset = waiting.remove(random.nextInt(waiting.size()));
            all(PendingOffsets::admitted, partition, offset);
            admitted.add(offset);
          }
        }
        case 6 -> {
          if (!waiting.isEmpty()) {
            all(PendingOffsets::dropped, partition, waiting.remove(0));
          }
        }
        case 7 -> {
          if (!admitted.isEmpty()) {
            List<SinkRecord> rows = new ArrayList<>();
            for (int left = random.nextInt(admitted.size()); left >= 0; left--) {
              rows.add(SmallBatches.record(partition, admitted.remove(0)));
            }
            pending.done(SmallBatches.of(rows).offsets());
          }
        }
        default -> {
          if (random.nextInt(10) == 0) {
            pending.forget(List.of(partition));
            waiting.clear();
            admitted.clear();
          } else if (!admitted.isEmpty()) {
            all(PendingOffsets::done, partition, admitted.remove(admitted.size() - 1));
          }
        }
      }
      for (TopicPartition one : ALL) {
        long waits = Model.first(Model.of(model.waiting, one));
        List<Long> inserted = Model.of(model.admitted, one);
        assertThat(pending.oldest(one)).isEqualTo(Math.min(waits, Model.first(inserted)));
        assertThat(pending.oldestWaiting(one)).isEqualTo(waits);
        assertThat(pending.admittedBelow(one, 12))
            .isEqualTo(
                OffsetSet.of(inserted.stream().mapToLong(offset -> offset).toArray())
                    .intersect(OffsetSet.range(0, 12)));
      }
    }
  }

  @Test
  void partition_without_records_holds_up_nothing() {
    assertThat(pending.oldest(A0)).isEqualTo(Long.MAX_VALUE);
    assertThat(pending.oldestWaiting(A0)).isEqualTo(Long.MAX_VALUE);
    assertThat(pending.admittedBelow(A0, Long.MAX_VALUE)).isSameAs(OffsetSet.EMPTY);
  }

  @Test
  void record_that_a_transform_holds_back_is_not_done() {
    held.put(A0, 5L);
    assertThat(pending.oldest(A0)).isEqualTo(5);
    waiting(A0, 9);
    assertThat(pending.oldest(A0)).isEqualTo(5);
    assertThat(pending.oldestWaiting(A0)).isEqualTo(9);
    held.put(A0, 20L);
    assertThat(pending.oldest(A0)).isEqualTo(9);
  }

  @Test
  void partitions_of_the_same_number_or_topic_are_kept_apart() {
    admitted(A0, 3);
    admitted(A1, 2);
    admitted(B0, 1);
    assertThat(pending.oldest(A0)).isEqualTo(3);
    assertThat(pending.oldest(A1)).isEqualTo(2);
    assertThat(pending.oldest(B0)).isEqualTo(1);
  }

  @Test
  void record_that_comes_twice_is_done_when_both_are() {
    admitted(A0, 7, 7);
    all(PendingOffsets::done, A0, 7);
    assertThat(pending.oldest(A0)).isEqualTo(7);
    all(PendingOffsets::done, A0, 7);
    assertThat(pending.oldest(A0)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void record_is_pending_from_when_it_comes_until_it_is_done() {
    waiting(A0, 4);
    assertThat(pending.oldest(A0)).isEqualTo(4);
    assertThat(pending.admittedBelow(A0, 10).isEmpty()).isTrue();
    all(PendingOffsets::admitted, A0, 4);
    assertThat(pending.oldest(A0)).isEqualTo(4);
    assertThat(pending.oldestWaiting(A0)).isEqualTo(Long.MAX_VALUE);
    assertThat(pending.admittedBelow(A0, 10)).isEqualTo(OffsetSet.of(4));
    pending.done(SmallBatches.of(A0, 4).offsets());
    assertThat(pending.oldest(A0)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void rows_of_a_partition_that_is_gone_are_nobodys_when_they_are_done() {
    admitted(A0, 1);
    pending.forget(List.of(A0));
    pending.done(SmallBatches.of(A0, 1).offsets());
    assertThat(pending.oldest(A0)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void partition_that_comes_back_starts_empty() {
    admitted(A0, 1);
    pending.forget(List.of(A0));
    waiting(A0, 8);
    assertThat(pending.oldest(A0)).isEqualTo(8);
  }
}
