package dev.tributary.connect.dedup;

import java.util.ArrayList;
import java.util.List;

/**
 * Deduplication word for word as it is defined, over one partition read once without a fault. Slow
 * and obvious.
 */
final class ReferenceDedup {

  /** A record of the log. Its offset is its place in the log. */
  record Event(long key, long time, boolean movesStreamTime) {}

  private ReferenceDedup() {}

  /** Which of the records pass. */
  static List<Boolean> passes(List<Event> log, long window) {
    long grace = window;
    List<Event> accepted = new ArrayList<>();
    List<Boolean> passes = new ArrayList<>();
    for (Event event : log) {
      long streamTime =
          accepted.stream()
              .filter(Event::movesStreamTime)
              .mapToLong(Event::time)
              .max()
              .orElse(Long.MIN_VALUE);
      boolean duplicate =
          accepted.stream()
              .filter(mark -> mark.key() == event.key())
              .filter(mark -> Math.abs(event.time() - mark.time()) < window)
              .anyMatch(mark -> streamTime < mark.time() + window + grace);
      passes.add(!duplicate);
      if (!duplicate) {
        accepted.add(event);
      }
    }
    return passes;
  }
}
