package dev.tributary.connect.join.right;

import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;

/**
 * The wish to have the right topic read to the ends that it has after the wish was made. Thread-
 * safe.
 */
public final class EndOffsetRequest {

  private final CountDownLatch done = new CountDownLatch(1);
  private volatile long askedMs;
  private volatile Map<TopicPartition, Long> ends = Map.of();

  /** The ends are known, as they were at this time. */
  void asked(long nowMs, Map<TopicPartition, Long> found) {
    ends = Map.copyOf(found);
    askedMs = nowMs;
  }

  Map<TopicPartition, Long> ends() {
    return ends;
  }

  /** When the ends were asked for, by the wall clock. */
  public long askedMs() {
    return askedMs;
  }

  /** The ends have been reached, or never will be. */
  void end() {
    done.countDown();
  }

  public boolean isDone() {
    return done.getCount() == 0;
  }

  /** Waits so long for the end; returns whether it has come. */
  public boolean await(long millis) {
    try {
      return done.await(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }
}
