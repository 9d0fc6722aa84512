package dev.tributary.connect.dedup;

import dev.tributary.connect.record.StreamTime;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Counts the marks of a source partition in the state topic, and how many of them are dead.
 *
 * <p>One in {@value #SPACING} marks is remembered with the greatest event time up to it: when that
 * time has expired, so have all earlier marks. The number of dead marks lags by at most that many,
 * and by those whose times are out of order.
 *
 * <p>Not thread-safe.
 */
final class MarkLog {

  private static final int SPACING = 1024;

  private record Step(long count, long greatestTime) {}

  private final Deque<Step> steps = new ArrayDeque<>();
  private long count;
  private long dead;
  private long gone;
  private long greatestTime = StreamTime.NONE;
  private long leastTime = Long.MAX_VALUE;

  /** The topic holds one more mark. */
  void add(long time, boolean movesStreamTime) {
    count++;
    leastTime = Math.min(leastTime, time);
    if (movesStreamTime) {
      greatestTime = Math.max(greatestTime, time);
    }
    if (count % SPACING == 0) {
      steps.add(new Step(count, greatestTime));
    }
  }

  long count() {
    return count;
  }

  /**
   * How many marks with this time or an earlier one are still in the topic; passing an earlier time
   * than before does not lower it.
   */
  long dead(long expired) {
    for (Step step = steps.peek();
        step != null && step.greatestTime <= expired;
        step = steps.peek()) {
      dead = step.count;
      steps.remove();
    }
    return Math.max(0, dead - gone);
  }

  /** How many were not dead at the last call of {@link #dead}. */
  long live() {
    return count - dead;
  }

  /** This many dead marks have been deleted from the topic. */
  void forget(long deleted) {
    gone += deleted;
  }

  /** The least event time of all marks so far. */
  long leastTime() {
    return leastTime;
  }
}
