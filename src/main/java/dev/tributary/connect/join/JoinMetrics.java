package dev.tributary.connect.join;

import dev.tributary.connect.state.Count;
import java.lang.ref.WeakReference;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.apache.kafka.common.metrics.Gauge;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The numbers that a join shows, as plugin metrics of the transform. Lefts are counted once each,
 * however often they are delivered to one task.
 *
 * <p>Written by the task thread; any thread may read. The numbers of the right side are the same in
 * all tasks of a worker, which share it.
 */
public final class JoinMetrics {

  private static final Logger log = LoggerFactory.getLogger(JoinMetrics.class);

  /** Of the transforms on this worker; they are held by Kafka's own registry of metrics. */
  private static final Map<JoinIdentity, WeakReference<JoinMetrics>> SHOWN =
      new ConcurrentHashMap<>();

  final Count seen = new Count();
  final Count matchedAtOnce = new Count();
  final Count matchedLate = new Count();
  final Count unmatchedEmitted = new Count();
  final Count unmatchedDropped = new Count();
  final Count missingTime = new Count();
  final AtomicLong held = new AtomicLong();
  final AtomicLong heldBytes = new AtomicLong();

  /** When the left that has waited longest was read; 0 if none waits. */
  final AtomicLong oldestReadMs = new AtomicLong();

  private volatile @Nullable RightSide right;

  private final List<Runnable> missing = new CopyOnWriteArrayList<>();

  /**
   * The metrics that the transform of this name shows.
   *
   * <p>Connect makes and configures a transform before its task and gives neither a way to the
   * other, but the task opens the right side before the transform sees a record.
   */
  public static JoinMetrics of(JoinIdentity identity) {
    WeakReference<JoinMetrics> shown = SHOWN.get(identity);
    JoinMetrics metrics = shown == null ? null : shown.get();
    return metrics == null ? new JoinMetrics() : metrics;
  }

  void show(@Nullable RightSide side) {
    right = side;
    missing.removeIf(JoinMetrics::shows);
  }

  /** Shows them. A metric that cannot be registered is logged; it never fails a task. */
  public void register(JoinIdentity identity, PluginMetrics metrics) {
    SHOWN.put(identity, new WeakReference<>(this));
    gauge(metrics, "lefts-seen-total", "Left records, each counted once", seen::get);
    gauge(
        metrics,
        "lefts-matched-at-once-total",
        "Left records whose right side was there",
        matchedAtOnce::get);
    gauge(
        metrics,
        "lefts-matched-late-total",
        "Left records that were held and found their right side later",
        matchedLate::get);
    gauge(
        metrics,
        "lefts-unmatched-emitted-total",
        "Left records without a match that went on with null right fields (join.type=left)",
        unmatchedEmitted::get);
    gauge(
        metrics,
        "lefts-unmatched-dropped-total",
        "Left records without a match that were dropped (join.type=inner)",
        unmatchedDropped::get);
    gauge(
        metrics,
        "lefts-missing-time-total",
        "Left records dropped because their event time was missing, null or unreadable",
        missingTime::get);
    gauge(metrics, "lefts-held", "Left records that wait for their right side", held::get);
    gauge(metrics, "lefts-held-bytes", "Memory of these, in bytes, estimated", heldBytes::get);
    gauge(
        metrics,
        "oldest-held-age-ms",
        "How long the oldest of these has waited, by the clock; 0 if none waits",
        () -> oldestReadMs.get() == 0 ? 0L : System.currentTimeMillis() - oldestReadMs.get());
    gauge(
        metrics,
        "right-rows",
        "Right versions in memory, tombstones included, shared by the tasks of the worker",
        () -> ofRight(side -> side.table().rows()));
    gauge(
        metrics,
        "right-bytes",
        "Memory of these, in bytes",
        () -> ofRight(side -> side.table().bytes()));
    gauge(
        metrics,
        "right-lag",
        "Records of the right topic that are still to be read",
        () -> ofRight(side -> side.reader().lag()));
    gauge(
        metrics,
        "right-errors-total",
        "Right records that were skipped because they could not be read or had no key or time",
        () -> ofRight(side -> side.reader().errors()));
    gauge(
        metrics,
        "join-rate",
        "The part of the left records seen that has found a match, from 0 to 1",
        this::joinRate);
  }

  private double joinRate() {
    long lefts = seen.get();
    return lefts == 0 ? 0 : (double) (matchedAtOnce.get() + matchedLate.get()) / lefts;
  }

  private interface OfRight {
    long of(RightSide side);
  }

  private long ofRight(OfRight number) {
    RightSide side = right;
    return side == null ? 0 : number.of(side);
  }

  private void gauge(
      PluginMetrics metrics, String name, String description, Supplier<? extends Number> value) {
    Runnable show =
        () ->
            metrics.addMetric(
                metrics.metricName(name, description, new LinkedHashMap<>()),
                (Gauge<Number>) (config, now) -> value.get());
    try {
      show.run();
    } catch (IllegalArgumentException | IllegalStateException e) {
      log.warn("Metric {} is not shown for now: {}", name, e.getMessage());
      missing.add(show);
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
}
