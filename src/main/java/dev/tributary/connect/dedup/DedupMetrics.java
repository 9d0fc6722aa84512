package dev.tributary.connect.dedup;

import java.util.LinkedHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.metrics.Gauge;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The numbers that deduplication shows, as plugin metrics of the transform.
 *
 * <p>Gauges over counters of our own, because a sensor of {@link PluginMetrics} is shared by all
 * tasks of a worker. Each counter has one writing thread; any thread may read.
 */
public final class DedupMetrics {

  /** A number with one writer. */
  static final class Count {
    private final AtomicLong value = new AtomicLong();

    void increment() {
      add(1);
    }

    void add(long delta) {
      value.setRelease(value.getPlain() + delta);
    }

    long get() {
      return value.getAcquire();
    }
  }

  private static final Logger log = LoggerFactory.getLogger(DedupMetrics.class);

  final Count passed = new Count();
  final Count dropped = new Count();
  final Count redelivered = new Count();
  final Count missingKey = new Count();
  final Count missingTime = new Count();
  final Count late = new Count();
  final Count keysHeld = new Count();
  final Count bytesHeld = new Count();
  final Count marksEvicted = new Count();

  /** Written by the producer's thread. */
  final Count marksWritten = new Count();

  /** Shows them. A metric that cannot be registered is logged; it never fails a task. */
  public void register(PluginMetrics metrics) {
    gauge(
        metrics,
        "records-passed-total",
        "Records that went on, those delivered again or without a key included",
        passed);
    gauge(metrics, "records-dropped-total", "Duplicates that were dropped", dropped);
    gauge(
        metrics,
        "records-redelivered-total",
        "Accepted records that Kafka Connect delivered again and that went on again",
        redelivered);
    gauge(
        metrics,
        "records-missing-key-total",
        "Records of which a key field was missing or null",
        missingKey);
    gauge(
        metrics,
        "records-missing-time-total",
        "Records dropped because their event time was missing, null or unreadable",
        missingTime);
    gauge(
        metrics,
        "records-late-total",
        "Records that went on because they were later than the window and its grace",
        late);
    gauge(metrics, "keys-held", "Marks of accepted records held in memory", keysHeld);
    gauge(metrics, "bytes-held", "Memory of the marks held, in bytes", bytesHeld);
    gauge(
        metrics,
        "marks-evicted-total",
        "Marks inside the window that were dropped because of state.max.bytes",
        marksEvicted);
    gauge(
        metrics,
        "marks-written-total",
        "Marks of accepted records acknowledged by the state topic",
        marksWritten);
  }

  private static void gauge(PluginMetrics metrics, String name, String description, Count count) {
    try {
      metrics.addMetric(
          metrics.metricName(name, description, new LinkedHashMap<>()),
          (Gauge<Long>) (config, now) -> count.get());
    } catch (IllegalArgumentException | IllegalStateException e) {
      // The MBean of a task that was given up and still runs stands in the way.
      log.warn("Metric {} is not shown: {}", name, e.getMessage());
    }
  }
}
