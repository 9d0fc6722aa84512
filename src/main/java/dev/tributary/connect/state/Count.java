package dev.tributary.connect.state;

import java.util.concurrent.atomic.AtomicLong;

/**
 * A number with one writing thread, which any thread may read. Unlike an atomic increment, a write
 * does not wait until all earlier ones are in memory, which counts at every record.
 */
public final class Count {

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
