package dev.tributary.connect.sink.exactly;

/**
 * Of the records of a partition that were delivered below an offset, which are not done. It stays
 * true, since what is done stays done.
 */
public record Horizon(long doneBelow, OffsetSet except) {

  public static final Horizon NONE = new Horizon(0, OffsetSet.EMPTY);
}
