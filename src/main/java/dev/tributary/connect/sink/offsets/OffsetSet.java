package dev.tributary.connect.sink.offsets;

import java.io.DataOutput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.LongConsumer;
import org.apache.kafka.common.utils.ByteUtils;

/**
 * A set of offsets, held as runs: exact, whatever gaps it has, and small where they are few.
 * Immutable.
 */
public final class OffsetSet {

  public static final OffsetSet EMPTY = new OffsetSet(new long[0]);

  /** First offset of each run and the one behind it, in turn, ascending, no two runs touching. */
  private final long[] bounds;

  private OffsetSet(long[] bounds) {
    this.bounds = bounds;
  }

  /** The offsets of an array, in whatever order and however often. */
  public static OffsetSet of(long... offsets) {
    long[] sorted = offsets.clone();
    Arrays.sort(sorted);
    Builder builder = new Builder();
    for (long offset : sorted) {
      builder.add(offset, offset + 1);
    }
    return builder.build();
  }

  /** All offsets from the first up to, without, the second. */
  public static OffsetSet range(long from, long behind) {
    return from < behind ? new OffsetSet(new long[] {from, behind}) : EMPTY;
  }

  public boolean isEmpty() {
    return bounds.length == 0;
  }

  public boolean contains(long offset) {
    int at = Arrays.binarySearch(bounds, offset);
    return at >= 0 ? at % 2 == 0 : (-at - 1) % 2 == 1;
  }

  /** How many offsets it has. */
  public long size() {
    long size = 0;
    for (int i = 0; i < bounds.length; i += 2) {
      size += bounds[i + 1] - bounds[i];
    }
    return size;
  }

  /** The smallest offset; the set must not be empty. */
  public long first() {
    return bounds[0];
  }

  /** The greatest offset; the set must not be empty. */
  public long last() {
    return bounds[bounds.length - 1] - 1;
  }

  public int runs() {
    return bounds.length / 2;
  }

  /** First offset of a run. */
  public long from(int run) {
    return bounds[2 * run];
  }

  /** The offset behind a run. */
  public long behind(int run) {
    return bounds[2 * run + 1];
  }

  public OffsetSet intersect(OffsetSet other) {
    Builder builder = new Builder();
    int mine = 0;
    int theirs = 0;
    while (mine < runs() && theirs < other.runs()) {
      long from = Math.max(from(mine), other.from(theirs));
      long behind = Math.min(behind(mine), other.behind(theirs));
      if (from < behind) {
        builder.add(from, behind);
      }
      if (behind(mine) < other.behind(theirs)) {
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
      long behind = behind(mine);
      while (theirs < other.runs() && other.behind(theirs) <= from) {
        theirs++;
      }
      for (int at = theirs; at < other.runs() && other.from(at) < behind; at++) {
        builder.add(from, other.from(at));
        from = Math.max(from, other.behind(at));
      }
      builder.add(from, behind);
    }
    return builder.build();
  }

  public OffsetSet plus(OffsetSet other) {
    Builder builder = new Builder();
    int mine = 0;
    int theirs = 0;
    while (mine < runs() || theirs < other.runs()) {
      if (theirs == other.runs() || (mine < runs() && from(mine) <= other.from(theirs))) {
        builder.add(from(mine), behind(mine));
        mine++;
      } else {
        builder.add(other.from(theirs), other.behind(theirs));
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

  /** Writes the lengths of runs and gaps, two bytes or so for each run. */
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

  /** How many offsets and between which; for logs. */
  @Override
  public String toString() {
    return isEmpty() ? "no offsets" : size() + " offsets in " + first() + ".." + last();
  }

  /** Makes a set of runs that come in ascending order of their first offsets. */
  public static final class Builder {
    private long[] bounds = new long[8];
    private int length;

    /** Adds the offsets from one up to, without, another; nothing where there are none. */
    public Builder add(long from, long behind) {
      if (from >= behind) {
        return this;
      }
      if (length > 0 && from <= bounds[length - 1]) {
        bounds[length - 1] = Math.max(bounds[length - 1], behind);
        return this;
      }
      if (length == bounds.length) {
        bounds = Arrays.copyOf(bounds, 2 * length);
      }
      bounds[length++] = from;
      bounds[length++] = behind;
      return this;
    }

    public OffsetSet build() {
      return length == 0 ? EMPTY : new OffsetSet(Arrays.copyOf(bounds, length));
    }
  }
}
