package dev.tributary.connect.util;

import java.util.function.Supplier;
import org.apache.kafka.common.utils.Time;

/** A clock that tests move; sleeping moves it too. */
public final class ManualTime implements Time {

  private long now = 1_700_000_000_000L;
  private long stepPerReading;

  public void advance(long ms) {
    now += ms;
  }

  /** Lets every reading take so long. */
  public void stepPerReading(long ms) {
    stepPerReading = ms;
  }

  @Override
  public long milliseconds() {
    now += stepPerReading;
    return now;
  }

  @Override
  public long nanoseconds() {
    return milliseconds() * 1_000_000;
  }

  @Override
  public void sleep(long ms) {
    now += ms;
  }

  @Override
  public void waitObject(Object obj, Supplier<Boolean> condition, long deadlineMs) {
    throw new UnsupportedOperationException();
  }
}
