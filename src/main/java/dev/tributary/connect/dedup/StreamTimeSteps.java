package dev.tributary.connect.dedup;

import dev.tributary.connect.record.StreamTime;
import java.util.Arrays;

/**
 * Remembers the stream time at some of the offsets that are not committed yet, so that it is known
 * after a commit how far stream time can never go back.
 *
 * <p>One in {@code spacing} decided records is remembered; a commit in between uses the one below.
 */
final class StreamTimeSteps {

  static final int SPACING = 256;

  private long[] offsets = new long[16];
  private long[] times = new long[16];
  private int start;
  private int end;
  private final int spacing;
  private int sinceLast;
  private long taken = StreamTime.NONE;

  StreamTimeSteps(int spacing) {
    this.spacing = spacing;
    this.sinceLast = spacing;
  }

  /** The record at this offset is about to be decided at this stream time. */
  void at(long offset, long streamTime) {
    if (++sinceLast < spacing) {
      return;
    }
    sinceLast = 0;
    if (end == offsets.length) {
      int length = end - start;
      int capacity = Math.max(16, 2 * length);
      long[] source = offsets;
      offsets = Arrays.copyOf(Arrays.copyOfRange(source, start, end), capacity);
      source = times;
      times = Arrays.copyOf(Arrays.copyOfRange(source, start, end), capacity);
      start = 0;
      end = length;
    }
    offsets[end] = offset;
    times[end] = streamTime;
    end++;
  }

  /** Drops the steps at and above an offset, as their records will be decided again. */
  void dropFrom(long offset) {
    while (end > start && offsets[end - 1] >= offset) {
      end--;
    }
    sinceLast = spacing;
  }

  /**
   * Removes the steps up to a committed offset.
   *
   * @return the offset of the last one removed, -1 if there was none
   */
  long takeUpTo(long committed) {
    long last = -1;
    while (start < end && offsets[start] <= committed) {
      last = offsets[start];
      taken = times[start];
      start++;
    }
    return last;
  }

  /** The stream time at the step that {@link #takeUpTo} took last. */
  long timeAtLastTaken() {
    return taken;
  }
}
