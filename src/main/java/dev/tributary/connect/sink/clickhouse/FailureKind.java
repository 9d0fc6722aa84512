package dev.tributary.connect.sink.clickhouse;

import static dev.tributary.connect.sink.clickhouse.Remedy.BISECT;
import static dev.tributary.connect.sink.clickhouse.Remedy.FAIL;
import static dev.tributary.connect.sink.clickhouse.Remedy.HALVE;
import static dev.tributary.connect.sink.clickhouse.Remedy.REFRESH_TABLE;
import static dev.tributary.connect.sink.clickhouse.Remedy.RETRY;
import static dev.tributary.connect.sink.clickhouse.Remedy.RETRY_ELSEWHERE;
import static dev.tributary.connect.sink.clickhouse.Remedy.RETRY_THEN_HALVE;

import dev.tributary.connect.sink.table.SinkKeys;

/** The kinds of failed statements, and how the sink handles each. */
public enum FailureKind {
  /** The server cannot be reached. */
  UNREACHABLE(RETRY_ELSEWHERE),
  /** A temporary error: the server will accept the same statement later. */
  TRANSIENT(RETRY),
  /** The server lacks memory or time: it will accept the statement later, or a smaller one. */
  PRESSURE(RETRY_THEN_HALVE),
  /** The rows belong to more partitions of the table than one insert may write to. */
  TOO_MANY_PARTITIONS(HALVE),
  /** The batch was built for another schema of its table. */
  SCHEMA(REFRESH_TABLE),
  /** The server rejects a value of some row. */
  DATA(BISECT),
  /** The table has the rows, but one of its materialized views does not. */
  VIEW(FAIL),
  /** The user name or password is wrong, or a right is missing. */
  DENIED(FAIL),
  /** The user or the server is read-only. */
  READ_ONLY(FAIL),
  /** The database does not exist. */
  NO_DATABASE(FAIL),
  /**
   * The server's error is not in the table of {@link ErrorCode}, so a row may be the cause or any
   * row have it.
   */
  UNLISTED(HALVE),
  /** A retry of the statement would not help. */
  PERMANENT(FAIL);

  private final Remedy remedy;

  FailureKind(Remedy remedy) {
    this.remedy = remedy;
  }

  /** How the sink handles an insert that failed this way. */
  public Remedy remedy() {
    return remedy;
  }

  /** Whether the same statement is retried. */
  public boolean isRetried() {
    return remedy.isRetry();
  }

  /** What to do after the task has failed with it, for error messages. */
  public String advice() {
    return switch (this) {
      case DENIED ->
          "check "
              + SinkKeys.USERNAME
              + " and "
              + SinkKeys.PASSWORD
              + ", and that the user has the right to INSERT, then restart the task";
      case READ_ONLY ->
          "the user, its profile or the server is read-only: give the user a profile without"
              + " readonly, then restart the task";
      case NO_DATABASE -> "create it, then restart the task";
      case PRESSURE ->
          "not even a single row succeeds: give the server more memory or time, then restart the"
              + " task";
      case UNREACHABLE, TRANSIENT ->
          "gave up after "
              + SinkKeys.RETRY_TIMEOUT
              + "; restart the task once ClickHouse accepts inserts";
      case VIEW -> "nothing of the batch is committed";
      case TOO_MANY_PARTITIONS, SCHEMA, DATA, UNLISTED, PERMANENT ->
          "nothing of the batch is committed; fix the cause and restart the task";
    };
  }
}
