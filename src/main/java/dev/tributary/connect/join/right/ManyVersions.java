package dev.tributary.connect.join.right;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Versions in arrays with room at the end, so that a version that is newer than all others, the
 * common case, is added in place. Any other change makes new arrays, because other threads may be
 * reading.
 */
final class ManyVersions extends Versions {

  private static final int FIRST_ROOM = 4;

  private final long[] times;
  private final byte[] @Nullable [] rows;
  private final boolean trimmed;

  /** Written after what it covers, read before it. */
  private volatile int count;

  private ManyVersions(long[] times, byte[] @Nullable [] rows, int count, boolean trimmed) {
    this.times = times;
    this.rows = rows;
    this.count = count;
    this.trimmed = trimmed;
  }

  static Versions of(OneVersion one, long time, byte @Nullable [] row) {
    ManyVersions many =
        new ManyVersions(new long[FIRST_ROOM], new byte[FIRST_ROOM][], 1, one.isTrimmed());
    many.times[0] = one.time(0);
    many.rows[0] = one.row(0);
    return many.with(time, row);
  }

  @Override
  int count() {
    return count;
  }

  @Override
  long time(int index) {
    return times[index];
  }

  @Override
  byte @Nullable [] row(int index) {
    return rows[index];
  }

  @Override
  boolean isTrimmed() {
    return trimmed;
  }

  @Override
  long overhead() {
    return 32 + 16 + 8L * times.length + 16 + 4L * times.length;
  }

  @Override
  Versions with(long time, byte @Nullable [] row) {
    int held = count;
    if (time > times[held - 1]) {
      ManyVersions target = held < times.length ? this : copy(held + held / 2 + 1);
      target.times[held] = time;
      target.rows[held] = row;
      target.count = held + 1;
      return target;
    }
    int before = lastUpTo(time, held);
    ManyVersions target;
    if (before >= 0 && times[before] == time) {
      target = copy(times.length);
      target.rows[before] = row;
    } else {
      int at = before + 1;
      target = copy(Math.max(times.length, held + 1));
      System.arraycopy(times, at, target.times, at + 1, held - at);
      System.arraycopy(rows, at, target.rows, at + 1, held - at);
      target.times[at] = time;
      target.rows[at] = row;
      target.count = held + 1;
    }
    return target;
  }

  private ManyVersions copy(int room) {
    return new ManyVersions(Arrays.copyOf(times, room), Arrays.copyOf(rows, room), count, trimmed);
  }

  @Override
  @Nullable Versions since(long limit) {
    int held = count;
    int from = lastUpTo(limit - 1, held) + 1;
    if (from == 0) {
      return this;
    }
    return from == held
        ? null
        : new ManyVersions(
            Arrays.copyOfRange(times, from, held),
            Arrays.copyOfRange(rows, from, held),
            held - from,
            true);
  }
}
