package dev.tributary.bench;

import dev.tributary.bench.BenchRun.Look;

/**
 * When the rows of a run came, as seen by looks at how many there are.
 *
 * <p>A sink that fills batches lets the last ones wait when they are not full, and whether they are
 * is a matter of numbers that divide one another, and of luck. That wait is not counted: when more
 * than half of the rows are there and then none comes for {@link #QUIET_SECONDS}, the run has taken
 * the time until then, scaled up to all rows. Not thread-safe.
 */
final class Arrivals {

  /** Longer than any insert, shorter than the sink's default delay. */
  static final double QUIET_SECONDS = 5;

  private final long wanted;
  private Look first = new Look(0, 0);
  private Look late = new Look(0, 0);
  private long rows;
  private double seconds;
  private long rowsInTime;
  private double secondsInTime;

  Arrivals(long wanted) {
    this.wanted = wanted;
  }

  /** Takes one look, at a time since the clock began to run; returns whether all rows are there. */
  boolean isLast(double now, long found) {
    if (found > rows) {
      first = first.rows() == 0 ? new Look(now, found) : first;
      late = late.rows() == 0 && found >= wanted * 9 / 10 ? new Look(now, found) : late;
      boolean waited = now - seconds >= QUIET_SECONDS && rows > wanted / 2;
      if (waited && rowsInTime == 0) {
        rowsInTime = rows;
        secondsInTime = seconds;
      }
      rows = found;
      seconds = now;
    }
    return found >= wanted;
  }

  /** The first look that found rows. */
  Look first() {
    return first;
  }

  /** The first look that found nine tenths of them. */
  Look late() {
    return late;
  }

  long rows() {
    return rows;
  }

  /** Since rows came last, or since the beginning. */
  double quiet(double now) {
    return now - seconds;
  }

  /** What the run took. */
  double seconds() {
    return rowsInTime == 0 ? seconds : secondsInTime * wanted / rowsInTime;
  }

  /** The rows whose wait is not counted. */
  long waited() {
    return rowsInTime == 0 ? 0 : wanted - rowsInTime;
  }
}
