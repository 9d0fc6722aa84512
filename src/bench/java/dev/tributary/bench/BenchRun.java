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
   * A look at how many rows there are.
   *
   * @param seconds since the clock began to run
   */
  record Look(double seconds, long rows) {}

  /**
   * What a run took.
   *
   * @param first the first look that found rows
   * @param late the first look that found nine tenths of them
   * @param inserts how many ClickHouse has had
   * @param bytesPerRow of the values in the topic
   * @param used by the servers while the clock ran
   */
  record Result(
      double seconds, Look first, Look late, long inserts, double bytesPerRow, Probe.Use used) {}

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
    createTable(stack, topic.name(), topic.shape());
    ConnectRest rest = stack.worker().rest();
    try (WorkerMetrics metrics = stack.worker().metrics()) {
      long insertsBefore = inserts();
      Probe before = Probe.of(stack, metrics);
      long start = System.nanoTime();
      rest.createConnector(connector, config());
      LongSupplier done = done(metrics);
      long wanted = row.counts() ? topic.records() : topic.rows();
      Look first = await(start, 1, LOOK_MS, done);
      await(start, wanted * 8 / 10, LOOK_MS, done);
      Look late = await(start, wanted * 9 / 10, LAST_LOOKS_MS, done);
      double seconds = await(start, wanted, LAST_LOOKS_MS, done).seconds();
      Probe.Use used = Probe.of(stack, metrics).since(before);
      long inserts = inserts() - insertsBefore;
      remove(stack, connector);
      if (!row.counts()) {
        verify();
      }
      double bytesPerRow = (double) topic.bytes() / topic.rows();
      return new Result(seconds, first, late, inserts, bytesPerRow, used);
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

  /** The first look that finds so many rows. */
  private Look await(long start, long wanted, long everyMs, LongSupplier done) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    int look = 0;
    while (true) {
      long rows = done.getAsLong();
      double seconds = (System.nanoTime() - start) / 1e9;
      if (rows >= wanted) {
        return new Look(seconds, rows);
      }
      if (++look % LOOKS_A_CHECK == 0) {
        throwIfFailed(stack, connector);
      }
      pause(everyMs, deadline, connector + " does not get there: " + rows + " of " + wanted);
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
    String check = topic.shape().check();
    String found =
        stack.clickHouse().sql().query("SELECT " + check + " FROM " + topic.name()).strip();
    if (!found.equals(topic.check())) {
      throw new WrongRowsException(row, topic.check(), found);
    }
  }
}
