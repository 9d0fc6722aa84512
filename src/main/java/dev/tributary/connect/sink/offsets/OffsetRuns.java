package dev.tributary.connect.sink.offsets;

import java.util.Arrays;

/**
 * The offsets of records of one partition in the order of delivery, as runs. They are mostly
 * ascending, but the framework may rewind and deliver some again, so an offset can occur more than
 * once. Not thread-safe.
 */
public final class OffsetRuns {

  /** Takes a run of offsets, the end exclusive. */
  @FunctionalInterface
  interface RunConsumer {
    void accept(long from, long end);
  }

  /** First offset and exclusive end of each run, in turn. */
  private long[] bounds = new long[8];

  private int length;

  public void add(long offset) {
    if (length > 0 && bounds[length - 1] == offset) {
      bounds[length - 1]++;
      return;
    }
    if (length == bounds.length) {
      bounds = Arrays.copyOf(bounds, 2 * length);
    }
    bounds[length++] = offset;
    bounds[length++] = offset + 1;
  }

  void forEachRun(RunConsumer consumer) {
    for (int i = 0; i < length; i += 2) {
      consumer.accept(bounds[i], bounds[i + 1]);
    }
  }

  /** The lowest offset; there must be one. */
  public long first() {
    long first = bounds[0];
    for (int i = 2; i < length; i += 2) {
      first = Math.min(first, bounds[i]);
    }
    return first;
  }

  /** The highest offset; there must be one. */
  public long last() {
    long end = bounds[1];
    for (int i = 3; i < length; i += 2) {
      end = Math.max(end, bounds[i]);
    }
    return end - 1;
  }

  /** The offsets, each once. */
  public OffsetSet toSet() {
    boolean ascending = true;
    for (int i = 2; i < length && ascending; i += 2) {
      ascending = bounds[i - 2] <= bounds[i];
    }
    OffsetSet.Builder set = new OffsetSet.Builder();
    if (ascending) {
      forEachRun(set::add);
    } else {
      long[][] runs = new long[length / 2][];
      for (int i = 0; i < length; i += 2) {
        runs[i / 2] = new long[] {bounds[i], bounds[i + 1]};
      }
      Arrays.sort(runs, (one, two) -> Long.compare(one[0], two[0]));
      for (long[] run : runs) {
        set.add(run[0], run[1]);
      }
    }
    return set.build();
  }
}
