package dev.tributary.connect.util;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;

/**
 * The background of one task, run on the test's own thread when the test says so, in the order in
 * which it is due. Waiting for it runs it too, and moves the clock as far as that takes.
 */
public final class ManualBackground {

  private record Work(Background owner, long dueMs, long number, Runnable run) {}

  private final ManualTime time;
  private final PriorityQueue<Work> waiting =
      new PriorityQueue<>(Comparator.comparingLong(Work::dueMs).thenComparingLong(Work::number));
  private long number;
  private int open;

  public ManualBackground(ManualTime time) {
    this.time = time;
  }

  public Background.Factory factory() {
    return (name, threads) -> {
      open++;
      return new Part();
    };
  }

  /** How many parts were started and not closed. */
  public int open() {
    return open;
  }

  /** Runs the first work that is due; returns false when there is none. */
  public boolean runNext() {
    Work next = waiting.peek();
    if (next == null || next.dueMs > time.milliseconds()) {
      return false;
    }
    waiting.remove().run.run();
    return true;
  }

  /** Runs all that is due now, and what that makes due. */
  public void runDue() {
    while (runNext()) {}
  }

  private final class Part implements Background {
    private boolean closed;

    @Override
    public void execute(Runnable work) {
      schedule(work, 0);
    }

    @Override
    public void schedule(Runnable work, long delayMs) {
      if (!closed) {
        waiting.add(new Work(this, time.milliseconds() + delayMs, number++, work));
      }
    }

    @Override
    public boolean await(CompletableFuture<?> work, long ms) {
      long deadline = time.milliseconds() + ms;
      while (!work.isDone()) {
        if (!runNext()) {
          Work next = waiting.peek();
          long until = Math.min(deadline, next == null ? deadline : next.dueMs);
          time.advance(until - time.milliseconds());
          if (until == deadline) {
            return false;
          }
        }
      }
      return true;
    }

    @Override
    public void close() {
      waiting.removeIf(work -> work.owner == this);
      if (!closed) {
        closed = true;
        open--;
      }
    }
  }
}
