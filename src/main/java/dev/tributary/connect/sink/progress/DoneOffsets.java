package dev.tributary.connect.sink.progress;

import dev.tributary.connect.sink.offsets.OffsetSet;

/**
 * Of the records of a partition that were delivered below an offset, which are not done. It stays
 * true, since what is done stays done.
 */
public record DoneOffsets(long doneBelow, OffsetSet except) {

  public static final DoneOffsets NONE = new DoneOffsets(0, OffsetSet.EMPTY);
}
