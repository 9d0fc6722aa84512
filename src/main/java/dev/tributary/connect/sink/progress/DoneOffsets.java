package dev.tributary.connect.sink.progress;

import dev.tributary.connect.sink.offsets.OffsetSet;

/**
 * All records of a partition delivered below {@code doneBelow} are done, except these. Monotonic: a
 * done record never becomes undone.
 */
public record DoneOffsets(long doneBelow, OffsetSet except) {

  public static final DoneOffsets NONE = new DoneOffsets(0, OffsetSet.EMPTY);
}
