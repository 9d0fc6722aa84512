package dev.tributary.connect.sink.clickhouse;

import static dev.tributary.connect.sink.clickhouse.Remedy.BISECT;
import static dev.tributary.connect.sink.clickhouse.Remedy.FAIL;
import static dev.tributary.connect.sink.clickhouse.Remedy.HALVE;
import static dev.tributary.connect.sink.clickhouse.Remedy.REFRESH_TABLE;
import static dev.tributary.connect.sink.clickhouse.Remedy.RETRY;
import static dev.tributary.connect.sink.clickhouse.Remedy.RETRY_ELSEWHERE;
import static dev.tributary.connect.sink.clickhouse.Remedy.RETRY_THEN_HALVE;

import dev.tributary.connect.sink.table.SinkKeys;

/** What a failed statement means for the sink, and what the sink does about it. */
public enum FailureKind {
  /** The server, or the way to it, is not there at the moment. */
  UNREACHABLE(RETRY_ELSEWHERE),
  /** The server answered and will take the same statement later. */
  TRANSIENT(RETRY),
  /** The server is short of memory or time: it takes the statement later, or a smaller one. */
  PRESSURE(RETRY_THEN_HALVE),
  /** The rows belong to more partitions of the table than one insert may have. */
  TOO_MANY_PARTITIONS(HALVE),
  /** The table is not what it was when the batch was made. */
  SCHEMA(REFRESH_TABLE),
  /** The server does not take a value of some row. */
  DATA(BISECT),
  /** User name, password or rights are not accepted. */
  DENIED(FAIL),
  /** Neither the user nor the server may write. */
  READ_ONLY(FAIL),
  /** There is no such database. */
  NO_DATABASE(FAIL),
  /** The statement fails however often it is sent. */
  PERMANENT(FAIL);

  private final Remedy remedy;

  FailureKind(Remedy remedy) {
    this.remedy = remedy;
  }

  /** What the sink does about an insert that failed so. */
  public Remedy remedy() {
    return remedy;
  }

  /** Whether the same statement is sent again. */
  public boolean isRetried() {
    return remedy.isRetry();
  }

  /** What whoever runs the sink can do when the task has failed of it. */
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
          "not even a single row: give the server more memory or time, then restart the task";
      case UNREACHABLE, TRANSIENT ->
          "gave up after the time that " + SinkKeys.RETRY_TIMEOUT + " gives it";
      case TOO_MANY_PARTITIONS, SCHEMA, DATA, PERMANENT ->
          "nothing of the batch is committed; mend the cause and restart the task";
    };
  }
}
