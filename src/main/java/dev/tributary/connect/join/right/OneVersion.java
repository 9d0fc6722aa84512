package dev.tributary.connect.join.right;

import org.jspecify.annotations.Nullable;

/** A single version, as most keys have. */
final class OneVersion extends Versions {

  private final long time;
  private final byte @Nullable [] row;

  OneVersion(long time, byte @Nullable [] row) {
    this.time = time;
    this.row = row;
  }

  @Override
  int count() {
    return 1;
  }

  @Override
  long time(int index) {
    return time;
  }

  @Override
  byte @Nullable [] row(int index) {
    return row;
  }

  @Override
  boolean isTrimmed() {
    return false;
  }

  @Override
  long overhead() {
    return 24;
  }

  @Override
  Versions with(long added, byte @Nullable [] addedRow) {
    return added == time ? new OneVersion(added, addedRow) : ManyVersions.of(this, added, addedRow);
  }

  @Override
  @Nullable Versions since(long limit) {
    return time >= limit ? this : null;
  }
}
