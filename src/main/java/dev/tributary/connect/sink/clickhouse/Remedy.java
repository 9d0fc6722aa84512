package dev.tributary.connect.sink.clickhouse;

/** What the sink does about an insert that failed. */
public enum Remedy {
  /** Sends the same insert again, to another server at once where there is one. */
  RETRY_ELSEWHERE("retried without limit, with another URL at once"),
  RETRY("retried without limit"),
  /** Sends the same insert again, and makes it smaller when that keeps failing. */
  RETRY_THEN_HALVE(
      "retried; after three such errors the batch is halved, a single row fails the task"),
  RETRY_ONCE("the batch is sent once more, then the task fails"),
  HALVE("the batch is halved, a single row fails the task"),
  /** Applies the remedy that the error code has for a table that is what it was. */
  REFRESH_TABLE("the table is read again and, if it has changed, the batch is re-encoded for it"),
  BISECT("the batch is halved until the row is found, which goes to the dead letter queue"),
  FAIL("the task fails");

  private final String text;

  Remedy(String text) {
    this.text = text;
  }

  /** Whether the sender sends the same insert again by itself. */
  public boolean isRetry() {
    return this == RETRY_ELSEWHERE || this == RETRY || this == RETRY_THEN_HALVE;
  }

  /** For the page of the errors. */
  public String text() {
    return text;
  }
}
