package dev.tributary.connect.sink.insert;

import dev.tributary.connect.sink.batch.Batch;
import dev.tributary.connect.sink.clickhouse.InsertException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.utils.Time;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs failing attempts without flooding the log: the first failure and each change of the cause at
 * once, then twice a minute with the number of failures, and once when inserts succeed again.
 * Thread-safe.
 */
final class RetryLog {

  private static final Logger log = LoggerFactory.getLogger(RetryLog.class);

  private static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(30);

  private final String name;
  private final Time time;
  private String cause = "";
  private long failures;
  private long firstNs;
  private long lastLoggedNs;

  RetryLog(String name, Time time) {
    this.name = name;
    this.time = time;
  }

  synchronized void failed(Batch batch, int attempt, long delayMs, InsertException e) {
    long now = time.nanoseconds();
    String current = e.kind() + " " + e.code();
    if (failures++ == 0) {
      firstNs = now;
    } else if (current.equals(cause) && now - lastLoggedNs < INTERVAL_NS) {
      return;
    }
    cause = current;
    lastLoggedNs = now;
    log.warn(
        "{} could not insert {} (attempt {}, {} failures in {} s), trying again in {} ms; no row"
            + " is lost, check ClickHouse if this persists: {}",
        name,
        batch,
        attempt,
        failures,
        TimeUnit.NANOSECONDS.toSeconds(now - firstNs),
        delayMs,
        e.getMessage());
  }

  /** Whether the last attempt failed. */
  synchronized boolean isFailing() {
    return failures > 0;
  }

  synchronized void succeeded() {
    if (failures > 0) {
      log.info(
          "{} inserts again after {} failures in {} s",
          name,
          failures,
          TimeUnit.NANOSECONDS.toSeconds(time.nanoseconds() - firstNs));
      failures = 0;
    }
  }
}
