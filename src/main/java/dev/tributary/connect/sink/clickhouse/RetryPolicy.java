package dev.tributary.connect.sink.clickhouse;

import java.util.concurrent.ThreadLocalRandom;

/**
 * How long to wait between the attempts of one insert: exponential back-off with jitter.
 *
 * @param backoffMs wait before the first retry
 * @param maxBackoffMs longest wait
 * @param timeoutMs how long to go on in all; -1 for ever
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

  /** Whether an insert that has failed for so long is given up. */
  public boolean givesUpAfter(long elapsedMs) {
    return timeoutMs >= 0 && elapsedMs >= timeoutMs;
  }
}
