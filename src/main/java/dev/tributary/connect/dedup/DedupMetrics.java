package dev.tributary.connect.dedup;

import dev.tributary.connect.util.PluginGauges;
import dev.tributary.connect.util.SingleWriterCounter;
import dev.tributary.connect.util.TransformId;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.metrics.PluginMetrics;

/**
 * The plugin metrics of deduplication.
 *
 * <p>Each counter has one writing thread; any thread may read.
 */
public final class DedupMetrics {

  /** The metrics of the transforms on this worker. */
  private static final PluginGauges.Registry<DedupMetrics> SHOWN = new PluginGauges.Registry<>();

  final SingleWriterCounter passed = new SingleWriterCounter();
  final SingleWriterCounter dropped = new SingleWriterCounter();
  final SingleWriterCounter redelivered = new SingleWriterCounter();
  final SingleWriterCounter missingKey = new SingleWriterCounter();
  final SingleWriterCounter missingTime = new SingleWriterCounter();
  final SingleWriterCounter late = new SingleWriterCounter();
  final SingleWriterCounter keysHeld = new SingleWriterCounter();
  final SingleWriterCounter bytesHeld = new SingleWriterCounter();

  /** Marks inside the window that were evicted for lack of memory. */
  final SingleWriterCounter marksEvicted = new SingleWriterCounter();

  /** Partitions whose marks are being restored in the background. */
  final SingleWriterCounter restoring = new SingleWriterCounter();

  private final PluginGauges gauges = new PluginGauges();

  /** Set by the thread that reads the state topic. */
  final AtomicLong restoreRemaining = new AtomicLong();

  /** Event time of the oldest mark held; {@link Long#MAX_VALUE} if there is none. */
  final AtomicLong oldestMarkTime = new AtomicLong(Long.MAX_VALUE);

  /** Written by the producer's thread. */
  final SingleWriterCounter marksWritten = new SingleWriterCounter();

  /** The registered metrics of this transform, or new unregistered ones if it has none. */
  public static DedupMetrics of(TransformId transform) {
    return SHOWN.find(transform).orElseGet(DedupMetrics::new);
  }

  /** Registers them as plugin metrics. */
  public void register(TransformId transform, PluginMetrics metrics) {
    SHOWN.put(transform, this);
    gauges.add(
        metrics,
        "records-passed-total",
        "Records that passed, including redelivered ones and those without a key",
        passed::get);
    gauges.add(metrics, "records-dropped-total", "Duplicates that were dropped", dropped::get);
    gauges.add(
        metrics,
        "records-redelivered-total",
        "Accepted records that Kafka Connect redelivered and that passed again",
        redelivered::get);
    gauges.add(
        metrics,
        "records-missing-key-total",
        "Records with a missing or null key field",
        missingKey::get);
    gauges.add(
        metrics,
        "records-missing-time-total",
        "Records dropped because their event time was missing, null or unreadable",
        missingTime::get);
    gauges.add(
        metrics,
        "records-late-total",
        "Records that passed because they were later than the window and its grace",
        late::get);
    gauges.add(metrics, "keys-held", "Marks of accepted records held in memory", keysHeld::get);
    gauges.add(metrics, "bytes-held", "Memory of the marks held, in bytes", bytesHeld::get);
    gauges.add(
        metrics,
        "marks-evicted-total",
        "Marks inside the window that were evicted because of state.max.bytes",
        marksEvicted::get);
    gauges.add(
        metrics,
        "marks-written-total",
        "Marks of accepted records acknowledged by the state topic",
        marksWritten::get);
    gauges.add(
        metrics,
        "restore-state",
        "1 while marks are restored from the state topic and partitions wait for them, else 0",
        () -> restoring.get() > 0 ? 1 : 0);
    gauges.add(
        metrics,
        "restore-remaining-records",
        "Offsets of the state topic that the running restore still has to read",
        restoreRemaining::get);
    gauges.add(
        metrics,
        "oldest-mark-age-ms",
        "Time since the event time of the oldest mark held, 0 without marks; a mark outlives"
            + " twice its window by as much as commits lag",
        (config, now) -> age(oldestMarkTime.get(), now));
  }

  /** Registers the gauges that could not be registered before. */
  void showMissing() {
    gauges.showMissing();
  }

  private static long age(long time, long now) {
    return time == Long.MAX_VALUE ? 0 : now - time;
  }
}
