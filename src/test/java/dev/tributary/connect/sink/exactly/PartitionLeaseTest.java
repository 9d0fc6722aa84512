package dev.tributary.connect.sink.exactly;

import static dev.tributary.connect.kafka.WatchedCluster.once;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.kafka.WatchedCluster;
import dev.tributary.connect.sink.batch.SmallBatches;
import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.progress.FencedException;
import dev.tributary.connect.sink.progress.KafkaFencedRecord;
import dev.tributary.connect.sink.progress.MemoryRows;
import dev.tributary.connect.sink.table.TableId;
import dev.tributary.connect.util.ManualTime;
import java.util.Map;
import org.apache.kafka.common.KafkaException;
import org.junit.jupiter.api.Test;

class PartitionLeaseTest {

  private static final TableId TABLE = SmallBatches.TABLE.id();
  private static final byte[] VALUE = {1};

  private final WatchedCluster cluster = new WatchedCluster();
  private final MemoryRows rows = new MemoryRows();
  private final KafkaFencedRecord record =
      new KafkaFencedRecord(cluster, "progress", 1, "id", 0, new ManualTime());
  private final PartitionLease lease = new PartitionLease(record, false, rows);

  PartitionLeaseTest() {
    cluster.withTopic("progress", 1, Map.of());
  }

  private void check(PartitionLease ended) {
    int producers = cluster.transactionalProducers;
    int written = cluster.log("progress", 0).size();
    int asked = rows.countsAsked + rows.ceilingsAsked;
    assertThatThrownBy(ended::open).isInstanceOf(FencedException.class);
    assertThatThrownBy(() -> ended.write(VALUE)).isInstanceOf(FencedException.class);
    assertThatThrownBy(() -> ended.ceiling(TABLE, ExactWorld.P0))
        .isInstanceOf(ClickHouseException.class);
    assertThatThrownBy(() -> ended.counts(TABLE, ExactWorld.P0, OffsetSet.of(1)))
        .isInstanceOf(ClickHouseException.class);
    assertThatThrownBy(() -> ended.fence("token")).isInstanceOf(ClickHouseException.class);
    assertThatThrownBy(() -> ended.tokenAge(TABLE)).isInstanceOf(ClickHouseException.class);
    assertThat(rows.fenced).isEmpty();
    assertThat(cluster.transactionalProducers).isEqualTo(producers);
    assertThat(cluster.log("progress", 0)).hasSize(written);
    assertThat(rows.countsAsked + rows.ceilingsAsked).isEqualTo(asked);
    assertThat(ended.end()).isEmpty();
  }

  @Test
  void lease_that_has_not_ended_writes_and_asks() throws Exception {
    lease.open();
    lease.write(VALUE);
    assertThat(lease.value()).contains(VALUE);
    assertThat(cluster.log("progress", 0)).hasSize(1);
    rows.insert(5);
    assertThat(lease.ceiling(TABLE, ExactWorld.P0)).isEqualTo(5);
    assertThat(lease.counts(TABLE, ExactWorld.P0, OffsetSet.of(5)))
        .containsExactly(Map.entry(1L, OffsetSet.of(5)));
  }

  @Test
  void lease_that_has_ended_makes_no_request() throws Exception {
    lease.open();
    assertThat(lease.end()).contains(record);
    check(lease);
    assertThat(cluster.producersClosed).hasValue(0);
  }

  @Test
  void record_serves_the_next_lease() throws Exception {
    lease.open();
    lease.write(VALUE);
    PartitionLease next = new PartitionLease(lease.end().orElseThrow(), true, rows);
    next.write(VALUE);
    assertThat(next.end()).contains(record);
    assertThat(cluster.transactionalProducers).isEqualTo(1);
  }

  @Test
  void record_that_was_never_opened_serves_no_other_lease() {
    assertThat(lease.end()).isEmpty();
    check(lease);
  }

  @Test
  void lease_that_ends_while_it_opens_its_record_closes_it() {
    cluster.beforeFencing = once(() -> assertThat(lease.end()).isEmpty());
    assertThatThrownBy(lease::open)
        .isInstanceOf(FencedException.class)
        .hasMessage("the partition was released");
    assertThat(cluster.producersClosed).hasValue(1);
    check(lease);
  }

  @Test
  void lease_that_ends_during_a_request_that_succeeds_has_ended() {
    cluster.beforeEnds = once(() -> assertThat(lease.end()).isEmpty());
    assertThatThrownBy(lease::open)
        .isInstanceOf(FencedException.class)
        .hasMessage("the partition was released");
    check(lease);
  }

  @Test
  void lease_that_ends_during_a_write_closes_its_record() throws Exception {
    lease.open();
    cluster.beforeWrite = once(() -> assertThat(lease.end()).isEmpty());
    assertThatThrownBy(() -> lease.write(VALUE))
        .isInstanceOf(FencedException.class)
        .hasMessage("the partition was released");
    assertThat(cluster.producersClosed).hasValue(1);
    check(lease);
  }

  @Test
  void record_whose_write_has_failed_serves_no_other_lease() throws Exception {
    lease.open();
    IllegalStateException fault = new IllegalStateException("a bug");
    cluster.beforeWrite =
        () -> {
          throw fault;
        };
    assertThatThrownBy(() -> lease.write(VALUE)).isSameAs(fault);
    assertThat(lease.end()).isEmpty();
    assertThat(cluster.producersClosed).hasValue(1);
  }

  @Test
  void record_that_another_task_has_opened_serves_no_other_lease() throws Exception {
    lease.open();
    new KafkaFencedRecord(cluster, "progress", 1, "id", 0, new ManualTime()).open();
    assertThatThrownBy(() -> lease.write(VALUE))
        .isInstanceOf(FencedException.class)
        .hasMessageContaining("another task has claimed it");
    assertThat(lease.end()).isEmpty();
  }

  @Test
  void closing_ends_the_lease_and_closes_the_record_unless_it_was_given_on() throws Exception {
    lease.open();
    lease.close();
    assertThat(cluster.producersClosed).hasValue(1);
    assertThatThrownBy(record::open).isInstanceOf(KafkaException.class);
    KafkaFencedRecord other =
        new KafkaFencedRecord(cluster, "progress", 1, "id", 0, new ManualTime());
    PartitionLease second = new PartitionLease(other, false, rows);
    second.open();
    assertThat(second.end()).contains(other);
    second.close();
    assertThat(cluster.producersClosed).hasValue(1);
  }
}
