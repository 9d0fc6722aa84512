package dev.tributary.connect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.kafka.FakeCluster;
import dev.tributary.connect.sink.clickhouse.Attempt;
import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.clickhouse.FakeClickHouse;
import dev.tributary.connect.sink.clickhouse.FakeTable;
import dev.tributary.connect.sink.clickhouse.FakeView;
import dev.tributary.connect.sink.clickhouse.Fate;
import dev.tributary.connect.sink.clickhouse.Reach;
import dev.tributary.connect.sink.progress.SourceId;
import dev.tributary.connect.state.TaskScope;
import dev.tributary.connect.util.ManualTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

  /** What can happen beside. */
  enum Fault {
    /** The process dies, and what it has begun may continue. */
    KILL,
    /** A request arrives after its connection was lost. */
    LATE,
    /** A request arrives a second time. */
    DOUBLED,
    /** The tables forget the tokens of earlier inserts, as after a window of other ones. */
    FORGET,
    /** A materialized view refuses rows for a while. */
    VIEW,
    /** The server lacks memory until a batch is halved. */
    SPLIT,
    /** Something answers 200 in the place of the server. */
    FOREIGN,
    /** A transform, the dead letter queue or a lookup throws. */
    THROW,
    /** Another producer claims a partition. */
    FENCE,
    /** The user sets an offset. */
    RESET,
    /** The topic is deleted and created again. */
    RECREATE,
    /** A transform holds records back. */
    HELD
  }

  static final int PARTITIONS = 3;
  static final int STEPS = 50;
  private static final int RECORDS = 8;
  private static final int WINDOW = 1_000;
  private static final String[] COLUMNS = {
    "id Int64", "_topic String", "_partition Int32", "_offset Int64"
  };
  private static final Pattern WAY_OUT =
      Pattern.compile("set the offset of t-(\\d+) to (\\d+), delete");

  /** What a fault of the model throws: an Error, which the framework never tolerates. */
  private static final class Injected extends Error {
    private static final long serialVersionUID = 1L;

    Injected() {
      super("injected");
    }
  }

  /** A task, and what stands in front of it. */
  private record Running(SimulatedTask task, Holder holder) {}

  private final Random random;
  private final Set<Fault> chosen;
  private final Set<Fault> happened = EnumSet.noneOf(Fault.class);
  private final ManualTime time = new ManualTime();
  private final FakeCluster cluster = new FakeCluster();
  private final FakeTable table = new FakeTable("t", COLUMNS).window(WINDOW);
  private final FakeTable target = new FakeTable("target", COLUMNS).window(WINDOW);
  private final FakeClickHouse clickHouse = new FakeClickHouse(time).with(table).with(target);
  private final SimulatedConnect connect = new SimulatedConnect(time, cluster, clickHouse);
  private final List<TopicPartition> partitions;
  private final @Nullable FakeView view;

  /** Which a transform drops, by partition and offset: duplicates, say. */
  private final Set<String> dropped = new HashSet<>();

  private final Set<String> bad = new HashSet<>();

  /** The rows of each record that are there for another reason than its delivery. */
  private final Map<String, Integer> before = new HashMap<>();

  /** How often the server still lacks memory for the insert of a token. */
  private final Map<String, Integer> pressure = new HashMap<>();

  private final List<Running> zombies = new ArrayList<>();
  private Running running;
  private boolean faults = true;
  private boolean refusing;
  private int topics = 1;

  DeliveryModel(long seed) {
    random = new Random(seed);
    List<Fault> all = new ArrayList<>(List.of(Fault.values()));
    Collections.shuffle(all, random);
    chosen = EnumSet.copyOf(all.subList(0, 3 + random.nextInt(2)));
    connect
        .topic("t", PARTITIONS)
        .exactlyOnce()
        .with("batch.max.rows", String.valueOf(1 + random.nextInt(6)))
        .with("batch.max.delay.ms", "500")
        .with("insert.max.in.flight", String.valueOf(1 + random.nextInt(2)))
        .with("retry.backoff.ms", "50")
        .with("retry.backoff.max.ms", "200")
        .with("errors.deadletterqueue.topic.name", "dlq");
    cluster.withTopic("t", new Uuid(seed, topics), PARTITIONS, Map.of());
    partitions = List.copyOf(connect.partitions());
    boolean viewed = chosen.contains(Fault.VIEW);
    view = viewed ? clickHouse.view("v", table, target) : null;
    if (!viewed && random.nextBoolean()) {
      table.partitionBy(row -> String.valueOf(row.get("id") instanceof Long id ? id % 3 : 0));
    } else if (random.nextBoolean()) {
      target.partitionBy(row -> String.valueOf(row.get("id") instanceof Long id ? id % 2 : 0));
    }
    fill();
    table.refuses(469, "bad row", row -> bad.contains(name(row)));
    clickHouse.onInsert(this::fate);
    clickHouse.onSelect(this::answer);
    running = start();
  }

  private void fill() {
    for (TopicPartition partition : partitions) {
      for (long offset = 0; offset < RECORDS; offset++) {
        connect.send(partition, Map.of("id", offset));
        String name = name(partition, offset);
        if (random.nextInt(6) == 0) {
          dropped.add(name);
        } else if (random.nextInt(25) == 0 && rows(table).getOrDefault(name, 0) == 0) {
          bad.add(name);
        }
      }
    }
  }

  private static String name(TopicPartition partition, long offset) {
    return partition + "@" + offset;
  }

  private static String name(SinkRecord record) {
    return name(
        new TopicPartition(record.originalTopic(), record.originalKafkaPartition()),
        record.originalKafkaOffset());
  }

  private static String name(Map<String, @Nullable Object> row) {
    return row.get("_topic") + "-" + row.get("_partition") + "@" + row.get("_offset");
  }

  /** The faults that happened. */
  Set<Fault> happened() {
    return happened;
  }

  private boolean happens(Fault fault, int oneIn) {
    boolean now = faults && chosen.contains(fault) && random.nextInt(oneIn) == 0;
    if (now) {
      happened.add(fault);
    }
    return now;
  }

  private Map<String, Integer> expected() {
    Map<String, Integer> expected = new HashMap<>(before);
    for (TopicPartition partition : partitions) {
      for (long offset = 0; offset < RECORDS; offset++) {
        String name = name(partition, offset);
        if (!dropped.contains(name) && !bad.contains(name)) {
          expected.merge(name, 1, Integer::sum);
        }
      }
    }
    expected.values().removeIf(count -> count == 0);
    return expected;
  }

  private Map<String, Integer> rows(FakeTable of) {
    Map<String, Integer> rows = new HashMap<>();
    for (TopicPartition partition : partitions) {
      of.offsets(partition.topic(), partition.partition())
          .forEach((offset, count) -> rows.put(name(partition, offset), count));
    }
    return rows;
  }

  private Running start() {
    SimulatedTask task = new SimulatedTask(connect);
    Holder holder = new Holder(record -> happens(Fault.HELD, 8));
    TaskScope.current().orElseThrow().join(holder);
    task.transforms.add(this::deduplicated);
    task.transforms.add(holder::apply);
    task.assign(partitions);
    return new Running(task, holder);
  }

  private @Nullable SinkRecord deduplicated(SinkRecord record) {
    if (happens(Fault.THROW, 60)) {
      throw new Injected();
    }
    return dropped.contains(name(record)) ? null : record;
  }

  private Optional<ClickHouseException> answer(String sql) {
    if (happens(Fault.THROW, 60)) {
      throw new Injected();
    }
    return faults && random.nextInt(25) == 0
        ? Optional.of(FakeClickHouse.unreachable())
        : Optional.empty();
  }

  private Fate fate(Attempt attempt) {
    if (happens(Fault.LATE, 4)) {
      return Fate.late();
    } else if (happens(Fault.DOUBLED, 4)) {
      return Fate.doubled();
    } else if (happens(Fault.FOREIGN, 5)) {
      return Fate.lostRequest();
    } else if (lacksMemory(attempt)) {
      return Fate.error(241, "Memory limit exceeded");
    }
    return switch (faults ? random.nextInt(20) : 99) {
      case 0 -> Fate.lostAnswer();
      case 1 -> Fate.lostRequest();
      case 2 -> Fate.split(random.nextInt(3));
      case 3 -> killedServer();
      case 4 -> Fate.refused();
      case 5 -> Fate.error(252, "Too many parts");
      case 6 -> Fate.noAnswer(Reach.TABLE);
      default -> Fate.pass();
    };
  }

  private boolean lacksMemory(Attempt attempt) {
    if (attempt.rows().size() == 1) {
      return false;
    }
    if (!pressure.containsKey(attempt.token())) {
      pressure.put(attempt.token(), happens(Fault.SPLIT, 3) ? 3 : 0);
    }
    return faults && pressure.merge(attempt.token(), -1, Integer::sum) >= 0;
  }

  /** A server that is started again gives other answers than its old tokens would. */
  private Fate killedServer() {
    // With a view, a token whose rows are lost is not promised: the view gets them twice.
    int tokensOnly = view == null ? random.nextInt(3) : 0;
    Fate fate = Fate.noAnswer(Reach.killedAfter(random.nextInt(3), tokensOnly));
    clickHouse.kill();
    clickHouse.start();
    return fate;
  }

  void run() {
    for (int step = 0; step < STEPS; step++) {
      guarded(this::step);
      checkCommits();
    }
    faults = false;
    if (view != null) {
      view.fix();
    }
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
    assertThat(rows(table)).isEqualTo(expected());
    if (view != null) {
      assertThat(rows(target)).as("the view").isEqualTo(expected());
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
    return partitions.stream().allMatch(partition -> committed(partition) == RECORDS);
  }

  /** Runs a step of the task, and does what the framework and the user do when it fails. */
  private void guarded(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException | Error e) {
      if (!(e instanceof Injected)
          && !(e.getCause() instanceof Injected)
          && !String.valueOf(e.getMessage()).contains("materialized views")
          && !String.valueOf(e.getMessage()).contains("injected")) {
        throw e;
      }
      failed(running);
      if (refusing && random.nextBoolean()) {
        toggleView();
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
    delete(target, partition, offset);
    fillView(List.of(partition));
    setOffset(partition, offset);
  }

  /** The user fills the view with the rows of partitions that it lacks. */
  private void fillView(Collection<TopicPartition> of) {
    if (view == null) {
      return;
    }
    Map<String, Integer> missing = new HashMap<>(rows(table));
    rows(target).forEach((name, count) -> missing.merge(name, -count, Integer::sum));
    for (Map<String, @Nullable Object> row : List.copyOf(table.rows())) {
      boolean isOf = of.stream().anyMatch(one -> name(row).startsWith(one + "@"));
      if (isOf && missing.merge(name(row), -1, Integer::sum) >= 0) {
        clickHouse.insertDirectly(target.id(), List.of(row));
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
    boolean hadFaults = faults;
    faults = false;
    for (int i = 0; i < 60 && hasUsersOffset(partition); i++) {
      guarded(() -> running.task.run(1));
    }
    faults = hadFaults;
    Map<String, Integer> now = rows(table);
    for (long later = offset; later < RECORDS; later++) {
      String name = name(partition, later);
      before.put(name, now.getOrDefault(name, 0));
    }
  }

  private boolean hasUsersOffset(TopicPartition partition) {
    OffsetAndMetadata commit = connect.commit(partition);
    return commit != null && commit.metadata().isEmpty();
  }

  private void step() {
    SimulatedTask task = running.task;
    if (happens(Fault.KILL, 12)) {
      kill();
    } else if (happens(Fault.FENCE, 15)) {
      fence();
    } else if (happens(Fault.RESET, 30)) {
      reset();
    } else if (happens(Fault.RECREATE, 50)) {
      recreate();
    } else if (happens(Fault.FORGET, 12)) {
      time.advance(11_000); // that takes longer than a session lives
      table.forget();
      target.forget();
    } else if (view != null && random.nextInt(10) == 0) {
      toggleView();
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
    before.putAll(rows(table));
    connect.deadLetters.clear();
    running = start();
  }

  private void toggleView() {
    if (view == null) {
      return;
    }
    refusing = faults && !refusing && chosen.contains(Fault.VIEW);
    if (refusing) {
      happened.add(Fault.VIEW);
      int code = List.of(395, 241, 159, 131, 349, 12345).get(random.nextInt(6));
      int which = random.nextInt(4);
      view.refuses(code, "refused", row -> row.get("id") instanceof Long id && id % 4 == which);
    } else {
      view.fix();
    }
  }

  /** What is committed never comes again, so it must be there. */
  private void checkCommits() {
    Map<String, Integer> rows = rows(table);
    Set<String> letters = new HashSet<>();
    connect.deadLetters.forEach(record -> letters.add(name(record)));
    for (TopicPartition partition : partitions) {
      for (long offset = 0; offset < committed(partition); offset++) {
        String name = name(partition, offset);
        if (!dropped.contains(name) && !letters.contains(name)) {
          assertThat(rows.getOrDefault(name, 0))
              .as(name + " is committed")
              .isGreaterThan(before.getOrDefault(name, 0));
        }
      }
    }
  }
}
