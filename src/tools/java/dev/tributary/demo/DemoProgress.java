package dev.tributary.demo;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/**
 * Where the demo's events are, on one line: rewritten in place on a terminal, else a new line every
 * two seconds. Not thread-safe.
 */
final class DemoProgress {

  /**
   * One look at the pipeline.
   *
   * @param produced records that Kafka has acknowledged
   * @param read records that the connector has read
   * @param dropped records that the transform has dropped
   * @param rows rows in the table
   * @param uncommitted records whose offset the connector has not yet committed
   */
  record Snapshot(long produced, long read, long dropped, long rows, long uncommitted) {

    long lag() {
      return Math.max(0, produced - read);
    }
  }

  private static final Duration TERMINAL_INTERVAL = Duration.ofMillis(250);
  private static final Duration LINE_INTERVAL = Duration.ofSeconds(2);

  private final PrintStream out;
  private final boolean terminal;
  private long shownAt;
  private long shownRead;

  DemoProgress(PrintStream out, boolean terminal, long startedAt) {
    this.out = out;
    this.terminal = terminal;
    this.shownAt = startedAt;
  }

  void show(Snapshot snapshot, long now) {
    Duration interval = terminal ? TERMINAL_INTERVAL : LINE_INTERVAL;
    if (now - shownAt >= interval.toNanos()) {
      print(snapshot, now);
    }
  }

  /** The last look, whenever the one before was. */
  void finish(Snapshot snapshot, long now) {
    print(snapshot, now);
    if (terminal) {
      out.println();
    }
  }

  private void print(Snapshot snapshot, long now) {
    double seconds = Math.max(1e-3, (now - shownAt) / 1e9);
    double rate = Math.max(0, snapshot.read() - shownRead) / seconds;
    String line = line(snapshot, rate);
    if (terminal) {
      out.print("\r" + line + "\u001b[K");
      out.flush();
    } else {
      out.println(line);
    }
    shownAt = now;
    shownRead = snapshot.read();
  }

  static String line(Snapshot snapshot, double rate) {
    return String.format(
        Locale.ROOT,
        "produced %,d · read %,d · dropped %,d · rows %,d · %,.0f/s · lag %,d · uncommitted %,d",
        snapshot.produced(),
        snapshot.read(),
        snapshot.dropped(),
        snapshot.rows(),
        rate,
        snapshot.lag(),
        snapshot.uncommitted());
  }
}
