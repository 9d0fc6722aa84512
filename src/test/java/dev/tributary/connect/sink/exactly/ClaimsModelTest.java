package dev.tributary.connect.sink.exactly;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.kafka.FakeCluster;
import dev.tributary.connect.kafka.KafkaAccess;
import dev.tributary.connect.kafka.WatchedProducer;
import dev.tributary.connect.sink.batch.SmallBatches;
import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.clickhouse.FailureKind;
import dev.tributary.connect.sink.exactly.OwnedPartition.Claimed;
import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.progress.InsertedOffsets;
import dev.tributary.connect.sink.progress.Intent;
import dev.tributary.connect.sink.progress.ProgressTopic;
import dev.tributary.connect.sink.progress.ProgressWriter;
import dev.tributary.connect.sink.progress.TokenAge;
import dev.tributary.connect.sink.table.TableId;
import dev.tributary.connect.state.TaskScope;
import dev.tributary.connect.util.ManualBackground;
import dev.tributary.connect.util.ManualTime;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Tasks among which partitions move while Kafka and ClickHouse fail, and at any step of a claim. A
 * partition is assigned to one task at a time: only that one may make a request for it.
 */
class ClaimsModelTest {

  private static final String GROUP = "connect-shop";
  private static final int PARTITIONS = 4;
  private static final int STEPS = 120;

  @Property(tries = 300)
  void only_the_task_that_has_a_partition_makes_requests_for_it(@ForAll long seed) {
    try (World world = new World(seed)) {
      world.run();
      world.settle();
    } catch (Throwable e) {
      throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
    }
  }

  /** A partition that is assigned to a task. */
  private static final class Assigned {
    final Task task;
    final CompletableFuture<Claimed> claim;
    @Nullable CompletableFuture<Void> committed;

    Assigned(Task task, CompletableFuture<Claimed> claim) {
      this.task = task;
      this.claim = claim;
    }

    boolean isClaimed() {
      return claim.isDone() && !claim.isCompletedExceptionally();
    }
  }

  private static final class Task {
    final PartitionClaims claims;

    Task(World world) {
      KafkaAccess kafka = world.kafkaOf(this);
      claims =
          new PartitionClaims(
              "task",
              world.scope,
              kafka,
              new ProgressTopic(kafka, "progress", world.time),
              world.tablesOf(this),
              world.background.factory().start("claims", PartitionClaims.THREADS),
              world.time);
    }
  }

  private static final class World implements AutoCloseable {
    final Random random;
    final ManualTime time = new ManualTime();
    final ManualBackground background = new ManualBackground(time);
    final FakeCluster cluster = new FakeCluster();
    final TaskScope scope = TaskScope.enter("shop", GROUP, Map.of());
    final List<TopicPartition> partitions = new ArrayList<>();
    final Map<String, TopicPartition> byTopicId = new HashMap<>();
    final Map<TopicPartition, Assigned> assigned = new HashMap<>();
    final List<Task> tasks = new ArrayList<>();

    /** Collected, since a claim that is released reports no failure. */
    final List<String> violations = new ArrayList<>();

    boolean faults = true;
    boolean onTaskThread;
    boolean kafkaAway;
    boolean clickHouseAway;
    int producers;

    World(long seed) {
      random = new Random(seed);
      for (int i = 0; i < PARTITIONS; i++) {
        TopicPartition partition = new TopicPartition("t" + i, 0);
        partitions.add(partition);
        cluster.withTopic(partition.topic(), 1, Map.of());
        byTopicId.put(cluster.describe(partition.topic()).orElseThrow().id().toString(), partition);
      }
      tasks.add(new Task(this));
      tasks.add(new Task(this));
    }

    boolean once(int in) {
      return random.nextInt(in) == 0;
    }

    /** What a task asks Kafka for, checked. */
    KafkaAccess kafkaOf(Task task) {
      return (KafkaAccess)
          Proxy.newProxyInstance(
              getClass().getClassLoader(),
              new Class<?>[] {KafkaAccess.class},
              (proxy, method, arguments) -> {
                switch (method.getName()) {
                  case "describe" -> {
                    String topic = (String) arguments[0];
                    request(task, topic.equals("progress") ? List.of() : List.of(at(topic)));
                  }
                  case "commits" -> request(task, partitions(arguments[1]));
                  case "transactionalProducer" -> {
                    return producer(task, (String) arguments[0]);
                  }
                  default -> request(task, List.of());
                }
                try {
                  return method.invoke(cluster, arguments);
                } catch (InvocationTargetException e) {
                  throw e.getCause();
                }
              });
    }

    private static TopicPartition at(String topic) {
      return new TopicPartition(topic, 0);
    }

    private static List<TopicPartition> partitions(Object argument) {
      return ((Collection<?>) argument).stream().map(TopicPartition.class::cast).toList();
    }

    private Producer<byte[], byte[]> producer(Task task, String id) {
      TopicPartition partition = requireNonNull(byTopicId.get(id.split("/", -1)[2]));
      request(task, List.of(partition));
      producers++;
      return WatchedProducer.of(
          cluster.transactionalProducer(id),
          () -> requestTransaction(task, partition),
          () -> requestTransaction(task, partition),
          timeout -> {});
    }

    private void requestTransaction(Task task, TopicPartition partition) {
      request(task, List.of(partition));
      boolean fails = faults && (kafkaAway ? !once(4) : once(20));
      cluster.failedTransactionIsCommitted = random.nextBoolean();
      cluster.transactionFailure = fails ? new TimeoutException("no answer") : null;
    }

    InsertedOffsets tablesOf(Task task) {
      return new InsertedOffsets() {
        @Override
        public Map<Long, OffsetSet> counts(
            TableId table, TopicPartition partition, OffsetSet offsets) throws ClickHouseException {
          ask(task, partition);
          return new TreeMap<>();
        }

        @Override
        public void fence(String token) {}

        @Override
        public Optional<TokenAge> tokenAge(TableId table) {
          return Optional.empty();
        }

        @Override
        public long ceiling(TableId table, TopicPartition partition) throws ClickHouseException {
          ask(task, partition);
          return 100;
        }
      };
    }

    private void ask(Task task, TopicPartition partition) throws ClickHouseException {
      request(task, List.of(partition));
      if (faults && clickHouseAway) {
        throw new ClickHouseException(FailureKind.UNREACHABLE, 0, "away", null);
      }
    }

    /** A request is made, and then anything may happen before it is answered. */
    private void request(Task task, Collection<TopicPartition> of) {
      if (onTaskThread) {
        violations.add("a request on the task thread");
      } else if (!tasks.contains(task)) {
        violations.add("a request of a task that has ended");
      }
      for (TopicPartition partition : of) {
        Assigned now = assigned.get(partition);
        if (now == null || now.task != task) {
          violations.add("a request for " + partition + ", which is not assigned to the task");
        }
      }
      if (faults && once(8)) {
        act();
        if (!tasks.contains(task)) {
          throw new InterruptException("the task has ended");
        }
      }
    }

    /** What the framework does on the task thread. */
    private void act() {
      onTaskThread = true;
      try {
        TopicPartition partition = partitions.get(random.nextInt(PARTITIONS));
        Assigned now = assigned.get(partition);
        if (once(20)) {
          end(tasks.get(random.nextInt(tasks.size())));
        } else if (now == null) {
          Task task = tasks.get(random.nextInt(tasks.size()));
          assigned.put(partition, new Assigned(task, task.claims.claim(partition, 7)));
        } else if (once(3)) {
          assigned.remove(partition);
          now.task.claims.release(now.claim);
        } else if (now.isClaimed()) {
          use(partition, now);
        }
      } finally {
        onTaskThread = false;
      }
    }

    private void use(TopicPartition partition, Assigned now) {
      ProgressWriter progress = now.claim.join().progress();
      if (now.committed == null) {
        now.committed = now.task.claims.whenCommitted(now.claim);
      } else if (once(3)) {
        cluster.commit(GROUP, partition, new OffsetAndMetadata(7, progress.metadata()));
      } else {
        var unused = intend(progress);
      }
    }

    private CompletableFuture<List<Intent>> intend(ProgressWriter progress) {
      return progress.intend(
          SmallBatches.TABLE.id(),
          List.of(OffsetSet.of(random.nextInt(200)), OffsetSet.of(random.nextInt(200))),
          Optional.empty());
    }

    /** A task ends, and another one takes its place. */
    private void end(Task task) {
      boolean inOrder = random.nextBoolean();
      for (TopicPartition partition : partitions) {
        Assigned now = assigned.get(partition);
        if (now != null && now.task == task) {
          assigned.remove(partition);
          if (inOrder) {
            task.claims.release(now.claim);
          }
        }
      }
      tasks.remove(task);
      task.claims.close();
      tasks.add(new Task(this));
    }

    void run() {
      for (int step = 0; step < STEPS; step++) {
        switch (random.nextInt(8)) {
          case 0, 1, 2 -> act();
          case 3, 4, 5 -> {
            background.runNext();
            Thread.interrupted(); // the next work runs on another thread
          }
          case 6 -> time.advance(random.nextInt(3_000));
          default -> {
            kafkaAway = once(4);
            clickHouseAway = once(3);
          }
        }
        check();
      }
    }

    /** Also ends tasks of which a claim has failed, as the sink does. */
    private void check() {
      assertThat(violations).isEmpty();
      for (Assigned now : List.copyOf(assigned.values())) {
        if (now.claim.isCompletedExceptionally() && tasks.contains(now.task)) {
          end(now.task);
        } else if (now.isClaimed()) {
          assertThat(now.claim.join().progress().isFenced()).as("fenced").isFalse();
        }
      }
    }

    /** Without further faults each owner can write, and finds its commit. */
    void settle() {
      faults = false;
      cluster.transactionFailure = null;
      pass();
      check();
      assigned.forEach(
          (partition, now) -> {
            assertThat(now.claim).as("claim of " + partition).isCompleted();
            ProgressWriter progress = now.claim.join().progress();
            now.committed = now.task.claims.whenCommitted(now.claim);
            cluster.commit(GROUP, partition, new OffsetAndMetadata(7, progress.metadata()));
          });
      pass();
      assigned.forEach(
          (partition, now) -> {
            assertThat(now.committed).as("commit of " + partition).isCompleted();
            CompletableFuture<List<Intent>> intents = intend(now.claim.join().progress());
            background.runDue();
            assertThat(intents).as("intents of " + partition).isCompleted();
          });
      for (Task task : List.copyOf(tasks)) {
        end(task);
      }
      tasks.forEach(task -> task.claims.close());
      pass();
      assertThat(violations).isEmpty();
      assertThat(background.open()).isZero();
      assertThat(cluster.producersClosed).hasValue(producers);
    }

    private void pass() {
      for (int i = 0; i < 200; i++) {
        background.runDue();
        time.advance(100);
      }
    }

    @Override
    public void close() {
      scope.close();
    }
  }
}
