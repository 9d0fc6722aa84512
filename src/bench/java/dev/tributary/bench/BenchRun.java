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
 * <p>The clock runs from the request that creates the connector until the last row can be selected
 * (until the last record is counted, for the counting sink). Then the connector is deleted and,
 * when nothing of it is left, the table is compared with the expectation.
 */
final class BenchRun {

  /**
   * What a run took.
   *
   * @param used by the servers while the clock ran
   */
  record Result(double seconds, Probe.Use used) {}

  private static final Duration PATIENCE = Duration.ofMinutes(10);

  /** Looks cost the servers time too, so they are few until the end is near. */
  private static final long LOOK_MS = 50;

  private static final long LAST_LOOKS_MS = 10;
  private static final int LOOKS_A_CHECK = 50;

  private final Stack stack;
  private final BenchRow row;
  private final BenchTopic topic;
  private final String connector;

  BenchRun(Stack stack, BenchRow row, BenchTopic topic, String connector) {
    this.stack = stack;
    this.row = row;
    this.topic = topic;
    this.connector = connector;
  }

  /**
   * @throws WrongRowsException when the table does not hold exactly the right rows
   */
  Result run() {
    createTable(stack, topic.name());
    ConnectRest rest = stack.worker().rest();
    try (WorkerMetrics metrics = stack.worker().metrics()) {
      Probe before = Probe.of(stack, metrics);
      long start = System.nanoTime();
      rest.createConnector(connector, config());
      await(row.counts() ? topic.records() : topic.rows(), done(metrics));
      double seconds = (System.nanoTime() - start) / 1e9;
      Probe.Use used = Probe.of(stack, metrics).since(before);
      remove(stack, connector);
      if (!row.counts()) {
        verify();
      }
      return new Result(seconds, used);
    }
  }

  static void createTable(Stack stack, String table) {
    ClickHouseSql sql = stack.clickHouse().sql();
    sql.execute("DROP TABLE IF EXISTS " + table);
    sql.execute(
        "CREATE TABLE "
            + table
            + " ("
            + BenchEvents.COLUMNS
            + ", tier String) ENGINE = MergeTree ORDER BY event_id");
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

  private Map<String, String> config() {
    Map<String, String> config = new LinkedHashMap<>(row.config());
    config.put("topics", topic.name());
    return config;
  }

  private LongSupplier done(WorkerMetrics metrics) {
    if (row.counts()) {
      return () -> (long) metrics.ofSinkTasks(connector, "sink-record-send-total").orElse(0);
    }
    ClickHouseSql sql = stack.clickHouse().sql();
    return () -> sql.queryLong("SELECT count() FROM " + topic.name());
  }

  private void await(long wanted, LongSupplier done) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    int look = 0;
    for (long now = done.getAsLong(); now < wanted; now = done.getAsLong()) {
      if (++look % LOOKS_A_CHECK == 0) {
        throwIfFailed(stack, connector);
      }
      long pause = now < wanted * 9 / 10 ? LOOK_MS : LAST_LOOKS_MS;
      pause(pause, deadline, connector + " does not get there: " + now + " of " + wanted);
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
    try {
      TimeUnit.MILLISECONDS.sleep(ms);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StackException("Interrupted while waiting", e);
    }
  }

  private void verify() {
    String found =
        stack
            .clickHouse()
            .sql()
            .query("SELECT " + BenchEvents.CHECK + " FROM " + topic.name())
            .strip();
    if (!found.equals(topic.check())) {
      throw new WrongRowsException(row, topic.check(), found);
    }
  }
}
