package dev.tributary.connect.sink.batch;

/**
 * When an open batch is closed to be inserted.
 *
 * <p>One that has reached a limit of rows or bytes is full and goes at once; one that is old goes
 * however small it is. In between, one that is worth an insert goes when little is gained by
 * waiting: no more records come just now, or it has collected for a moment; unless another insert
 * is under way, behind which it had to wait anyhow. So a backlog is inserted in large batches,
 * which cost ClickHouse a fraction of small ones, since each leaves a part to be merged. What is
 * left of a burst does not wait for the delay either. With {@code maxRows} below what is worth an
 * insert only the limits count. Immutable.
 *
 * @param maxRows of one insert
 * @param maxBytes of memory of one batch
 * @param maxDelayMs from a batch's first row on
 */
public record BatchLimits(int maxRows, long maxBytes, long maxDelayMs) {

  /** From so many rows on an insert costs mostly its rows, and no longer itself. */
  public static final int WORTHWHILE_ROWS = 10_000;

  /** How long a batch that is worth an insert goes on collecting while records come. */
  public static final long COLLECTING_MS = 100;

  /** How soon it is asked again whether records still come. */
  private static final long LOOK_MS = 5;

  static boolean isWorthwhile(Batch batch) {
    return batch.rows() >= WORTHWHILE_ROWS;
  }

  public boolean isFull(Batch batch) {
    return batch.rows() >= maxRows || batch.bytes() >= maxBytes;
  }

  /**
   * Whether a batch that is not full is to be inserted.
   *
   * @param quiet whether no records have come lately
   * @param hasRoom whether an insert could start at once
   */
  public boolean isDue(Batch batch, long nowMs, boolean quiet, boolean hasRoom) {
    long ageMs = nowMs - batch.openedMs();
    return ageMs >= maxDelayMs
        || (hasRoom
            && goesEarly(batch)
            && (quiet || (isWorthwhile(batch) && ageMs >= COLLECTING_MS)));
  }

  private boolean goesEarly(Batch batch) {
    return maxRows > WORTHWHILE_ROWS && (isWorthwhile(batch) || batch.isRestOfBurst());
  }

  /** In how many milliseconds to ask {@link #isDue} again at the latest, if no record comes. */
  public long lookAgainMs(Batch batch, long nowMs) {
    return goesEarly(batch) ? LOOK_MS : Math.max(1, batch.openedMs() + maxDelayMs - nowMs);
  }
}
