package dev.tributary.connect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.DeliveryFaults.Fault;
import dev.tributary.connect.kafka.FakeCluster;
import dev.tributary.connect.sink.clickhouse.FakeClickHouse;
import dev.tributary.connect.sink.clickhouse.FakeTable;
import dev.tributary.connect.sink.clickhouse.Reach;
import dev.tributary.connect.sink.progress.SourceId;
import dev.tributary.connect.state.TaskScope;
import dev.tributary.connect.util.ManualTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/**
 * One schedule of {@code delivery=exactly_once}: the real sink task in a world in memory, where
 * some of the {@link Fault}s happen at random steps, beside answers that are lost, inserts that
 * stop between two partitions, servers that die between logging a token and writing the rows, bad
 * rows, and records that a transform drops. A seed always gives the same schedule.
 */
final class DeliveryModel {

  static final int PARTITIONS = 3;
  static final int STEPS = 50;
  private static final Pattern WAY_OUT =
      Pattern.compile("set the offset of t-(\\d+) to (\\d+), delete");

  /** A task, and what stands in front of it. */
  private record Running(SimulatedTask task, Holder holder) {}

  private final Random random;
  private final DeliveryFaults faults;
  private final ManualTime time = new ManualTime();
  private final FakeCluster cluster = new FakeCluster();
  private final FaultyServer server;
  private final FakeTable table;
  private final FakeClickHouse clickHouse;
  private final SimulatedConnect connect;
  private final List<TopicPartition> partitions;
  private final ModelRecords records;
  private final List<Running> zombies = new ArrayList<>();
  private Running running;
  private int topics = 1;

  DeliveryModel(long seed) {
    random = new Random(seed);
    faults = new DeliveryFaults(random);
    int mostRows = 1 + random.nextInt(6);
    int mostInFlight = 1 + random.nextInt(2);
    server = new FaultyServer(random, faults, time);
    table = server.table;
    clickHouse = server.clickHouse;
    connect =
        new SimulatedConnect(time, cluster, clickHouse)
            .topic("t", PARTITIONS)
            .exactlyOnce()
            .with("batch.max.rows", String.valueOf(mostRows))
            .with("batch.max.delay.ms", "500")
            .with("insert.max.in.flight", String.valueOf(mostInFlight))
            .with("retry.backoff.ms", "50")
            .with("retry.backoff.max.ms", "200")
            .with("errors.deadletterqueue.topic.name", "dlq");
    cluster.withTopic("t", new Uuid(seed, topics), PARTITIONS, Map.of());
    partitions = List.copyOf(connect.partitions());
    records = new ModelRecords(random, connect);
    table.refuses(469, "bad row", records::isBad);
    running = start();
  }

  /** The faults that happened. */
  Set<Fault> happened() {
    return faults.happened();
  }

  private Running start() {
    SimulatedTask task = new SimulatedTask(connect);
    Holder holder = new Holder(record -> faults.happen(Fault.HELD, 8));
    TaskScope.current().orElseThrow().join(holder);
    task.transforms.add(this::deduplicated);
    task.transforms.add(holder::apply);
    task.assign(partitions);
    return new Running(task, holder);
  }

  private @Nullable SinkRecord deduplicated(SinkRecord record) {
    faults.throwSometimes();
    return records.isDropped(record) ? null : record;
  }

  void run() {
    for (int step = 0; step < STEPS; step++) {
      guarded(this::step);
      checkCommits();
    }
    faults.allow(false);
    server.fixView();
    kill();
    for (int round = 0; round < 200 && !isDone(); round++) {
      while (running.holder.letGo()) {}
      guarded(() -> running.task.run(3));
      checkCommits();
    }
    assertThat(isDone()).as("everything is committed in the end").isTrue();
    for (int request = 0; request < clickHouse.late().size(); request++) {
      var unused = clickHouse.landLate(request);
    }
    assertThat(records.rows(table)).isEqualTo(records.expected());
    if (server.hasView()) {
      assertThat(records.rows(server.target)).as("the view").isEqualTo(records.expected());
    }
  }

  /** The offset that was committed for this topic, not for one before it. */
  private long committed(TopicPartition partition) {
    OffsetAndMetadata commit = connect.commit(partition);
    boolean other =
        commit != null
            && new SourceId(SimulatedConnect.CONNECTOR, partition, topicId())
                .isOfAnotherTopic(commit.metadata());
    return commit == null || other ? 0 : commit.offset();
  }

  private Uuid topicId() {
    return cluster.describe("t").orElseThrow().id();
  }

  private boolean isDone() {
    return partitions.stream().allMatch(partition -> committed(partition) == ModelRecords.COUNT);
  }

  /** Runs a step of the task, and does what the framework and the user do when it fails. */
  private void guarded(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException | Error e) {
      if (!DeliveryFaults.areCauseOf(e)
          && !String.valueOf(e.getMessage()).contains("materialized views")
          && !String.valueOf(e.getMessage()).contains("injected")) {
        throw e;
      }
      failed(running);
      if (server.viewRefuses() && random.nextBoolean()) {
        server.toggleView();
      }
      Matcher wayOut = WAY_OUT.matcher(String.valueOf(e.getMessage()));
      if (wayOut.find()) {
        TopicPartition partition = new TopicPartition("t", Integer.parseInt(wayOut.group(1)));
        long offset = Long.parseLong(wayOut.group(2));
        guarded(() -> fillViewAndContinue(partition, offset));
      } else {
        running = start();
      }
    }
  }

  /** What the framework does with a task that has thrown. */
  private static void failed(Running running) {
    for (Runnable step :
        List.<Runnable>of(
            running.task::commit,
            () -> running.task.revoke(List.copyOf(running.task.assigned())),
            running.task.task::stop)) {
      try {
        step.run();
      } catch (RuntimeException | Error e) {
        // it is logged
      }
    }
  }

  /** What the error tells the user to do. */
  private void fillViewAndContinue(TopicPartition partition, long offset) {
    delete(table, partition, offset);
    delete(server.target, partition, offset);
    fillView(List.of(partition));
    setOffset(partition, offset);
  }

  /** The user fills the view with the rows of partitions that it lacks. */
  private void fillView(Collection<TopicPartition> of) {
    if (!server.hasView()) {
      return;
    }
    Map<String, Integer> missing = new HashMap<>(records.rows(table));
    records.rows(server.target).forEach((name, count) -> missing.merge(name, -count, Integer::sum));
    for (Map<String, @Nullable Object> row : List.copyOf(table.rows())) {
      boolean isOf = of.stream().anyMatch(one -> ModelRecords.name(row).startsWith(one + "@"));
      if (isOf && missing.merge(ModelRecords.name(row), -1, Integer::sum) >= 0) {
        clickHouse.insertDirectly(server.target.id(), List.of(row));
      }
    }
  }

  private static void delete(FakeTable from, TopicPartition partition, long offset) {
    from.delete(
        row ->
            row.get("_partition") instanceof Long number
                && number == partition.partition()
                && row.get("_offset") instanceof Long of
                && of >= offset);
  }

  /** The user sets an offset of a connector that is stopped, and resumes it. */
  private void setOffset(TopicPartition partition, long offset) {
    zombies.clear();
    cluster.commit(SimulatedConnect.GROUP, partition, new OffsetAndMetadata(offset));
    running = start();
    boolean hadFaults = faults.areOn();
    faults.allow(false);
    for (int i = 0; i < 60 && hasUsersOffset(partition); i++) {
      guarded(() -> running.task.run(1));
    }
    faults.allow(hadFaults);
    records.comeAgain(partition, offset, table);
  }

  private boolean hasUsersOffset(TopicPartition partition) {
    OffsetAndMetadata commit = connect.commit(partition);
    return commit != null && commit.metadata().isEmpty();
  }

  private void step() {
    SimulatedTask task = running.task;
    if (faults.happen(Fault.KILL, 12)) {
      kill();
    } else if (faults.happen(Fault.FENCE, 15)) {
      fence();
    } else if (faults.happen(Fault.RESET, 30)) {
      reset();
    } else if (faults.happen(Fault.RECREATE, 50)) {
      recreate();
    } else if (faults.happen(Fault.FORGET, 12)) {
      time.advance(11_000); // that takes longer than a session lives
      server.forget();
    } else if (server.hasView() && random.nextInt(10) == 0) {
      server.toggleView();
    } else if (!clickHouse.late().isEmpty() && random.nextInt(6) == 0) {
      int request = random.nextInt(clickHouse.late().size());
      var unused = clickHouse.landLate(request, Reach.partitions(random.nextInt(4)));
    } else if (!zombies.isEmpty() && random.nextInt(8) == 0) {
      boolean unused = zombies.get(random.nextInt(zombies.size())).task.background.runNext();
    } else {
      ordinaryStep(task);
    }
  }

  private void ordinaryStep(SimulatedTask task) {
    switch (random.nextInt(16)) {
      case 0 -> time.advance(random.nextInt(4) == 0 ? 11_000 : 300);
      case 1 -> task.rebalance(random);
      case 2 -> task.stepBack(random, this::committed);
      case 3 -> {
        boolean unused = running.holder.letGo();
      }
      case 4 -> task.commit();
      case 5, 6, 7, 8 -> {
        boolean unused = task.background.runNext();
      }
      case 9, 10, 11 -> {
        task.background.runDue();
        time.advance(50);
      }
      default -> task.iterate(1 + random.nextInt(4));
    }
  }

  /** The old process has lost its partitions without knowing, and commits nothing. */
  private void kill() {
    zombies.add(running);
    running = start();
  }

  private void fence() {
    TopicPartition partition = partitions.get(random.nextInt(PARTITIONS));
    cluster
        .transactionalProducer(new SourceId(SimulatedConnect.CONNECTOR, partition, topicId()).key())
        .initTransactions();
  }

  private void reset() {
    TopicPartition partition = partitions.get(random.nextInt(PARTITIONS));
    stop();
    fillView(List.of(partition));
    setOffset(partition, random.nextInt((int) committed(partition) + 1));
  }

  private void stop() {
    failed(running);
  }

  private void recreate() {
    stop();
    zombies.clear();
    for (int request = 0; request < clickHouse.late().size(); request++) {
      var unused = clickHouse.landLate(request);
    }
    fillView(partitions);
    for (TopicPartition partition : partitions) {
      if (hasUsersOffset(partition)) { // Kafka deletes it with the topic
        cluster.commit(SimulatedConnect.GROUP, partition, new OffsetAndMetadata(0));
      }
    }
    topics++;
    cluster.withTopic("t", new Uuid(random.nextLong(), topics), PARTITIONS, Map.of());
    records.allComeAgain(table);
    connect.deadLetters.clear();
    running = start();
  }

  /** What is committed never comes again, so it must be there. */
  private void checkCommits() {
    records.check(this::committed, connect.deadLetters, table);
  }
}
