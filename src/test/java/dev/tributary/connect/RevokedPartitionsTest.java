package dev.tributary.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.tributary.connect.kafka.FakeCluster;
import dev.tributary.connect.sink.clickhouse.FakeClickHouse;
import dev.tributary.connect.sink.clickhouse.FakeTable;
import dev.tributary.connect.sink.clickhouse.Fate;
import dev.tributary.connect.state.StubMember;
import dev.tributary.connect.state.TaskScope;
import dev.tributary.connect.util.ManualTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.Test;

/** What the sink task keeps and drops when partitions go, and what the transforms hear of it. */
class RevokedPartitionsTest {

  private static final TopicPartition P0 = new TopicPartition("t", 0);
  private static final TopicPartition P1 = new TopicPartition("t", 1);

  private final ManualTime time = new ManualTime();
  private final FakeTable table = new FakeTable("t", "id Int64");
  private final FakeClickHouse clickHouse = new FakeClickHouse(time).with(table);
  private final SimulatedConnect connect =
      new SimulatedConnect(time, new FakeCluster(), clickHouse)
          .topic("t", 2)
          .with("batch.max.rows", "10")
          .with("batch.max.delay.ms", "1000")
          .with("errors.deadletterqueue.topic.name", "dlq");

  private void send(TopicPartition partition, Object... ids) {
    for (Object id : ids) {
      connect.send(partition, Map.of("id", id));
    }
  }

  private List<Long> ids() {
    return table.rows().stream().map(row -> (Long) row.get("id")).sorted().toList();
  }

  @Test
  void rows_of_partitions_that_stay_are_inserted_without_being_delivered_again() {
    SimulatedTask task = connect.start();
    send(P1, 1L, 2L, 3L);
    task.poll(100);
    task.task.close(List.of(P0)); // lost, without a last commit
    task.run(20);
    assertThat(ids()).containsExactly(1L, 2L, 3L);
    assertThat(connect.committed(P1)).isEqualTo(3);
  }

  @Test
  void records_that_wait_for_their_table_go_with_their_partition() {
    clickHouse.onSelect(sql -> Optional.of(FakeClickHouse.unreachable()));
    SimulatedTask task = connect.start();
    send(P0, 1L, 2L);
    send(P1, 11L, 12L);
    task.poll(100);
    task.revoke(List.of(P0));
    clickHouse.onSelect(sql -> Optional.empty());
    task.run(50);
    assertThat(ids()).containsExactly(11L, 12L);
    assertThat(connect.committed(P0)).isZero();
  }

  @Test
  void failed_report_of_a_partition_that_is_gone_does_not_fail_the_task() {
    SimulatedTask task = connect.start();
    task.holdsReports = true;
    send(P0, "bad");
    task.poll(100);
    assertThat(task.reports).hasSize(1);
    task.revoke(List.of(P0));
    task.reports.get(0).completeExceptionally(new ConnectException("the queue is gone"));
    send(P1, 11L);
    assertThatCode(() -> task.run(20)).doesNotThrowAnyException();
    assertThat(ids()).containsExactly(11L);
    assertThat(connect.committed(P0)).isZero();
  }

  @Test
  void transforms_hear_of_each_poll_and_of_partitions_that_go() {
    SimulatedTask task = connect.start();
    List<String> heard = new ArrayList<>();
    TaskScope.current()
        .orElseThrow()
        .join(
            new StubMember("stub") {
              @Override
              public void polled() {
                heard.add("polled");
              }

              @Override
              public void closed(Collection<TopicPartition> partitions) {
                heard.add("closed " + partitions);
              }
            });
    task.poll(100);
    task.poll(100);
    task.revoke(List.of(P0));
    assertThat(heard).containsExactly("polled", "polled", "closed [t-0]");
  }

  @Test
  void framework_comes_back_soon_while_partitions_are_paused() {
    clickHouse.onInsert(attempt -> Fate.refused());
    SimulatedTask task = connect.with("insert.max.in.flight", "1").start();
    for (long id = 0; id < 40; id++) {
      send(P0, id);
    }
    task.run(20);
    assertThat(task.paused).isNotEmpty();
    assertThat(task.timeoutMs).isEqualTo(100);
  }
}
