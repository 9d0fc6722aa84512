package dev.tributary.connect.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.record.Records;
import dev.tributary.connect.sink.RecordQueue.Result;
import dev.tributary.connect.sink.batch.SmallBatches;
import dev.tributary.connect.sink.batch.SmallTables;
import dev.tributary.connect.sink.batch.TableRegistry;
import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.clickhouse.FailureKind;
import dev.tributary.connect.sink.clickhouse.StubClickHouse;
import dev.tributary.connect.sink.insert.Delivery.Admission;
import dev.tributary.connect.sink.insert.StubDelivery;
import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.offsets.PendingOffsets;
import dev.tributary.connect.sink.table.Column;
import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import dev.tributary.connect.util.ManualBackground;
import dev.tributary.connect.util.ManualTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RecordQueueTest {

  private static final TopicPartition P0 = new TopicPartition("t", 0);
  private static final TopicPartition P1 = new TopicPartition("t", 1);

  private final ManualTime time = new ManualTime();
  private final StubDelivery delivery = new StubDelivery();
  private final PendingOffsets pending = new PendingOffsets(partition -> Long.MAX_VALUE);
  private final List<SinkRecord> rejected = new ArrayList<>();
  private boolean serverIsAway;
  private Table table = SmallBatches.TABLE;

  private final TableRegistry tables =
      SmallTables.of(
          new StubClickHouse() {
            @Override
            public Optional<Table> table(TableId id) throws ClickHouseException {
              if (serverIsAway) {
                throw new ClickHouseException(FailureKind.UNREACHABLE, 0, "away", null);
              }
              return Optional.of(table);
            }
          },
          new ManualBackground(time));

  private final RecordQueue queue =
      new RecordQueue(
          "task",
          tables,
          delivery,
          new DeadLetters(
              (record, error) -> {
                rejected.add(record);
                return new CompletableFuture<>();
              },
              pending),
          pending);

  private void add(TopicPartition partition, long offset, @Nullable Object value) {
    queue.add(Records.at("t", partition.partition(), offset, 0L, null, value));
  }

  private void add(long offset) {
    add(P0, offset, Map.of("id", offset));
  }

  private Result next() {
    time.advance(1_000);
    return queue.next(time.milliseconds());
  }

  @Test
  void record_becomes_a_row_and_is_pending_until_that_is_stored() {
    add(3);
    add(4);
    assertThat(queue.size()).isEqualTo(2);
    assertThat(pending.oldestWaiting(P0)).isEqualTo(3);
    assertThat(next()).isEqualTo(Result.ROW);
    assertThat(queue.filled().rows()).isEqualTo(1);
    assertThat(pending.oldestWaiting(P0)).isEqualTo(4);
    assertThat(pending.oldest(P0)).isEqualTo(3);
    assertThat(next()).isEqualTo(Result.ROW);
    assertThat(queue.isEmpty()).isTrue();
    assertThat(queue.filled().records())
        .extracting(SinkRecord::originalKafkaOffset)
        .containsExactly(3L, 4L);
  }

  @Test
  void no_batch_is_filled_before_the_first_row() {
    assertThatThrownBy(queue::filled).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void record_that_the_delivery_keeps_is_no_row_now_and_stays_pending() {
    delivery.admissions.put(3L, Admission.KEEP);
    add(3);
    assertThat(next()).isEqualTo(Result.SKIPPED);
    assertThat(queue.isEmpty()).isTrue();
    assertThat(pending.oldestWaiting(P0)).isEqualTo(Long.MAX_VALUE);
    assertThat(pending.oldest(P0)).isEqualTo(3);
  }

  @Test
  void record_that_the_delivery_drops_is_done() {
    delivery.admissions.put(3L, Admission.DROP);
    add(3);
    assertThat(next()).isEqualTo(Result.SKIPPED);
    assertThat(queue.isEmpty()).isTrue();
    assertThat(pending.oldest(P0)).isEqualTo(Long.MAX_VALUE);
    assertThat(tables.open()).isEmpty();
  }

  @Test
  void record_without_a_value_is_done_and_the_delivery_is_not_asked() {
    add(P0, 3, null);
    assertThat(next()).isEqualTo(Result.SKIPPED);
    assertThat(pending.oldest(P0)).isEqualTo(Long.MAX_VALUE);
    assertThat(delivery.admitted).isEmpty();
    assertThat(rejected).isEmpty();
  }

  @Test
  void record_that_is_no_row_goes_to_the_dead_letter_queue_and_is_pending_until_it_is_there() {
    add(P0, 3, Map.of("id", "no number"));
    add(4);
    assertThat(next()).isEqualTo(Result.SKIPPED);
    assertThat(rejected).extracting(SinkRecord::originalKafkaOffset).containsExactly(3L);
    assertThat(pending.oldestWaiting(P0)).isEqualTo(4);
    assertThat(pending.oldest(P0)).isEqualTo(3);
    assertThat(next()).isEqualTo(Result.ROW);
    assertThat(delivery.admitted).containsExactly(3L, 4L);
  }

  @Test
  void record_of_a_table_that_cannot_be_asked_waits_and_is_not_admitted() {
    serverIsAway = true;
    add(3);
    assertThat(next()).isEqualTo(Result.BLOCKED);
    assertThat(queue.size()).isEqualTo(1);
    assertThat(delivery.admitted).isEmpty();
    serverIsAway = false;
    assertThat(next()).isEqualTo(Result.ROW);
    assertThat(pending.oldest(P0)).isEqualTo(3);
  }

  /** Leaves a first record that was admitted and whose table then could not be asked. */
  private void blockAdmitted(TopicPartition partition, long offset) {
    add(2);
    assertThat(next()).isEqualTo(Result.ROW);
    serverIsAway = true;
    add(partition, offset, Map.of("id", offset, "unknown", 1));
    assertThat(next()).isEqualTo(Result.BLOCKED);
    serverIsAway = false;
  }

  @Test
  void record_is_admitted_once_however_often_its_table_cannot_be_asked() {
    blockAdmitted(P0, 3);
    assertThat(pending.oldestWaiting(P0)).isEqualTo(Long.MAX_VALUE);
    serverIsAway = true;
    assertThat(next()).isEqualTo(Result.BLOCKED);
    serverIsAway = false;
    assertThat(next()).isEqualTo(Result.ROW);
    add(4);
    assertThat(next()).isEqualTo(Result.ROW);
    assertThat(delivery.admitted).containsExactly(2L, 3L, 4L);
  }

  @Test
  void record_after_an_admitted_one_that_is_dropped_with_its_partition_is_admitted_itself() {
    blockAdmitted(P1, 3);
    add(4);
    queue.dropUnowned(record -> record.originalKafkaPartition() == 0);
    assertThat(queue.size()).isEqualTo(1);
    assertThat(next()).isEqualTo(Result.ROW);
    assertThat(delivery.admitted).containsExactly(2L, 3L, 4L);
  }

  @Test
  void admitted_record_whose_partition_stays_is_not_admitted_again_when_others_go() {
    blockAdmitted(P0, 3);
    add(P1, 9, Map.of("id", 9L));
    queue.dropUnowned(record -> record.originalKafkaPartition() == 0);
    assertThat(next()).isEqualTo(Result.ROW);
    assertThat(queue.isEmpty()).isTrue();
    assertThat(delivery.admitted).containsExactly(2L, 3L);
  }

  @Test
  void record_that_turns_out_bad_after_it_was_admitted_is_entered_once() {
    blockAdmitted(P0, 3_000);
    table = new Table(table.id(), List.of(new Column("id", "Int8", false)), ZoneOffset.UTC);
    assertThat(next()).isEqualTo(Result.SKIPPED);
    pending.done(rejected.get(0));
    assertThat(pending.admittedBelow(P0, Long.MAX_VALUE)).isEqualTo(OffsetSet.of(2));
  }
}
