package dev.tributary.connect.dedup;

import dev.tributary.connect.dedup.Deduplicator.Identity;
import dev.tributary.connect.state.Count;
import java.lang.ref.WeakReference;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongUnaryOperator;
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

  private static final Logger log = LoggerFactory.getLogger(DedupMetrics.class);

  /** Of the transforms on this worker; they are held by Kafka's own registry of metrics. */
  private static final Map<Identity, WeakReference<DedupMetrics>> SHOWN = new ConcurrentHashMap<>();

  final Count passed = new Count();
  final Count dropped = new Count();
  final Count redelivered = new Count();
  final Count missingKey = new Count();
  final Count missingTime = new Count();
  final Count late = new Count();
  final Count keysHeld = new Count();
  final Count bytesHeld = new Count();

  /** Marks given up for lack of room. */
  final Count marksEvicted = new Count();

  /** Partitions whose marks are being restored in the background. */
  final Count restoring = new Count();

  /** Gauges that could not be registered. */
  private final List<Runnable> missing = new CopyOnWriteArrayList<>();

  /** Set by whichever thread reads. */
  final AtomicLong restoreRemaining = new AtomicLong();

  /** Event time of the oldest mark held; {@link Long#MAX_VALUE} if there is none. */
  final AtomicLong oldestMarkTime = new AtomicLong(Long.MAX_VALUE);

  /** Written by the producer's thread. */
  final Count marksWritten = new Count();

  /**
   * The metrics that the transform of this name shows.
   *
   * <p>Connect makes and configures a transform before its task and gives neither a way to the
   * other, but the task begins to restore before the transform sees a record.
   */
  public static DedupMetrics of(Identity identity) {
    WeakReference<DedupMetrics> shown = SHOWN.get(identity);
    DedupMetrics metrics = shown == null ? null : shown.get();
    return metrics == null ? new DedupMetrics() : metrics;
  }

  /** Shows them. A metric that cannot be registered is logged; it never fails a task. */
  public void register(Identity identity, PluginMetrics metrics) {
    SHOWN.put(identity, new WeakReference<>(this));
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
    gauge(
        metrics,
        "restore-state",
        "1 while marks are restored from the state topic and partitions wait for them, else 0",
        now -> restoring.get() > 0 ? 1 : 0);
    gauge(
        metrics,
        "restore-remaining-records",
        "Offsets of the state topic that the restore under way has still to read",
        now -> restoreRemaining.get());
    gauge(
        metrics,
        "oldest-mark-age-ms",
        "Time since the event time of the oldest mark held, 0 without marks; a mark outlives twice"
            + " its window by as much as commits are behind",
        now -> age(oldestMarkTime.get(), now));
  }

  private void gauge(PluginMetrics metrics, String name, String description, Count count) {
    gauge(metrics, name, description, now -> count.get());
  }

  private void gauge(
      PluginMetrics metrics, String name, String description, LongUnaryOperator value) {
    Runnable show =
        () ->
            metrics.addMetric(
                metrics.metricName(name, description, new LinkedHashMap<>()),
                (Gauge<Long>) (config, now) -> value.applyAsLong(now));
    try {
      show.run();
    } catch (IllegalArgumentException | IllegalStateException e) {
      log.warn("Metric {} is not shown for now: {}", name, e.getMessage());
      missing.add(show);
    }
  }

  /**
   * Tries again to show what could not be shown: the MBean of a task that was given up and still
   * runs stands in the way until that task ends.
   */
  void showMissing() {
    if (!missing.isEmpty()) {
      missing.removeIf(DedupMetrics::shows);
    }
  }

  private static boolean shows(Runnable show) {
    try {
      show.run();
      return true;
    } catch (IllegalArgumentException | IllegalStateException e) {
      return false;
    }
  }

  private static long age(long time, long now) {
    return time == Long.MAX_VALUE ? 0 : now - time;
  }
}
