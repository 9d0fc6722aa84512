package dev.tributary.connect.sink.batch;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.sink.row.Mappings;
import dev.tributary.connect.sink.table.Column;
import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.Test;

class BatchLimitsTest {

  private static final int WORTHWHILE = BatchLimits.WORTHWHILE_ROWS;
  private static final long OPENED_MS = 1_000;
  private static final long COLLECTED_MS = OPENED_MS + BatchLimits.COLLECTING_MS;

  private final BatchLimits limits = new BatchLimits(100_000, 64 << 20, 10_000);
  private final BatchLimits small = new BatchLimits(WORTHWHILE, 64 << 20, 10_000);
  private final Table table =
      new Table(new TableId("db", "t"), List.of(new Column("id", "UInt32", false)), ZoneOffset.UTC);
  private final TableBuffer mixed = new TableBuffer(table, Mappings.byName(), true);

  private static Batch fill(TableBuffer batches, int partition, int rows) {
    Batch batch = null;
    for (int row = 0; row < rows; row++) {
      SinkRecord record =
          new SinkRecord("topic", partition, null, null, null, Map.of("id", row), row);
      batch = batches.append(record, OPENED_MS);
    }
    return requireNonNull(batch);
  }

  private static List<Batch> close(TableBuffer batches) {
    return batches.take(batch -> true);
  }

  @Test
  void age_makes_any_batch_due_whether_or_not_there_is_room() {
    Batch batch = fill(mixed, 0, 1);

    assertThat(limits.isDue(batch, OPENED_MS + 9_999, true, true)).isFalse();
    assertThat(limits.isDue(batch, OPENED_MS + 10_000, false, false)).isTrue();
    assertThat(limits.lookAgainMs(batch, OPENED_MS + 4_000)).isEqualTo(6_000);
  }

  @Test
  void batch_worth_an_insert_goes_when_no_records_come_or_it_has_collected() {
    Batch batch = fill(mixed, 0, WORTHWHILE);

    assertThat(limits.isFull(batch)).isFalse();
    assertThat(limits.isDue(batch, OPENED_MS, true, true)).isTrue();
    assertThat(limits.isDue(batch, COLLECTED_MS, false, true)).isTrue();
    assertThat(limits.isDue(batch, COLLECTED_MS - 1, false, true)).isFalse();
    assertThat(limits.lookAgainMs(batch, OPENED_MS)).isLessThan(BatchLimits.COLLECTING_MS);
  }

  @Test
  void batch_collects_on_while_another_insert_is_under_way() {
    Batch batch = fill(mixed, 0, WORTHWHILE);

    assertThat(limits.isDue(batch, COLLECTED_MS, true, false)).isFalse();
  }

  @Test
  void batch_that_is_not_worth_an_insert_waits_for_its_age() {
    Batch batch = fill(mixed, 0, WORTHWHILE - 1);

    assertThat(limits.isDue(batch, COLLECTED_MS, true, true)).isFalse();
  }

  @Test
  void rest_of_a_burst_goes_when_no_records_come_and_what_follows_it_waits() {
    fill(mixed, 0, WORTHWHILE);
    assertThat(close(mixed)).hasSize(1);
    Batch rest = fill(mixed, 0, 1);

    assertThat(limits.isDue(rest, COLLECTED_MS, true, true)).isTrue();
    assertThat(limits.isDue(rest, COLLECTED_MS, false, true)).isFalse();
    assertThat(limits.isDue(rest, COLLECTED_MS, true, false)).isFalse();

    close(mixed);
    Batch next = fill(mixed, 0, 1);
    assertThat(limits.isDue(next, COLLECTED_MS, true, true)).isFalse();
  }

  @Test
  void burst_of_one_partition_hurries_no_other_where_batches_are_of_one_partition() {
    TableBuffer apart = new TableBuffer(table, Mappings.byName(), false);
    fill(apart, 0, WORTHWHILE);
    close(apart);

    assertThat(fill(apart, 0, 1).isRestOfBurst()).isTrue();
    assertThat(fill(apart, 1, 1).isRestOfBurst()).isFalse();
  }

  @Test
  void recycled_batch_is_no_longer_the_rest_of_a_burst() {
    fill(mixed, 0, WORTHWHILE);
    close(mixed);
    fill(mixed, 0, 1);
    Batch rest = close(mixed).get(0);
    mixed.recycle(rest);

    Batch again = fill(mixed, 0, 1);
    assertThat(again).isSameAs(rest);
    assertThat(again.isRestOfBurst()).isFalse();
  }

  @Test
  void with_smaller_limits_only_the_limits_count() {
    Batch full = fill(mixed, 0, WORTHWHILE);
    assertThat(small.isFull(full)).isTrue();
    close(mixed);
    Batch rest = fill(mixed, 0, 5_000);

    assertThat(small.isDue(rest, COLLECTED_MS, true, true)).isFalse();
    assertThat(small.lookAgainMs(rest, OPENED_MS)).isEqualTo(10_000);
  }
}
