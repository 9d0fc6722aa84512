package dev.tributary.connect.join.right;

/**
 * Which right versions a left may take.
 *
 * @param beforeMs how much older than the left a version may be, inclusive; {@link Long#MAX_VALUE}
 *     for any age
 * @param afterMs how much younger, inclusive; 0 for not at all
 * @param sinceEver whether the oldest version of a key also holds for all times before it
 */
public record Window(long beforeMs, long afterMs, boolean sinceEver) {

  /** No bound on the age of a version. */
  public static final long UNBOUNDED = Long.MAX_VALUE;

  Window withSinceEver(boolean always) {
    return new Window(beforeMs, afterMs, always);
  }

  boolean reachesBack(long version, long left) {
    return beforeMs == UNBOUNDED || left - version <= beforeMs;
  }

  boolean reachesForward(long version, long left) {
    return version - left <= afterMs;
  }
}
