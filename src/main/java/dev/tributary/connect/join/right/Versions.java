package dev.tributary.connect.join.right;

import org.jspecify.annotations.Nullable;

/**
 * The versions of one right key, ordered by their times, which are distinct. A version without a
 * row is a tombstone: it ends the one before.
 *
 * <p>One thread changes them, and keeps what a change returns; any thread may read.
 */
abstract class Versions {

  /** No version is left of a key, all have been forgotten. Takes no memory of its own. */
  static final Versions FORGOTTEN =
      new Versions() {
        @Override
        int count() {
          return 0;
        }

        @Override
        long time(int index) {
          throw new IndexOutOfBoundsException(index);
        }

        @Override
        byte @Nullable [] row(int index) {
          throw new IndexOutOfBoundsException(index);
        }

        @Override
        boolean isTrimmed() {
          return true;
        }

        @Override
        long overhead() {
          return 0;
        }

        @Override
        Versions with(long time, byte @Nullable [] row) {
          return new OneVersion.Trimmed(time, row);
        }

        @Override
        Versions since(long time) {
          return this;
        }
      };

  static Versions of(long time, byte @Nullable [] row) {
    return new OneVersion(time, row);
  }

  abstract int count();

  abstract long time(int index);

  abstract byte @Nullable [] row(int index);

  /** Whether older versions than these have been forgotten. */
  abstract boolean isTrimmed();

  /** The memory they take beside their rows. */
  abstract long overhead();

  /** These and one more, which replaces one with the same time. */
  abstract Versions with(long time, byte @Nullable [] row);

  /** Those that are not older than this time; null if there are none. */
  abstract @Nullable Versions since(long time);

  /**
   * The row that a left at this time takes: the newest version at or before it, inside the window;
   * where there is none, the oldest one after it inside the window. Null if there is neither.
   */
  final byte @Nullable [] asOf(long left, Window window) {
    int count = count();
    int newest = lastUpTo(left, count);
    if (newest >= 0) {
      byte[] row = row(newest);
      if (row != null && window.reachesBack(time(newest), left)) {
        return row;
      }
    } else if (window.sinceEver() && !isTrimmed()) {
      byte[] row = row(0);
      if (row != null) {
        return row;
      }
    }
    for (int i = newest + 1; i < count && window.reachesForward(time(i), left); i++) {
      byte[] row = row(i);
      if (row != null) {
        return row;
      }
    }
    return null;
  }

  /** The index of the newest of the first {@code count} versions at or before a time, or -1. */
  final int lastUpTo(long time, int count) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (time(middle) <= time) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low - 1;
  }
}
