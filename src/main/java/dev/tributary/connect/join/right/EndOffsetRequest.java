package dev.tributary.connect.join.right;

import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;

/**
 * A request to read the right topic to the end offsets that it has after the request was made.
 * Thread-safe.
 */
public final class EndOffsetRequest {

  private final CountDownLatch done = new CountDownLatch(1);
  private volatile long askedMs;
  private volatile Map<TopicPartition, Long> ends = Map.of();

  /** Sets the end offsets, and when they were looked up. */
  void lookedUp(long nowMs, Map<TopicPartition, Long> found) {
    ends = Map.copyOf(found);
    askedMs = nowMs;
  }

  Map<TopicPartition, Long> ends() {
    return ends;
  }

  /** When the end offsets were looked up, by the wall clock. */
  public long askedMs() {
    return askedMs;
  }

  /** The end offsets have been reached, or never will be. */
  void end() {
    done.countDown();
  }

  public boolean isDone() {
    return done.getCount() == 0;
  }

  /** Waits at most this long until it is done; returns whether it is. */
  public boolean await(long millis) {
    try {
      return done.await(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }
}
