package dev.tributary.connect.sink.offsets;

import java.io.DataOutput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.LongConsumer;
import org.apache.kafka.common.utils.ByteUtils;

/** A set of offsets, stored as runs: exact, and small if it has few gaps. Immutable. */
public final class OffsetSet {

  public static final OffsetSet EMPTY = new OffsetSet(new long[0]);

  /** First offset and exclusive end of each run, in turn, ascending, no two runs touching. */
  private final long[] bounds;

  private OffsetSet(long[] bounds) {
    this.bounds = bounds;
  }

  /** The offsets of an array, in any order, duplicates allowed. */
  public static OffsetSet of(long... offsets) {
    long[] sorted = offsets.clone();
    Arrays.sort(sorted);
    Builder builder = new Builder();
    for (long offset : sorted) {
      builder.add(offset, offset + 1);
    }
    return builder.build();
  }

  /** All offsets from the first, inclusive, to the second, exclusive. */
  public static OffsetSet range(long from, long end) {
    return from < end ? new OffsetSet(new long[] {from, end}) : EMPTY;
  }

  public boolean isEmpty() {
    return bounds.length == 0;
  }

  public boolean contains(long offset) {
    int at = Arrays.binarySearch(bounds, offset);
    return at >= 0 ? at % 2 == 0 : (-at - 1) % 2 == 1;
  }

  /** The number of offsets. */
  public long size() {
    long size = 0;
    for (int i = 0; i < bounds.length; i += 2) {
      size += bounds[i + 1] - bounds[i];
    }
    return size;
  }

  /** The lowest offset; the set must not be empty. */
  public long first() {
    return bounds[0];
  }

  /** The highest offset; the set must not be empty. */
  public long last() {
    return bounds[bounds.length - 1] - 1;
  }

  public int runs() {
    return bounds.length / 2;
  }

  /** The first offset of a run. */
  public long from(int run) {
    return bounds[2 * run];
  }

  /** The end of a run, exclusive. */
  public long end(int run) {
    return bounds[2 * run + 1];
  }

  public OffsetSet intersect(OffsetSet other) {
    Builder builder = new Builder();
    int mine = 0;
    int theirs = 0;
    while (mine < runs() && theirs < other.runs()) {
      long from = Math.max(from(mine), other.from(theirs));
      long end = Math.min(end(mine), other.end(theirs));
      if (from < end) {
        builder.add(from, end);
      }
      if (end(mine) < other.end(theirs)) {
        mine++;
      } else {
        theirs++;
      }
    }
    return builder.build();
  }

  public OffsetSet minus(OffsetSet other) {
    Builder builder = new Builder();
    int theirs = 0;
    for (int mine = 0; mine < runs(); mine++) {
      long from = from(mine);
      long end = end(mine);
      while (theirs < other.runs() && other.end(theirs) <= from) {
        theirs++;
      }
      for (int at = theirs; at < other.runs() && other.from(at) < end; at++) {
        builder.add(from, other.from(at));
        from = Math.max(from, other.end(at));
      }
      builder.add(from, end);
    }
    return builder.build();
  }

  public OffsetSet plus(OffsetSet other) {
    Builder builder = new Builder();
    int mine = 0;
    int theirs = 0;
    while (mine < runs() || theirs < other.runs()) {
      if (theirs == other.runs() || (mine < runs() && from(mine) <= other.from(theirs))) {
        builder.add(from(mine), end(mine));
        mine++;
      } else {
        builder.add(other.from(theirs), other.end(theirs));
        theirs++;
      }
    }
    return builder.build();
  }

  public void forEach(LongConsumer consumer) {
    for (int i = 0; i < bounds.length; i += 2) {
      for (long offset = bounds[i]; offset < bounds[i + 1]; offset++) {
        consumer.accept(offset);
      }
    }
  }

  /** Writes the lengths of runs and gaps as varints, about two bytes a run. */
  public void write(DataOutput out) throws IOException {
    ByteUtils.writeUnsignedVarint(bounds.length, out);
    long last = 0;
    for (long bound : bounds) {
      ByteUtils.writeVarlong(bound - last, out);
      last = bound;
    }
  }

  public static OffsetSet read(ByteBuffer in) {
    int length = ByteUtils.readUnsignedVarint(in);
    long[] bounds = new long[length];
    long last = 0;
    for (int i = 0; i < length; i++) {
      last += ByteUtils.readVarlong(in);
      bounds[i] = last;
    }
    return new OffsetSet(bounds);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof OffsetSet set && Arrays.equals(bounds, set.bounds);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bounds);
  }

  /** The number of offsets and their bounds, for logs. */
  @Override
  public String toString() {
    return isEmpty() ? "no offsets" : size() + " offsets in " + first() + ".." + last();
  }

  /** Builds a set from runs in ascending order of their first offsets. */
  public static final class Builder {
    private long[] bounds = new long[8];
    private int length;

    /**
     * Adds the offsets from the first, inclusive, to the second, exclusive; an empty range adds
     * nothing.
     */
    public Builder add(long from, long end) {
      if (from >= end) {
        return this;
      }
      if (length > 0 && from <= bounds[length - 1]) {
        bounds[length - 1] = Math.max(bounds[length - 1], end);
        return this;
      }
      if (length == bounds.length) {
        bounds = Arrays.copyOf(bounds, 2 * length);
      }
      bounds[length++] = from;
      bounds[length++] = end;
      return this;
    }

    public OffsetSet build() {
      return length == 0 ? EMPTY : new OffsetSet(Arrays.copyOf(bounds, length));
    }
  }
}
