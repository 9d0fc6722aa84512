package dev.tributary.bench;

import dev.tributary.stack.ClickHouseSql;
import dev.tributary.stack.ConnectRest;
import dev.tributary.stack.KafkaAdmin;
import dev.tributary.stack.Stack;
import dev.tributary.stack.StackException;
import dev.tributary.stack.WorkerMetrics;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * One run of one line: a new connector reads a full topic from its beginning into an empty table.
 *
 * <p>The clock runs from the request that creates the connector, or that resumes one whose tasks
 * have their partitions already, until the last row can be selected (until the last record is
 * counted, for the counting sink); {@link Arrivals} says what is left out. Then the connector is
 * deleted and, when nothing of it is left, the table is compared with the expectation.
 */
final class BenchRun {

  /**
   * A look at how many rows there are.
   *
   * @param seconds since the clock began to run
   */
  record Look(double seconds, long rows) {}

  /**
   * What a run took.
   *
   * @param waited rows whose wait for a batch to be full is not in the time
   * @param first the first look that found rows
   * @param late the first look that found nine tenths of them
   * @param inserts how many ClickHouse has had
   * @param bytesPerRow of the values in the topic
   * @param used by the servers until the last row
   */
  record Result(
      double seconds,
      long waited,
      Look first,
      Look late,
      long inserts,
      double bytesPerRow,
      Probe.Use used) {}

  private static final Duration PATIENCE = Duration.ofMinutes(10);

  /** Longer than any sink keeps rows back. */
  private static final Duration SILENCE = Duration.ofMinutes(2);

  /** Looks cost the servers time too, so they are few until the end is near. */
  private static final long LOOK_MS = 50;

  private static final long LAST_LOOKS_MS = 10;
  private static final int LOOKS_A_CHECK = 50;

  private final Stack stack;
  private final BenchRow row;
  private final BenchTopic topic;
  private final String connector;
  private final Duration silence;

  BenchRun(Stack stack, BenchRow row, BenchTopic topic, String connector) {
    this(stack, row, topic, connector, SILENCE);
  }

  /**
   * @param silence after which a sink that brings no more rows is given up
   */
  BenchRun(Stack stack, BenchRow row, BenchTopic topic, String connector, Duration silence) {
    this.silence = silence;
    this.stack = stack;
    this.row = row;
    this.topic = topic;
    this.connector = connector;
  }

  /**
   * @throws WrongRowsException when the table does not hold exactly the right rows
   */
  Result run() {
    createTable(stack, topic.name(), topic.shape());
    ConnectRest rest = stack.worker().rest();
    try (WorkerMetrics metrics = stack.worker().metrics()) {
      if (row.resumed()) {
        settle(rest);
      }
      long insertsBefore = inserts();
      Probe before = Probe.of(stack, metrics);
      long start = System.nanoTime();
      if (row.resumed()) {
        rest.resume(connector);
      } else {
        rest.createConnector(connector, config());
      }
      Arrivals arrivals = await(start, metrics);
      Probe.Use used = Probe.of(stack, metrics).since(before);
      long inserts = inserts() - insertsBefore;
      remove(stack, connector);
      if (!row.counts()) {
        verify();
      }
      double bytesPerRow = (double) topic.bytes() / topic.rows();
      return new Result(
          arrivals.seconds(),
          arrivals.waited(),
          arrivals.first(),
          arrivals.late(),
          inserts,
          bytesPerRow,
          used);
    }
  }

  static void createTable(Stack stack, String table, RowShape shape) {
    ClickHouseSql sql = stack.clickHouse().sql();
    sql.execute("DROP TABLE IF EXISTS " + table);
    sql.execute(
        "CREATE TABLE %s (%s) ENGINE = MergeTree ORDER BY event_id"
            .formatted(table, shape.columns()));
  }

  private long inserts() {
    return stack
        .clickHouse()
        .sql()
        .queryLong("SELECT sum(value) FROM system.events WHERE event = 'InsertQuery'");
  }

  /** Deletes the connector and returns when its tasks have left their group. */
  static void remove(Stack stack, String connector) {
    stack.worker().rest().deleteConnector(connector);
    try (KafkaAdmin admin = stack.broker().admin()) {
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (admin.sinkMembers(connector) > 0) {
        pause(LOOK_MS, deadline, connector + " does not end");
      }
    }
  }

  /**
   * Leaves the connector paused, each task with its share of the partitions, in front of a topic
   * that has been filled only then. Else the first task would have read some of all partitions
   * before the others join, in one run more of it than in another.
   */
  private void settle(ConnectRest rest) {
    BenchTopic.create(stack, topic.name(), BenchEvents.PARTITIONS);
    rest.createConnector(connector, config());
    int tasks = Integer.parseInt(row.config().getOrDefault("tasks.max", "1"));
    try (KafkaAdmin admin = stack.broker().admin()) {
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (admin.sinkMembers(connector) < Math.min(tasks, BenchEvents.PARTITIONS)) {
        throwIfFailed(stack, connector);
        pause(LOOK_MS, deadline, connector + " does not share its partitions among its tasks");
      }
    }
    rest.pause(connector);
    rest.awaitPaused(connector, PATIENCE);
    topic.appendEvents(stack);
  }

  private Map<String, String> config() {
    Map<String, String> config = new LinkedHashMap<>(row.config());
    config.put("topics", topic.name());
    return config;
  }

  private LongSupplier done(WorkerMetrics metrics) {
    if (row.counts()) {
      return () -> sent(metrics);
    }
    ClickHouseSql sql = stack.clickHouse().sql();
    return () -> sql.queryLong("SELECT count() FROM " + topic.name());
  }

  /** The records that the tasks have been given. */
  private long sent(WorkerMetrics metrics) {
    return (long) metrics.ofSinkTasks(connector, "sink-record-send-total").orElse(0);
  }

  private Arrivals await(long start, WorkerMetrics metrics) {
    LongSupplier done = done(metrics);
    long wanted = row.counts() ? topic.records() : topic.rows();
    Arrivals arrivals = new Arrivals(wanted);
    for (int look = 1; ; look++) {
      long found = done.getAsLong();
      double now = (System.nanoTime() - start) / 1e9;
      if (arrivals.isLast(now, found)) {
        return arrivals;
      }
      if (look % LOOKS_A_CHECK == 0) {
        throwIfFailed(stack, connector);
      }
      if (arrivals.quiet(now) > silence.toSeconds()) {
        throw SilentSink.after(silence, stack, row, topic, arrivals.rows(), sent(metrics));
      }
      pause(found < wanted * 8 / 10 ? LOOK_MS : LAST_LOOKS_MS);
    }
  }

  static void throwIfFailed(Stack stack, String connector) {
    for (ConnectRest.Failure failure : stack.worker().rest().failures(connector)) {
      throw new StackException(failure.who() + " failed: " + failure.trace());
    }
  }

  /** One step of a wait that complains when it is over. */
  static void pause(long ms, long deadline, String complaint) {
    if (System.nanoTime() > deadline) {
      throw new StackException(complaint);
    }
    pause(ms);
  }

  private static void pause(long ms) {
    try {
      TimeUnit.MILLISECONDS.sleep(ms);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StackException("Interrupted while waiting", e);
    }
  }

  private void verify() {
    String check = topic.shape().check();
    String found =
        stack.clickHouse().sql().query("SELECT " + check + " FROM " + topic.name()).strip();
    if (!found.equals(topic.check())) {
      throw new WrongRowsException(row, topic.check(), found);
    }
  }
}
