package dev.tributary.connect.sink;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.sink.batch.Batch;
import dev.tributary.connect.sink.batch.BatchLimits;
import dev.tributary.connect.sink.batch.SmallBatches;
import dev.tributary.connect.sink.batch.TableBuffer;
import dev.tributary.connect.sink.row.Mappings;
import dev.tributary.connect.util.ManualTime;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class PollTimerTest {

  private static final long NONE = -1;

  private final ManualTime time = new ManualTime();
  private final RecordingContext context = new RecordingContext();

  private PollTimer wakes(boolean looksOften) {
    return new PollTimer(context, time, looksOften, new BatchLimits(1_000, 1 << 20, 10_000));
  }

  private Batch openedNow() {
    TableBuffer batches = new TableBuffer(SmallBatches.TABLE, Mappings.byName(), true);
    return requireNonNull(
        batches.append(SmallBatches.record(new TopicPartition("t", 0), 1), time.milliseconds()));
  }

  private long timeoutAfter(PollTimer wakes, List<Batch> open, boolean insertsUnderWay) {
    return timeoutAfter(wakes, open, insertsUnderWay, Long.MAX_VALUE);
  }

  private long timeoutAfter(
      PollTimer wakes, List<Batch> open, boolean insertsUnderWay, long dueMs) {
    context.timeouts.clear();
    wakes.set(open, insertsUnderWay, dueMs);
    return context.takeTimeout();
  }

  @Test
  void first_poll_does_not_sit_out_its_time_in_front_of_paused_partitions() {
    wakes(false);
    assertThat(context.takeTimeout()).isEqualTo(50);
  }

  @Test
  void task_with_nothing_to_do_is_not_woken() {
    assertThat(timeoutAfter(wakes(false), List.of(), false)).isEqualTo(NONE);
  }

  @Test
  void new_partitions_are_looked_for_often_until_the_task_has_its_first() {
    PollTimer wakes = wakes(true);
    assertThat(timeoutAfter(wakes, List.of(), false)).isEqualTo(50);
    wakes.joined();
    assertThat(timeoutAfter(wakes, List.of(), false)).isEqualTo(500);
  }

  @Test
  void task_that_gets_no_partition_is_left_in_peace_after_ten_seconds() {
    PollTimer wakes = wakes(true);
    time.advance(9_999);
    assertThat(timeoutAfter(wakes, List.of(), false)).isEqualTo(50);
    time.advance(1);
    assertThat(timeoutAfter(wakes, List.of(), false)).isEqualTo(500);
  }

  @Test
  void what_is_due_is_not_slept_through() {
    long now = time.milliseconds();
    assertThat(timeoutAfter(wakes(false), List.of(), false, now + 700)).isEqualTo(700);
    assertThat(timeoutAfter(wakes(false), List.of(), true, now + 700)).isEqualTo(100);
    assertThat(timeoutAfter(wakes(false), List.of(), false, now - 5)).isEqualTo(1);
  }

  @Test
  void answers_are_taken_in_soon() {
    assertThat(timeoutAfter(wakes(false), List.of(), true)).isEqualTo(100);
    PollTimer joining = wakes(true);
    assertThat(timeoutAfter(joining, List.of(), true)).isEqualTo(50);
    joining.joined();
    assertThat(timeoutAfter(joining, List.of(), true)).isEqualTo(100);
  }

  @Test
  void task_is_woken_when_the_first_of_its_batches_is_due() {
    Batch older = openedNow();
    time.advance(4_000);
    Batch younger = openedNow();
    assertThat(timeoutAfter(wakes(false), List.of(younger, older), false)).isEqualTo(6_000);
    time.advance(5_950);
    assertThat(timeoutAfter(wakes(false), List.of(younger, older), true)).isEqualTo(50);
    time.advance(1_000);
    assertThat(timeoutAfter(wakes(false), List.of(older), false)).isEqualTo(1);
  }

  @Test
  void task_that_restores_or_is_under_pressure_is_woken_in_a_moment() {
    PollTimer wakes = wakes(false);
    wakes.setRestoring();
    assertThat(context.takeTimeout()).isEqualTo(20);
    wakes.setBusy();
    assertThat(context.takeTimeout()).isEqualTo(100);
  }
}
