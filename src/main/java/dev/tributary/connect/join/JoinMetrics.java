package dev.tributary.connect.join;

import dev.tributary.connect.join.right.RightSide;
import dev.tributary.connect.util.PluginGauges;
import dev.tributary.connect.util.SingleWriterCounter;
import dev.tributary.connect.util.TransformId;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.jspecify.annotations.Nullable;

/**
 * The plugin metrics of a join. Each left is counted once, however often it is delivered to one
 * task.
 *
 * <p>Written by the task thread; any thread may read. The numbers of the right side are the same in
 * all tasks of a worker, which share it.
 */
public final class JoinMetrics {

  /** The metrics of the transforms on this worker. */
  private static final PluginGauges.Registry<JoinMetrics> SHOWN = new PluginGauges.Registry<>();

  final SingleWriterCounter seen = new SingleWriterCounter();
  final SingleWriterCounter matchedAtOnce = new SingleWriterCounter();
  final SingleWriterCounter matchedLate = new SingleWriterCounter();
  final SingleWriterCounter unmatchedEmitted = new SingleWriterCounter();
  final SingleWriterCounter unmatchedDropped = new SingleWriterCounter();
  final SingleWriterCounter missingTime = new SingleWriterCounter();
  final AtomicLong held = new AtomicLong();
  final AtomicLong heldBytes = new AtomicLong();

  /** When the left that has waited longest was read; 0 if none waits. */
  final AtomicLong oldestReadMs = new AtomicLong();

  private volatile @Nullable RightSide right;

  private final PluginGauges gauges = new PluginGauges();

  /** The registered metrics of this transform, or new unregistered ones if it has none. */
  public static JoinMetrics of(TransformId transform) {
    return SHOWN.find(transform).orElseGet(JoinMetrics::new);
  }

  /** Counts what happened to a left, unless it is a redelivery. */
  static void count(boolean unique, SingleWriterCounter counter) {
    if (unique) {
      counter.increment();
    }
  }

  void show(@Nullable RightSide side) {
    right = side;
    gauges.showMissing();
  }

  /** Registers them as plugin metrics. */
  public void register(TransformId transform, PluginMetrics metrics) {
    SHOWN.put(transform, this);
    gauges.add(metrics, "lefts-seen-total", "Left records, each counted once", seen::get);
    gauges.add(
        metrics,
        "lefts-matched-at-once-total",
        "Left records whose right side had arrived",
        matchedAtOnce::get);
    gauges.add(
        metrics,
        "lefts-matched-late-total",
        "Left records that were held and found their right side later",
        matchedLate::get);
    gauges.add(
        metrics,
        "lefts-unmatched-emitted-total",
        "Left records without a match that passed with null right fields (join.type=left)",
        unmatchedEmitted::get);
    gauges.add(
        metrics,
        "lefts-unmatched-dropped-total",
        "Left records without a match that were dropped (join.type=inner)",
        unmatchedDropped::get);
    gauges.add(
        metrics,
        "lefts-missing-time-total",
        "Left records dropped because their event time was missing, null or unreadable",
        missingTime::get);
    gauges.add(
        metrics, "lefts-held", "Left records that are waiting for their right side", held::get);
    gauges.add(metrics, "lefts-held-bytes", "Memory of these, in bytes, estimated", heldBytes::get);
    gauges.add(
        metrics,
        "oldest-held-age-ms",
        "How long the oldest of these has waited, by the clock; 0 if none waits",
        (config, now) -> age(oldestReadMs.get(), now));
    gauges.add(
        metrics,
        "right-rows",
        "Right versions in memory, tombstones included, shared by the tasks of the worker",
        () -> ofRight(side -> side.table().rows()));
    gauges.add(
        metrics,
        "right-bytes",
        "Memory of these, in bytes",
        () -> ofRight(side -> side.table().bytes()));
    gauges.add(
        metrics,
        "right-lag",
        "Records of the right topic that are still to be read",
        () -> ofRight(side -> side.reader().lag()));
    gauges.add(
        metrics,
        "right-errors-total",
        "Right records that were skipped because they could not be read or had no key or time",
        () -> ofRight(side -> side.reader().errors()));
    gauges.add(
        metrics,
        "join-rate",
        "Share of the left records seen that found a match, from 0 to 1",
        (config, now) -> joinRate());
  }

  private static long age(long time, long now) {
    return time == 0 ? 0 : now - time;
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
}
