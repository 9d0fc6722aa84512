package dev.tributary.connect.dedup;

import dev.tributary.connect.record.StreamTime;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Counts the marks of a source partition in the state topic, and how many of them are dead.
 *
 * <p>One in so many marks is remembered with the greatest event time up to it: when that time has
 * expired, so has everything before it. Late by at most that many marks, and by those whose times
 * are out of order.
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

  /** How many marks with this time or an earlier one are still in the topic; never goes back. */
  long dead(long expired) {
    for (Step step = steps.peek();
        step != null && step.greatestTime <= expired;
        step = steps.peek()) {
      dead = step.count;
      steps.remove();
    }
    return Math.max(0, dead - gone);
  }

  /** How many were not dead when {@link #dead} was last asked. */
  long live() {
    return count - dead;
  }

  /** Marks that were dead have been deleted. */
  void forget(long deleted) {
    gone += deleted;
  }

  /** The least event time of all marks there ever were. */
  long leastTime() {
    return leastTime;
  }
}
