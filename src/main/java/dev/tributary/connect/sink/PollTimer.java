package dev.tributary.connect.sink;

import dev.tributary.connect.sink.batch.Batch;
import dev.tributary.connect.sink.batch.BatchLimits;
import java.util.Collection;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.connect.sink.SinkTaskContext;

/**
 * Limits the time until the framework calls {@code put} again, with or without records. Confined to
 * the task thread.
 */
final class PollTimer {

  /** The poll timeout with paused partitions or inserts in flight. */
  private static final long WAKE_MS = 100;

  /** The poll timeout if new partitions may have to restore state. */
  private static final long LOOK_MS = 500;

  /**
   * The poll timeout until the first partitions are assigned, which would otherwise wait for the
   * end of a poll.
   */
  private static final long JOINING_LOOK_MS = 50;

  /** How long {@link #JOINING_LOOK_MS} applies; a task may never get a partition. */
  private static final long JOINING_MS = 10_000;

  /** The poll timeout while state is restored. */
  private static final long RESTORING_LOOK_MS = 20;

  private final SinkTaskContext context;
  private final Time time;
  private final boolean looksOften;
  private final BatchLimits limits;
  private long joiningUntilMs;

  /**
   * @param looksOften whether new partitions must become ready before their records may be
   *     delivered
   */
  PollTimer(SinkTaskContext context, Time time, boolean looksOften, BatchLimits limits) {
    this.context = context;
    this.time = time;
    this.looksOften = looksOften;
    this.limits = limits;
    // The first poll joins the group; with all partitions paused it would last its whole timeout.
    context.timeout(JOINING_LOOK_MS);
    joiningUntilMs = time.milliseconds() + JOINING_MS;
  }

  /** The first partitions are assigned. */
  void joined() {
    joiningUntilMs = 0;
  }

  /** Sets the timeout of the next poll while state is restored. */
  void setRestoring() {
    context.timeout(RESTORING_LOOK_MS);
  }

  /** Sets the timeout of the next poll while partitions are paused or inserts are failing. */
  void setBusy() {
    context.timeout(WAKE_MS);
  }

  /**
   * Sets the timeout of the next poll otherwise: to close batches on time and to handle the answers
   * of ClickHouse.
   *
   * @param dueMs when something else is due; {@link Long#MAX_VALUE} if nothing is
   */
  void set(Collection<Batch> open, boolean insertsUnderWay, long dueMs) {
    long now = time.milliseconds();
    long look = now < joiningUntilMs ? JOINING_LOOK_MS : LOOK_MS;
    long next = looksOften ? look : Long.MAX_VALUE;
    next = insertsUnderWay ? Math.min(next, WAKE_MS) : next;
    next = dueMs < Long.MAX_VALUE ? Math.min(next, dueMs - now) : next;
    for (Batch batch : open) {
      next = Math.min(next, limits.lookAgainMs(batch, now));
    }
    if (next < Long.MAX_VALUE) {
      context.timeout(Math.max(1, next));
    }
  }
}
