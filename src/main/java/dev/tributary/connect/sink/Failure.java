package dev.tributary.connect.sink;

import com.clickhouse.client.api.ClientException;
import com.clickhouse.client.api.ClientMisconfigurationException;
import com.clickhouse.client.api.ServerException;
import java.io.IOException;
import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a failed statement means for the sink. The ClickHouse error code decides before the HTTP
 * status, which proxies and some server versions set freely; {@link ErrorCode} has the codes.
 */
enum Failure {
  /** The server, or the way to it, is not there at the moment. */
  UNREACHABLE("retried for ever, with another URL at once"),
  /** The server answered and will take the same statement later. */
  TRANSIENT("retried for ever"),
  /** The server is short of memory or time: it takes the statement later, or a smaller one. */
  PRESSURE("retried; after three times in a row the batch is halved, a single row fails the task"),
  /** The rows belong to more partitions of the table than one insert may have. */
  TOO_MANY_PARTITIONS("the batch is halved"),
  /** The table is not what it was when the batch was made. */
  SCHEMA("the table is read again and the batch written anew; the task fails if nothing changed"),
  /** The server does not take a value of some row. */
  DATA("the batch is halved until the row is found, which goes to the dead letter queue"),
  /** User name, password or rights are not accepted. */
  DENIED("the task fails"),
  /** Neither the user nor the server may write. */
  READ_ONLY("the task fails"),
  /** There is no such database. */
  NO_DATABASE("the task fails"),
  /** The statement fails however often it is sent. */
  PERMANENT("the task fails");

  private static final Set<Integer> TRANSIENT_STATUS = Set.of(408, 429, 502, 503, 504);

  private final String consequence;

  Failure(String consequence) {
    this.consequence = consequence;
  }

  static Failure of(Throwable thrown) {
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause instanceof ServerException server) {
        return of(server.getCode(), server.getTransportProtocolCode(), server.getMessage());
      }
    }
    if (thrown instanceof SQLException sql && sql.getErrorCode() > 0) {
      return of(sql.getErrorCode(), 0, sql.getMessage());
    }
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause instanceof ClientMisconfigurationException) {
        return PERMANENT;
      } else if (cause instanceof IOException || cause instanceof ClientException) {
        return UNREACHABLE;
      }
    }
    return PERMANENT;
  }

  private static Failure of(int code, int status, @Nullable String message) {
    if (code > 0) {
      return ErrorCode.failure(code, message == null ? "" : message);
    } else if (TRANSIENT_STATUS.contains(status)) {
      return UNREACHABLE;
    } else if (status == 401 || status == 403) {
      return DENIED;
    }
    return PERMANENT;
  }

  /** Whether the same statement is sent again. */
  boolean isRetried() {
    return this == UNREACHABLE || this == TRANSIENT || this == PRESSURE;
  }

  /** What whoever runs the sink can do when the task has failed of it. */
  String advice() {
    return switch (this) {
      case DENIED ->
          "check "
              + SinkConfig.USERNAME
              + " and "
              + SinkConfig.PASSWORD
              + ", and that the user has the right to INSERT, then restart the task";
      case READ_ONLY ->
          "the user, its profile or the server is read-only: give the user a profile without"
              + " readonly, then restart the task";
      case NO_DATABASE -> "create it, then restart the task";
      case PRESSURE ->
          "not even a single row: give the server more memory or time, then restart the task";
      case UNREACHABLE, TRANSIENT ->
          "gave up after the time that " + SinkConfig.RETRY_TIMEOUT + " gives it";
      case TOO_MANY_PARTITIONS, SCHEMA, DATA, PERMANENT ->
          "nothing of the batch is committed; mend the cause and restart the task";
    };
  }

  /** What the sink does about it, for the page of the errors. */
  String consequence() {
    return consequence;
  }
}
