package dev.tributary.connect.sink;

import com.clickhouse.client.api.ClientException;
import com.clickhouse.client.api.ClientMisconfigurationException;
import com.clickhouse.client.api.ServerException;
import java.io.IOException;
import java.sql.SQLException;
import java.util.Set;

/**
 * What a failed statement means for the sink. The ClickHouse error code decides before the HTTP
 * status, which proxies and some server versions set freely.
 */
enum Failure {
  /** The server, or the way to it, is not there at the moment. */
  UNREACHABLE,
  /** The server answered and will take the same statement later. */
  TRANSIENT,
  /** User name, password or rights are not accepted. */
  DENIED,
  /** There is no such database. */
  NO_DATABASE,
  /** There is no such table. */
  NO_TABLE,
  /** The statement fails however often it is sent. */
  PERMANENT;

  /**
   * Codes after which the same statement can succeed: timeouts, memory, too many queries or parts,
   * read-only replicas, Keeper, network. Names in ClickHouse's {@code src/Common/ErrorCodes.cpp}.
   */
  private static final Set<Integer> TRANSIENT_CODES =
      Set.of(3, 107, 159, 202, 203, 209, 210, 225, 241, 242, 252, 279, 285, 319, 425, 439, 999);

  private static final Set<Integer> DENIED_CODES = Set.of(164, 192, 193, 194, 492, 497, 516);

  private static final Set<Integer> TRANSIENT_STATUS = Set.of(408, 429, 502, 503, 504);

  private static final int UNKNOWN_TABLE = 60;
  private static final int UNKNOWN_DATABASE = 81;

  static Failure of(Throwable thrown) {
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause instanceof ServerException server) {
        return of(server.getCode(), server.getTransportProtocolCode());
      }
    }
    if (thrown instanceof SQLException sql && sql.getErrorCode() > 0) {
      return of(sql.getErrorCode(), 0);
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

  private static Failure of(int code, int status) {
    if (TRANSIENT_CODES.contains(code)) {
      return TRANSIENT;
    } else if (DENIED_CODES.contains(code)) {
      return DENIED;
    } else if (code == UNKNOWN_DATABASE) {
      return NO_DATABASE;
    } else if (code == UNKNOWN_TABLE) {
      return NO_TABLE;
    } else if (code <= 0 && TRANSIENT_STATUS.contains(status)) {
      return UNREACHABLE;
    } else if (code <= 0 && (status == 401 || status == 403)) {
      return DENIED;
    }
    return PERMANENT;
  }

  boolean isRetried() {
    return this == UNREACHABLE || this == TRANSIENT;
  }
}
