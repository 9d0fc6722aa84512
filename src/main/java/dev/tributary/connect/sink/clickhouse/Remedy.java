package dev.tributary.connect.sink.clickhouse;

/** How the sink handles a failed insert. */
public enum Remedy {
  /** Sends the same insert again, at once if another server is up. */
  RETRY_ELSEWHERE("retried without limit, with another URL at once"),
  RETRY("retried without limit"),
  /** Sends the same insert again, and halves it if that keeps failing. */
  RETRY_THEN_HALVE(
      "retried; after three such errors the batch is halved, a single row fails the task"),
  RETRY_ONCE("the batch is sent once more, then the task fails"),
  HALVE("the batch is halved, a single row fails the task"),
  /**
   * Re-encodes the batch if its table has changed, else applies {@link ErrorCode#ifTableUnchanged}.
   */
  REFRESH_TABLE("the table is read again and, if it has changed, the batch is re-encoded for it"),
  BISECT("the batch is halved until the row is found, which goes to the dead letter queue"),
  FAIL("the task fails");

  private final String text;

  Remedy(String text) {
    this.text = text;
  }

  /** Whether the sender retries the same insert. */
  public boolean isRetry() {
    return this == RETRY_ELSEWHERE || this == RETRY || this == RETRY_THEN_HALVE;
  }

  /** The description in the generated page of errors. */
  public String text() {
    return text;
  }
}
