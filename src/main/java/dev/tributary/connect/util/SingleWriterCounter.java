package dev.tributary.connect.util;

import java.util.concurrent.atomic.AtomicLong;

/**
 * A counter with one writing thread, which any thread may read: a release store instead of a locked
 * increment, since it is bumped for every record.
 */
public final class SingleWriterCounter {

  private final AtomicLong value = new AtomicLong();

  public void increment() {
    add(1);
  }

  public void add(long delta) {
    value.setRelease(value.getPlain() + delta);
  }

  public long get() {
    return value.getAcquire();
  }
}
