package dev.tributary.connect.sink;

import dev.tributary.connect.sink.batch.Batch;
import dev.tributary.connect.sink.batch.BatchLimits;
import java.util.Collection;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.connect.sink.SinkTaskContext;

/**
 * When the framework calls a task's {@code put} the next time at the latest, also without records.
 * Confined to the task thread.
 */
final class PollTimer {

  /** How often a task with paused partitions or inserts under way is woken at least. */
  private static final long WAKE_MS = 100;

  /** How often one is woken in front of which state may have to be restored for new partitions. */
  private static final long LOOK_MS = 500;

  /** How often until it has its first partitions, which would wait for the end of a poll. */
  private static final long JOINING_LOOK_MS = 50;

  /** How long it is woken that often; a task may never have a partition. */
  private static final long JOINING_MS = 10_000;

  /** How often while state is restored. */
  private static final long RESTORING_LOOK_MS = 20;

  private final SinkTaskContext context;
  private final Time time;
  private final boolean looksOften;
  private final BatchLimits limits;
  private long joiningUntilMs;

  /**
   * @param looksOften whether new partitions must be made ready before their records may come
   */
  PollTimer(SinkTaskContext context, Time time, boolean looksOften, BatchLimits limits) {
    this.context = context;
    this.time = time;
    this.looksOften = looksOften;
    this.limits = limits;
    // The first poll joins the group, and with all partitions paused it would sit out its time.
    context.timeout(JOINING_LOOK_MS);
    joiningUntilMs = time.milliseconds() + JOINING_MS;
  }

  /** The task has its first partitions. */
  void joined() {
    joiningUntilMs = 0;
  }

  /** While state is restored. */
  void setRestoring() {
    context.timeout(RESTORING_LOOK_MS);
  }

  /** While partitions are paused or inserts fail. */
  void setBusy() {
    context.timeout(WAKE_MS);
  }

  /** While all is well: to close batches in time, and to take in what ClickHouse answers. */
  void set(Collection<Batch> open, boolean insertsUnderWay) {
    long now = time.milliseconds();
    long look = now < joiningUntilMs ? JOINING_LOOK_MS : LOOK_MS;
    long next = looksOften ? look : Long.MAX_VALUE;
    next = insertsUnderWay ? Math.min(next, WAKE_MS) : next;
    for (Batch batch : open) {
      next = Math.min(next, limits.lookAgainMs(batch, now));
    }
    if (next < Long.MAX_VALUE) {
      context.timeout(Math.max(1, next));
    }
  }
}
