package dev.tributary.connect.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.sink.offsets.PendingOffsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.Test;

class DeadLettersTest {

  private static final TopicPartition PARTITION = new TopicPartition("orders", 3);

  private final List<CompletableFuture<Void>> reports = new ArrayList<>();

  private final PendingOffsets pending = new PendingOffsets(partition -> Long.MAX_VALUE);

  private final DeadLetters deadLetters =
      new DeadLetters(
          (record, error) -> {
            CompletableFuture<Void> report = new CompletableFuture<>();
            reports.add(report);
            return report;
          },
          pending);

  private static SinkRecord record(int partition, long offset) {
    return new SinkRecord("orders", partition, null, null, null, "v", offset);
  }

  private void reject(int partition, long offset) {
    SinkRecord record = record(partition, offset);
    pending.waiting(record);
    pending.admitted(record);
    deadLetters.reject(record, new DataException("bad"));
  }

  private long oldest(int partition) {
    deadLetters.settle();
    return pending.oldest(new TopicPartition("orders", partition));
  }

  @Test
  void record_is_pending_until_the_queue_has_it() {
    reject(3, 7);
    reject(3, 9);
    reject(4, 1);
    assertThat(oldest(3)).isEqualTo(7);
    reports.get(0).complete(null);
    assertThat(oldest(3)).isEqualTo(9);
    reports.get(1).complete(null);
    assertThat(oldest(3)).isEqualTo(Long.MAX_VALUE);
    assertThat(oldest(4)).isEqualTo(1);
  }

  @Test
  void record_that_the_queue_could_not_take_is_never_committed() {
    reject(3, 7);
    reports.get(0).completeExceptionally(new IllegalStateException("too large"));

    assertThatThrownBy(deadLetters::check)
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("topic orders partition 3 offset 7");
    assertThat(oldest(3)).isEqualTo(7);
  }

  @Test
  void report_that_ended_with_its_partition_fails_nothing() {
    reject(3, 7);
    reject(4, 1);
    deadLetters.forget(List.of(PARTITION));
    reports.get(0).cancel(true);

    deadLetters.check();
    assertThat(oldest(4)).isEqualTo(1);
  }

  @Test
  void without_a_queue_the_record_is_named() {
    assertThatThrownBy(
            () -> new DeadLetters(null, pending).reject(record(3, 7), new DataException("no Int8")))
        .isInstanceOf(DataException.class)
        .hasMessage("Record topic orders partition 3 offset 7: no Int8");
  }
}
