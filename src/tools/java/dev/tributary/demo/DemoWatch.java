package dev.tributary.demo;

import dev.tributary.stack.ClickHouseSql;
import dev.tributary.stack.ConnectRest;
import dev.tributary.stack.KafkaAdmin;
import dev.tributary.stack.Stack;
import dev.tributary.stack.StackException;
import dev.tributary.stack.WorkerMetrics;
import java.util.OptionalDouble;

/**
 * Looks at the demo from outside: Kafka's offsets, the worker's MBeans, the table. Not thread-safe.
 */
final class DemoWatch implements AutoCloseable {

  private static final String DROPPED_METRIC = "records-dropped-total";

  private final DemoNames names;
  private final DemoFeed feed;
  private final KafkaAdmin admin;
  private final WorkerMetrics metrics;
  private final ConnectRest rest;
  private final ClickHouseSql sql;

  DemoWatch(Stack stack, DemoNames names, DemoFeed feed) {
    this.names = names;
    this.feed = feed;
    this.admin = stack.broker().admin();
    this.metrics = stack.worker().metrics();
    this.rest = stack.worker().rest();
    this.sql = stack.clickHouse().sql();
  }

  /** Looks from the table upstream, so that no stage seems to be ahead of the one before. */
  DemoProgress.Snapshot look() {
    long rows = sql.queryLong("SELECT count() FROM " + names.table());
    OptionalDouble droppedByTransform =
        metrics.ofTransform(names.connector(), "dedup", DROPPED_METRIC);
    long committed =
        admin.committedBySink(names.connector(), names.topic()).values().stream()
            .mapToLong(Long::longValue)
            .sum();
    double readByTasks = metrics.ofSinkTasks(names.connector(), "sink-record-read-total").orElse(0);
    long read = Math.max((long) readByTasks, committed);
    long dropped =
        droppedByTransform.isPresent()
            ? (long) droppedByTransform.getAsDouble()
            : Math.max(0, read - rows);
    long uncommitted = admin.sinkLag(names.connector(), names.topic());
    return new DemoProgress.Snapshot(feed.produced(), read, dropped, rows, uncommitted);
  }

  /** Throws with the trace when the connector or a task of it has failed. */
  void throwOnFailure() {
    feed.throwOnFailure();
    for (ConnectRest.Failure failure : rest.failures(names.connector())) {
      throw new StackException(failure.who() + " has FAILED:\n" + failure.trace());
    }
  }

  @Override
  public void close() {
    metrics.close();
    admin.close();
  }
}
