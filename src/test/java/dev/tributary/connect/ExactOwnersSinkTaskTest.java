package dev.tributary.connect;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.sink.clickhouse.Attempt;
import dev.tributary.connect.sink.clickhouse.Fate;
import dev.tributary.connect.state.TaskScope;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.connect.errors.DataException;
import org.junit.jupiter.api.Test;

/** Sink tasks with {@code delivery=exactly_once} that own a partition one after the other. */
class ExactOwnersSinkTaskTest extends ExactSinkTaskFixture {

  @Test
  void next_owner_sends_what_was_announced_as_it_was() {
    clickHouse.onInsert(attempt -> Fate.lostRequest());
    SimulatedTask first = connect.start();
    send(P0, 13);
    first.run(8);
    String announced = token(0);
    clickHouse.onInsert(attempt -> Fate.pass());
    clickHouse.attempts().clear();

    SimulatedTask second = afterKill();
    second.run(60);
    assertOnce(P0, 0, 13);
    assertThat(clickHouse.attempts())
        .anySatisfy(
            attempt -> {
              assertThat(attempt.token()).isEqualTo(announced);
              assertThat(attempt.rows()).hasSize(10);
            });
    assertThat(connect.committed(P0)).isEqualTo(13);
  }

  @Test
  void next_owner_finds_what_had_arrived_and_inserts_none_of_it() {
    SimulatedTask first = connect.start();
    send(P0, 10);
    first.run(4);
    clickHouse.onInsert(attempt -> Fate.lostAnswer());
    for (int i = 0; i < 4 && clickHouse.attempts().isEmpty(); i++) {
      first.poll(100);
      first.background.runDue();
    }
    assertOnce(P0, 0, 10);
    assertThat(connect.committed(P0)).isZero();
    clickHouse.onInsert(attempt -> Fate.pass());

    afterKill().run(60);
    assertOnce(P0, 0, 10);
    assertThat(connect.committed(P0)).isEqualTo(10);
  }

  @Test
  void zombie_that_continues_inserts_nothing_more_and_its_late_request_is_dropped() {
    clickHouse.onInsert(attempt -> Fate.late());
    SimulatedTask zombie = connect.start();
    send(P0, 10);
    zombie.run(8);
    clickHouse.onInsert(attempt -> Fate.pass());
    SimulatedTask owner = afterKill();
    owner.run(60);
    assertOnce(P0, 0, 10);

    int attempts = clickHouse.attempts().size();
    time.advance(11_000); // its proof of ownership is older than that
    send(P0, 10);
    zombie.background.runDue();
    zombie.poll(100);
    zombie.background.runDue();
    assertThat(clickHouse.attempts()).hasSize(attempts);
    for (int late = 0; late < clickHouse.late().size(); late++) {
      assertThat(clickHouse.landLate(late).orElseThrow().code()).isEqualTo(372);
    }
    owner.run(40);
    assertOnce(P0, 0, 20);
  }

  @Test
  void fenced_task_commits_nothing_new_and_claims_its_partition_again_after_a_while() {
    SimulatedTask task = connect.start();
    send(P0, 10);
    task.run(20);
    SimulatedTask other = connect.start();
    other.run(5);
    send(P0, 10);
    time.advance(11_000);
    task.run(3);
    long committed = connect.committed(P0);
    task.run(30);
    assertThat(task.paused).contains(P0);
    assertThat(connect.committed(P0)).isEqualTo(committed);
    task.run(80); // the other one is gone, and this one is still assigned
    assertOnce(P0, 0, 20);
    assertThat(connect.committed(P0)).isEqualTo(20);
  }

  /** What a transform held there is gone with the partition, and is delivered again. */
  @Test
  void fenced_partition_is_claimed_again_while_a_transform_holds_its_records() {
    Holder holder = new Holder(record -> record.originalKafkaOffset() == 12);
    SimulatedTask task = new SimulatedTask(connect);
    TaskScope.current().orElseThrow().join(holder);
    task.transforms.add(holder::apply);
    task.assign(connect.partitions());
    send(P0, 10);
    task.run(20);
    connect.start().run(5);
    send(P0, 10);
    time.advance(11_000);
    task.run(30);
    assertThat(task.paused).contains(P0);
    time.advance(5_000);
    task.poll(100); // claims it again
    assertThat(holder.letGo()).isFalse();
    task.run(80);
    assertThat(connect.committed(P0)).isEqualTo(12);
    assertThat(holder.letGo()).isTrue();
    task.run(40);
    assertOnce(P0, 0, 20);
    assertThat(connect.committed(P0)).isEqualTo(20);
  }

  @Test
  void bad_row_of_an_inherited_insert_is_pending_until_it_is_inserted() {
    clickHouse.onInsert(attempt -> Fate.lostRequest());
    SimulatedTask first = connect.start();
    send(P0, 10);
    first.run(8);
    clickHouse.onInsert(attempt -> Fate.pass());
    table.alter("id UInt8", "_topic String", "_partition Int32", "_offset Int64");
    connect
        .log(P0)
        .set(4, new SimulatedConnect.Source(time.milliseconds(), null, Map.of("id", 300L)));

    SimulatedTask second = afterKill();
    assertThatThrownBy(() -> second.run(60)).isInstanceOf(DataException.class);
    second.commit();
    assertThat(connect.committed(P0)).isZero();

    table.alter("id Int64", "_topic String", "_partition Int32", "_offset Int64");
    afterKill().run(60);
    assertOnce(P0, 0, 10);
    assertThat(connect.committed(P0)).isEqualTo(10);
  }

  @Test
  void progress_that_is_gone_stops_the_task() {
    SimulatedTask task = connect.start();
    send(P0, 10);
    task.run(30);
    for (int partition = 0; partition < 8; partition++) {
      cluster.log("shop-progress", partition).clear();
    }
    SimulatedTask next = connect.start();
    assertThatThrownBy(() -> next.run(5))
        .isInstanceOf(StateUnavailableError.class)
        .hasMessageContaining("is gone from its topic");
  }

  @Test
  void offsets_that_a_user_has_reset_are_a_new_start() {
    SimulatedTask task = connect.start();
    send(P0, 10);
    task.run(30);
    task.stop();
    connect.cluster.commit(SimulatedConnect.GROUP, P0, new OffsetAndMetadata(5));
    afterKill().run(40);
    Map<Long, Integer> expected = new HashMap<>();
    LongStream.range(0, 10).forEach(id -> expected.put(id, id < 5 ? 1 : 2));
    assertThat(table.offsets("t", 0)).isEqualTo(expected);
    assertThat(clickHouse.attempts()).extracting(Attempt::token).doesNotHaveDuplicates();
  }

  @Test
  void partition_that_comes_back_continues_without_a_new_epoch() {
    SimulatedTask task = connect.start();
    send(P0, 10);
    task.run(20);
    String metadata = requireNonNull(connect.commit(P0)).metadata();
    task.revoke(Set.of(P0));
    task.background.runDue();
    task.assign(Set.of(P0));
    send(P0, 10);
    task.run(40);
    assertOnce(P0, 0, 20);
    assertThat(requireNonNull(connect.commit(P0)).metadata()).isEqualTo(metadata);
  }
}
