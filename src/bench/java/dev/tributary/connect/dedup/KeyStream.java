package dev.tributary.connect.dedup;

/**
 * The stream of a benchmark: which record has which key and time. The given number of new keys
 * fills the window and its grace; every tenth record after them may repeat a key that is less than
 * the window old. Not thread-safe.
 */
final class KeyStream {

  static final int RECORDS_PER_MS = 10;

  private static final long START = 1_753_000_000_000L;

  private final long keys;
  private final long window;
  private long seed = 1;

  KeyStream(long keys) {
    this.keys = keys;
    // The window and its grace hold as many records as there are keys.
    this.window = Math.max(1, keys / RECORDS_PER_MS / 2);
  }

  /** In milliseconds. */
  long window() {
    return window;
  }

  static long time(long offset) {
    return START + offset / RECORDS_PER_MS;
  }

  /** Whether this record repeats an earlier key; else its offset is its key. */
  boolean isDuplicate(long offset) {
    return offset >= keys && offset % 10 == 9;
  }

  /** A random record with a key of its own that lies less than the window before this one. */
  long earlier(long offset) {
    long reach = Math.max(1, Math.min(offset, window * RECORDS_PER_MS - 2 * RECORDS_PER_MS));
    long key = offset - 1 - Math.floorMod(mix(seed++ ^ 0x5DEECE66DL), reach);
    return isDuplicate(key) ? key - 1 : key;
  }

  /** Spreads numbers over 64 bits (SplitMix64). */
  static long mix(long number) {
    long z = number * 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
