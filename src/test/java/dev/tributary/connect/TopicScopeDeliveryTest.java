package dev.tributary.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tributary.connect.kafka.FakeCluster;
import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.sink.clickhouse.FakeClickHouse;
import dev.tributary.connect.sink.clickhouse.FakeTable;
import dev.tributary.connect.sink.clickhouse.Fate;
import dev.tributary.connect.util.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code scope=topic} over hard kills: which of two records of a key passes depends on the order in
 * which their partitions are delivered, so the next task must know what a row rests on.
 */
class TopicScopeDeliveryTest {

  private final List<World> worlds = new ArrayList<>();

  private World world(String scope, String delivery, int partitions) {
    World world = new World(scope, delivery, partitions);
    worlds.add(world);
    return world;
  }

  @AfterEach
  void stop() {
    worlds.forEach(World::kill);
  }

  /** A connector with Deduplicate in front of the sink, and the task of it that runs. */
  private static final class World {
    final ManualTime time = new ManualTime();
    final FakeCluster cluster = new FakeCluster();
    final FakeTable table =
        new FakeTable("t", "id String", "_topic String", "_partition Int32", "_offset Int64")
            .window(1_000);
    final FakeClickHouse clickHouse = new FakeClickHouse(time).with(table);
    final SimulatedConnect connect;
    final List<TopicPartition> partitions;
    SimulatedTask task;

    World(String scope, String delivery, int partitions) {
      connect =
          new SimulatedConnect(time, cluster, clickHouse)
              .topic("t", partitions)
              .with("delivery", delivery)
              .with("metadata.columns", "topic:_topic,partition:_partition,offset:_offset")
              .with("batch.max.rows", "1")
              .with("transforms", "dedup")
              .with("transforms.dedup.type", Deduplicate.class.getName())
              .with("transforms.dedup.key.fields", "id")
              .with("transforms.dedup.window", "1h")
              .with("transforms.dedup.scope", scope);
      this.partitions = List.copyOf(connect.partitions());
      task = started();
    }

    private SimulatedTask started() {
      SimulatedTask next = connect.start();
      await()
          .pollInSameThread()
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(1))
          .until(
              () -> {
                next.iterate(0);
                next.background.runDue();
                time.advance(50);
                return next.paused.isEmpty();
              });
      return next;
    }

    void send(int partition, String id) {
      connect.send(partitions.get(partition), Map.of("id", id));
    }

    /** One record of a partition goes through the transform to the sink. */
    void deliver(int partition) {
      task.poll(List.of(partitions.get(partition)), 1);
      task.background.runDue();
    }

    /** The process is gone, and with it what was not sent or did not arrive. */
    void kill() {
      cluster.loseInFlight();
      task.kill();
    }

    void restart() {
      kill();
      task = started();
    }

    boolean isDone() {
      return partitions.stream().allMatch(one -> connect.committed(one) == connect.log(one).size());
    }

    void runToTheEnd() {
      for (int round = 0; round < 200 && !isDone(); round++) {
        task.run(1);
      }
      assertThat(isDone()).as("everything is committed in the end").isTrue();
    }

    /** The coordinates of the rows with each key. */
    Map<String, Set<String>> rows() {
      Map<String, Set<String>> rows = new TreeMap<>();
      for (Map<String, @Nullable Object> row : table.rows()) {
        rows.computeIfAbsent(String.valueOf(row.get("id")), id -> new TreeSet<>())
            .add(row.get("_partition") + "@" + row.get("_offset"));
      }
      return rows;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"at_least_once", "exactly_once"})
  void after_a_kill_that_loses_a_mark_another_record_of_the_key_may_pass(String delivery) {
    World world = world("topic", delivery, 2);
    world.send(1, "a");
    world.deliver(1);
    world.send(0, "a");
    world.deliver(0);
    assertThat(world.clickHouse.attempts()).isEmpty();
    world.restart();
    world.deliver(0);
    world.deliver(1);
    world.runToTheEnd();
    assertThat(world.rows()).isEqualTo(Map.of("a", Set.of("0@0")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"at_least_once", "exactly_once"})
  void after_a_kill_the_record_passes_again_whose_mark_is_durable(String delivery) {
    World world = world("topic", delivery, 2);
    world.send(1, "a");
    world.deliver(1);
    world.cluster.land();
    world.task.background.runDue();
    assertThat(world.clickHouse.attempts()).hasSize(1);
    world.send(0, "a");
    world.restart();
    world.deliver(0);
    world.deliver(1);
    world.runToTheEnd();
    assertThat(world.rows()).isEqualTo(Map.of("a", Set.of("1@0")));
  }

  @Test
  void without_other_partitions_in_a_decision_rows_do_not_wait_for_marks() {
    World world = world("partition", "at_least_once", 1);
    world.send(0, "a");
    world.deliver(0);
    assertThat(world.clickHouse.attempts()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"at_least_once", "exactly_once"})
  void marks_that_cannot_be_written_fail_the_task_and_no_row_is_sent(String delivery) {
    World world = world("topic", delivery, 2);
    world.cluster.sendFailure = new TimeoutException("Expiring 1 record(s) for t-state-1");
    world.send(1, "a");
    world.deliver(1);
    world.cluster.land();
    world.task.background.runDue();
    assertThat(world.clickHouse.attempts()).isEmpty();
    assertThatThrownBy(() -> world.task.poll(0))
        .isInstanceOf(StateUnavailableError.class)
        .hasMessageContaining("Expiring 1 record(s)");
  }

  @Property(tries = 60)
  void rows_of_a_key_are_those_of_one_record_at_least_once(@ForAll long seed) {
    checkOneRecordOfAKey(seed, "at_least_once");
  }

  @Property(tries = 60)
  void rows_of_a_key_are_those_of_one_record_exactly_once(@ForAll long seed) {
    World world = checkOneRecordOfAKey(seed, "exactly_once");
    assertThat(world.table.rows()).as("seed " + seed).hasSize(world.rows().size());
  }

  /**
   * Kills at any step, with any part of the marks arrived, and another order of partitions then.
   */
  private World checkOneRecordOfAKey(long seed, String delivery) {
    Random random = new Random(seed);
    World world = new World("topic", delivery, 2 + random.nextInt(2));
    try {
      Set<String> sent = new TreeSet<>();
      for (int i = 0; i < 20; i++) {
        String id = "k" + random.nextInt(6);
        world.send(random.nextInt(world.partitions.size()), id);
        sent.add(id);
      }
      world.clickHouse.onInsert(attempt -> random.nextInt(8) == 0 ? Fate.late() : Fate.pass());
      for (int step = 0; step < 80; step++) {
        step(world, random);
      }
      world.clickHouse.onInsert(attempt -> Fate.pass());
      world.restart();
      world.runToTheEnd();
      for (int request = 0; request < world.clickHouse.late().size(); request++) {
        var unused = world.clickHouse.landLate(request);
      }
      Map<String, Set<String>> rows = world.rows();
      assertThat(rows.keySet()).as("seed " + seed).isEqualTo(sent);
      assertThat(rows)
          .as("seed " + seed)
          .allSatisfy((id, records) -> assertThat(records).hasSize(1));
      return world;
    } finally {
      world.kill();
    }
  }

  private static void step(World world, Random random) {
    switch (random.nextInt(16)) {
      case 0 -> world.restart();
      case 1 -> world.cluster.land();
      case 2, 3, 4 -> {
        boolean unused = world.cluster.landNext();
      }
      case 5 -> world.task.commit();
      case 6, 7, 8, 9 -> {
        boolean unused = world.task.background.runNext();
      }
      case 10 -> world.time.advance(200);
      default -> {
        List<TopicPartition> order = new ArrayList<>(world.partitions);
        Collections.shuffle(order, random);
        world.task.poll(order.subList(0, 1 + random.nextInt(order.size())), 1);
      }
    }
  }
}
