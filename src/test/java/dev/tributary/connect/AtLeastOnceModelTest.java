package dev.tributary.connect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.kafka.FakeCluster;
import dev.tributary.connect.sink.clickhouse.Attempt;
import dev.tributary.connect.sink.clickhouse.FakeClickHouse;
import dev.tributary.connect.sink.clickhouse.FakeTable;
import dev.tributary.connect.sink.clickhouse.Fate;
import dev.tributary.connect.sink.clickhouse.Reach;
import dev.tributary.connect.state.TaskScope;
import dev.tributary.connect.util.ManualTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/**
 * The real sink task with {@code delivery=at_least_once} in a world where everything goes wrong:
 * tasks that die at any step, zombies that continue, partitions that move, requests that arrive
 * late, answers that are lost, a server that dies between logging a token and writing the rows,
 * tables with partitions, bad rows, records that a transform drops or holds back, and offsets that
 * are delivered again. {@link DeliveryModel} does the same with {@code delivery=exactly_once}.
 */
class AtLeastOnceModelTest {

  private static final int RECORDS = 30;
  private static final int STEPS = 160;

  @Property(tries = 300)
  void at_least_once_no_record_is_missing(@ForAll long seed) {
    World world = new World(seed);
    world.run();
    assertThat(world.rows().keySet()).as("seed " + seed).isEqualTo(world.expected().keySet());
  }

  /** A task, and what stands in front of it. */
  private record Running(SimulatedTask task, Holder holder) {}

  private static final class World {
    final Random random;
    final ManualTime time = new ManualTime();
    final FakeCluster cluster = new FakeCluster();
    final FakeTable table =
        new FakeTable("t", "id Int64", "_topic String", "_partition Int32", "_offset Int64")
            .window(100_000);
    final FakeClickHouse clickHouse = new FakeClickHouse(time).with(table);
    final SimulatedConnect connect = new SimulatedConnect(time, cluster, clickHouse);
    final List<TopicPartition> partitions;

    /** Which a transform drops, by partition and offset: duplicates, say. */
    final Set<String> dropped = new HashSet<>();

    final Set<String> bad = new HashSet<>();
    final List<Running> zombies = new ArrayList<>();

    /** Tokens of requests that may still arrive: their batches are not refused afterwards. */
    final Set<String> maybeComing = new HashSet<>();

    Running running;
    boolean faults = true;

    World(long seed) {
      this.random = new Random(seed);
      int count = 1 + random.nextInt(2);
      connect
          .topic("t", count)
          .with("metadata.columns", "topic:_topic,partition:_partition,offset:_offset")
          .with("delivery", "at_least_once")
          .with("batch.max.rows", String.valueOf(1 + random.nextInt(8)))
          .with("batch.max.delay.ms", "500")
          .with("insert.max.in.flight", String.valueOf(1 + random.nextInt(3)))
          .with("retry.backoff.ms", "50")
          .with("retry.backoff.max.ms", "200")
          .with("errors.deadletterqueue.topic.name", "dlq");
      partitions = List.copyOf(connect.partitions());
      if (random.nextBoolean()) {
        table.partitionBy(row -> String.valueOf(row.get("id") instanceof Long id ? id % 3 : 0));
      }
      for (TopicPartition partition : partitions) {
        for (long offset = 0; offset < RECORDS; offset++) {
          connect.send(partition, Map.of("id", offset));
          if (random.nextInt(5) == 0) {
            dropped.add(name(partition, offset));
          } else if (random.nextInt(25) == 0) {
            bad.add(name(partition, offset));
          }
        }
      }
      table.refuses(
          469,
          "bad row",
          row ->
              bad.contains(
                  row.get("_topic") + "-" + row.get("_partition") + "@" + row.get("_offset")));
      clickHouse.onInsert(this::fate);
      clickHouse.onSelect(
          sql ->
              faults && random.nextInt(25) == 0
                  ? Optional.of(FakeClickHouse.unreachable())
                  : Optional.empty());
      running = start(new HashSet<>(partitions));
    }

    static String name(TopicPartition partition, long offset) {
      return partition + "@" + offset;
    }

    static String name(SinkRecord record) {
      return name(
          new TopicPartition(record.originalTopic(), record.originalKafkaPartition()),
          record.originalKafkaOffset());
    }

    Map<String, Integer> expected() {
      Map<String, Integer> expected = new HashMap<>();
      for (TopicPartition partition : partitions) {
        for (long offset = 0; offset < RECORDS; offset++) {
          String name = name(partition, offset);
          if (!dropped.contains(name) && !bad.contains(name)) {
            expected.merge(name, 1, Integer::sum);
          }
        }
      }
      return expected;
    }

    Map<String, Integer> rows() {
      Map<String, Integer> rows = new HashMap<>();
      for (TopicPartition partition : partitions) {
        table
            .offsets(partition.topic(), partition.partition())
            .forEach((offset, count) -> rows.put(name(partition, offset), count));
      }
      return rows;
    }

    private Running start(Collection<TopicPartition> assigned) {
      SimulatedTask task = new SimulatedTask(connect);
      Holder holder = new Holder(record -> faults && random.nextInt(10) == 0);
      TaskScope.current().orElseThrow().join(holder);
      task.transforms.add(this::deduplicated);
      task.transforms.add(holder::apply);
      task.assign(assigned);
      return new Running(task, holder);
    }

    private @Nullable SinkRecord deduplicated(SinkRecord record) {
      return dropped.contains(name(record)) ? null : record;
    }

    private Fate fate(Attempt attempt) {
      int what = faults ? random.nextInt(14) : 99;
      if (what == 0) {
        maybeComing.add(attempt.token());
        return Fate.late();
      } else if (what == 1) {
        return Fate.lostAnswer();
      } else if (what == 2) {
        return Fate.lostRequest();
      } else if (what == 3) {
        return Fate.split(random.nextInt(3));
      } else if (what == 4) {
        return killed();
      } else if (what == 5) {
        return Fate.refused();
      } else if (what == 6) {
        return Fate.error(252, "Too many parts");
      } else if (what == 7 && attempt.rows().size() > 1 && !maybeComing.contains(attempt.token())) {
        return Fate.error(241, "Memory limit exceeded");
      }
      return Fate.pass();
    }

    /** A server that is started again gives other answers than its old tokens would. */
    private Fate killed() {
      Fate fate = Fate.noAnswer(Reach.killedAfter(random.nextInt(3), random.nextInt(3)));
      clickHouse.kill();
      clickHouse.start();
      return fate;
    }

    void run() {
      for (int step = 0; step < STEPS; step++) {
        step();
        checkCommits();
      }
      faults = false;
      kill();
      for (int round = 0; round < 200 && !isDone(); round++) {
        while (running.holder.letGo()) {}
        running.task.run(3);
        checkCommits();
      }
      assertThat(isDone()).as("everything is committed in the end").isTrue();
      for (int request = 0; request < clickHouse.late().size(); request++) {
        var unused = clickHouse.landLate(request);
      }
    }

    private boolean isDone() {
      return partitions.stream().allMatch(partition -> connect.committed(partition) == RECORDS);
    }

    private void step() {
      SimulatedTask task = running.task;
      switch (random.nextInt(24)) {
        case 0 -> kill();
        case 1 -> {
          if (!zombies.isEmpty()) {
            zombie(zombies.get(random.nextInt(zombies.size())));
          }
        }
        case 2 -> {
          if (!clickHouse.late().isEmpty()) {
            int request = random.nextInt(clickHouse.late().size());
            var unused = clickHouse.landLate(request, Reach.partitions(random.nextInt(4)));
          }
        }
        case 3 -> time.advance(random.nextInt(4) == 0 ? 11_000 : 300);
        case 4 -> task.rebalance(random);
        case 5 -> {
          boolean unused = running.holder.letGo();
        }
        case 6 -> task.stepBack(random, connect::committed);
        case 7, 8 -> task.commit();
        case 9, 10, 11, 12, 13, 14, 15 -> {
          boolean unused = task.background.runNext();
        }
        case 16, 17 -> {
          task.background.runDue();
          time.advance(50);
        }
        default -> task.iterate(1 + random.nextInt(5));
      }
    }

    private void kill() {
      zombies.add(running);
      running = start(new HashSet<>(partitions));
    }

    /**
     * It has lost its partitions without knowing: it commits nothing, but may continue otherwise.
     */
    private void zombie(Running zombie) {
      boolean unused = zombie.task.background.runNext();
    }

    /** What is committed never comes again, so it must be there. */
    private void checkCommits() {
      Map<String, Integer> rows = rows();
      Set<String> letters = new HashSet<>();
      connect.deadLetters.forEach(record -> letters.add(name(record)));
      for (TopicPartition partition : partitions) {
        for (long offset = 0; offset < connect.committed(partition); offset++) {
          String name = name(partition, offset);
          if (!dropped.contains(name) && !letters.contains(name)) {
            assertThat(rows.getOrDefault(name, 0)).as(name + " is committed").isPositive();
          }
        }
      }
    }
  }
}
