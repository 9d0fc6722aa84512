package dev.tributary.connect.record;

/**
 * Stream time: the greatest event time seen so far, of a partition or of the slowest one of
 * several.
 */
public final class StreamTime {

  /**
   * Stream time before the first event. It is less than every {@link EventTime}, also by more than
   * any window, and windows may be subtracted from it: event times are within 2^52 ms and {@link
   * Durations} are shorter still, so nothing overflows and what has not begun is never late.
   */
  public static final long NONE = Long.MIN_VALUE / 2;

  private StreamTime() {}
}
