package dev.tributary.connect.dedup.index;

/**
 * The layout of a segment of {@link MarkIndex}: a {@code long[]} with a header and slots of three
 * longs.
 *
 * <pre>
 *   header  count | slots (56 bits), depth (8) | base offset | base time
 *   slot    prefix (64)
 *           rest (48), offset (upper 16)
 *           offset (lower 24), time (39), moves stream time (1)
 * </pre>
 *
 * The prefix is the hash after its first {@link #ROOT_BITS} bits, the rest its last 48 bits; the 8
 * bits between them are not kept. The offset is counted from the base offset. The time is counted
 * from the base time and is at least 1, so that 0 says that the slot is free; {@link #WIDE} says
 * that the offset is the number of an entry in {@link WideMarks}. Differences are taken and added
 * modulo 2^64, so they are exact whatever the bases.
 *
 * <p>A plain array with everything in it, because a look-up then touches two cache lines of it: the
 * header, which the JVM touches anyway for the length, and the slot.
 */
public final class MarkSegment {

  /** This many leading bits of a hash choose a root segment and are not stored. */
  static final int ROOT_BITS = 8;

  private static final long ROOT_MASK = (1 << ROOT_BITS) - 1;
  private static final int REST_BITS = 48;
  private static final long REST_MASK = (1L << REST_BITS) - 1;

  static final int HEADER = 4;
  static final int SLOT = 3;

  private static final int COUNT = 0;
  private static final int SHAPE = 1;
  private static final int BASE_OFFSET = 2;
  private static final int BASE_TIME = 3;

  private static final int DEPTH_BITS = 8;

  private static final int OFFSET_BITS = 40;
  private static final int OFFSET_LOWER_BITS = 24;
  private static final int OFFSET_UPPER_BITS = OFFSET_BITS - OFFSET_LOWER_BITS;
  private static final int TIME_BITS = 39;

  /** The time of a mark that is kept in {@link WideMarks}. */
  private static final long WIDE = (1L << TIME_BITS) - 1;

  private static final long TIME_MASK = WIDE << 1;
  private static final int LOWER_SHIFT = TIME_BITS + 1;

  /** An array has a header of its own. */
  private static final int ARRAY_HEADER = 16;

  /** What stands for a segment without marks: nothing is ever added to it. */
  static final long[] EMPTY = create(0, 0, ROOT_BITS);

  private MarkSegment() {}

  /**
   * A segment without marks.
   *
   * @param slots how many slots the hashes are spread over; a few more follow, for the marks that
   *     are pushed beyond the last one, and of these the very last stays free
   * @param depth how many first bits of their hash the marks have in common
   */
  static long[] create(int slots, int slack, int depth) {
    long[] segment = new long[Math.toIntExact(length(slots, slack))];
    segment[SHAPE] = (long) slots << DEPTH_BITS | depth;
    return segment;
  }

  /** Puts the middle of what offsets and times can be at these. */
  static void center(long[] segment, long offset, long time) {
    segment[BASE_OFFSET] = Math.max(0, offset - (1L << (OFFSET_BITS - 1)));
    segment[BASE_TIME] = time - (1L << (TIME_BITS - 1));
  }

  static void copyBases(long[] from, long[] to) {
    to[BASE_OFFSET] = from[BASE_OFFSET];
    to[BASE_TIME] = from[BASE_TIME];
  }

  static boolean sameBases(long[] one, long[] other) {
    return one[BASE_OFFSET] == other[BASE_OFFSET] && one[BASE_TIME] == other[BASE_TIME];
  }

  static int count(long[] segment) {
    return (int) segment[COUNT];
  }

  static void setCount(long[] segment, int count) {
    segment[COUNT] = count;
  }

  static int slots(long[] segment) {
    return (int) (segment[SHAPE] >>> DEPTH_BITS);
  }

  static int depth(long[] segment) {
    return (int) (segment[SHAPE] & ((1 << DEPTH_BITS) - 1));
  }

  /** The memory of a segment. */
  static long bytes(long[] segment) {
    return segment == EMPTY ? 0 : ARRAY_HEADER + (long) segment.length * Long.BYTES;
  }

  /** The memory of what {@link #create} makes. */
  public static long bytes(int slots, int slack) {
    return ARRAY_HEADER + length(slots, slack) * Long.BYTES;
  }

  private static long length(int slots, int slack) {
    return HEADER + (slots + slack + 1L) * SLOT;
  }

  static long prefix(long high, long low) {
    return high << ROOT_BITS | (low >>> REST_BITS & ROOT_MASK);
  }

  static long rest(long low) {
    return low & REST_MASK;
  }

  /** The first half of a hash but for the bits that the root segment stands for. */
  static long high(long prefix) {
    return prefix >>> ROOT_BITS;
  }

  /** The second half of a hash, with 0 for the bits that are not kept. */
  static long low(long prefix, long rest) {
    return (prefix & ROOT_MASK) << REST_BITS | rest;
  }

  /**
   * Where a mark wants to be. Spreads the bits after those in common over the slots without a
   * division, in their order.
   */
  static int home(long[] segment, long prefix) {
    long shape = segment[SHAPE];
    long bits = prefix << ((shape & ((1 << DEPTH_BITS) - 1)) - ROOT_BITS) >>> Integer.SIZE;
    return HEADER + (int) ((bits * (shape >>> DEPTH_BITS)) >>> Integer.SIZE) * SLOT;
  }

  static boolean isFree(long[] segment, int at) {
    return (segment[at + 2] & TIME_MASK) == 0;
  }

  static boolean isWide(long[] segment, int at) {
    return (segment[at + 2] & TIME_MASK) == TIME_MASK;
  }

  static long prefixAt(long[] segment, int at) {
    return segment[at];
  }

  static long restAt(long[] segment, int at) {
    return segment[at + 1] >>> OFFSET_UPPER_BITS;
  }

  static boolean movesStreamTime(long[] segment, int at) {
    return (segment[at + 2] & 1) != 0;
  }

  static long offset(long[] segment, int at, WideMarks wide) {
    long bits = offsetBits(segment, at);
    return isWide(segment, at) ? wide.offset(bits) : segment[BASE_OFFSET] + bits;
  }

  static long time(long[] segment, int at, WideMarks wide) {
    return isWide(segment, at)
        ? wide.time(offsetBits(segment, at))
        : segment[BASE_TIME] + ((segment[at + 2] & TIME_MASK) >>> 1);
  }

  /** Lets go of what the mark in a slot has in {@link WideMarks}. */
  static void release(long[] segment, int at, WideMarks wide) {
    if (isWide(segment, at)) {
      wide.remove(offsetBits(segment, at));
    }
  }

  static void put(
      long[] segment,
      int at,
      long prefix,
      long rest,
      long offset,
      long time,
      boolean movesStreamTime,
      WideMarks wide) {
    long offsetBits = offset - segment[BASE_OFFSET];
    long timeBits = time - segment[BASE_TIME];
    if (offsetBits >>> OFFSET_BITS != 0 || Long.compareUnsigned(timeBits - 1, WIDE - 1) >= 0) {
      offsetBits = wide.put(offset, time);
      timeBits = WIDE;
    }
    segment[at] = prefix;
    segment[at + 1] = rest << OFFSET_UPPER_BITS | offsetBits >>> OFFSET_LOWER_BITS;
    segment[at + 2] = offsetBits << LOWER_SHIFT | timeBits << 1 | (movesStreamTime ? 1 : 0);
  }

  private static long offsetBits(long[] segment, int at) {
    long upper = segment[at + 1] & ((1L << OFFSET_UPPER_BITS) - 1);
    return upper << OFFSET_LOWER_BITS | segment[at + 2] >>> LOWER_SHIFT;
  }
}
