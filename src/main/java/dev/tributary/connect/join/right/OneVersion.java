package dev.tributary.connect.join.right;

import org.jspecify.annotations.Nullable;

/** A single version, as most keys have. */
class OneVersion extends Versions {

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
    return added == time ? same(addedRow) : ManyVersions.of(this, added, addedRow);
  }

  /** Another row in the place of this one. */
  OneVersion same(byte @Nullable [] other) {
    return new OneVersion(time, other);
  }

  @Override
  @Nullable Versions since(long limit) {
    return time >= limit ? this : null;
  }

  /** A single version, after others that were forgotten. */
  static final class Trimmed extends OneVersion {

    Trimmed(long time, byte @Nullable [] row) {
      super(time, row);
    }

    @Override
    boolean isTrimmed() {
      return true;
    }

    @Override
    OneVersion same(byte @Nullable [] other) {
      return new Trimmed(time(0), other);
    }
  }
}
