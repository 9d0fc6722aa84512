package dev.tributary.connect.sink.clickhouse;

import java.util.concurrent.ThreadLocalRandom;

/**
 * The backoff between the attempts of one insert: exponential, with jitter.
 *
 * @param backoffMs the wait before the first retry
 * @param maxBackoffMs the longest wait
 * @param timeoutMs how long to retry in total; -1 without limit
 */
public record RetryPolicy(long backoffMs, long maxBackoffMs, long timeoutMs) {

  /** A wait in milliseconds before the given retry (the first is 1), drawn from its upper half. */
  public long delayMs(int retry) {
    long ceiling = Math.min(maxBackoffMs, backoffMs << Math.min(retry - 1, 30));
    if (ceiling <= 0) {
      ceiling = maxBackoffMs;
    }
    return ceiling - ThreadLocalRandom.current().nextLong(ceiling / 2 + 1);
  }

  /** Whether an insert that has failed for this long is given up. */
  public boolean givesUpAfter(long elapsedMs) {
    return timeoutMs >= 0 && elapsedMs >= timeoutMs;
  }
}
