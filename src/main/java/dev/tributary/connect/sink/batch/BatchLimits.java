package dev.tributary.connect.sink.batch;

/**
 * Decides when an open batch is closed to be inserted.
 *
 * <p>A batch that has reached a limit of rows or bytes is full and is sent at once; a batch that is
 * {@code maxDelayMs} old is sent however small it is. Otherwise a batch of at least {@link
 * #WORTHWHILE_ROWS} is sent once no records are arriving or it has collected for {@link
 * #COLLECTING_MS}, provided that no insert is in flight. So a backlog is inserted in large batches,
 * which cost ClickHouse a fraction of small ones, since each insert creates a part to be merged.
 * The rest of a burst does not wait for the delay either. With {@code maxRows} below {@link
 * #WORTHWHILE_ROWS} only the limits apply. Immutable.
 *
 * @param maxRows the most rows of one insert
 * @param maxBytes the most bytes of memory of one batch
 * @param maxDelayMs the highest age of a batch, counted from its first row
 */
public record BatchLimits(int maxRows, long maxBytes, long maxDelayMs) {

  /** The number of rows from which the cost of an insert is mostly that of its rows. */
  public static final int WORTHWHILE_ROWS = 10_000;

  /** How long a worthwhile batch keeps collecting while records arrive. */
  public static final long COLLECTING_MS = 100;

  /** The poll timeout to see whether records still arrive. */
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
   * @param quiet whether the last poll returned no records
   * @param hasRoom whether an insert could start immediately
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

  /** The time in milliseconds after which to call {@link #isDue} again if no record arrives. */
  public long lookAgainMs(Batch batch, long nowMs) {
    return goesEarly(batch) ? LOOK_MS : Math.max(1, batch.openedMs() + maxDelayMs - nowMs);
  }
}
