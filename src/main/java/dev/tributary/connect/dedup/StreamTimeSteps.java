package dev.tributary.connect.dedup;

import dev.tributary.connect.record.StreamTime;
import java.util.Arrays;

/**
 * Remembers the stream time at some of the offsets that are not committed yet, so that a commit can
 * tell how far stream time is certain never to go back.
 *
 * <p>Of so many decided records one is remembered: for a commit in between, the one below serves.
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

  /** Forgets the steps at and above an offset, as they will be taken again. */
  void dropFrom(long offset) {
    while (end > start && offsets[end - 1] >= offset) {
      end--;
    }
    sinceLast = spacing;
  }

  /**
   * Takes the steps up to a committed offset out.
   *
   * @return the offset of the last one taken, -1 if there was none
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
