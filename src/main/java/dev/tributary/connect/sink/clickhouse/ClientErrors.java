package dev.tributary.connect.sink.clickhouse;

import com.clickhouse.client.api.ClientException;
import com.clickhouse.client.api.ClientMisconfigurationException;
import com.clickhouse.client.api.ServerException;
import dev.tributary.connect.util.Causes;
import java.io.IOException;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Translates exceptions of the client and the JDBC driver. The ClickHouse error code takes
 * precedence over the HTTP status, which proxies and some server versions set arbitrarily; {@link
 * ErrorCode} has the codes.
 */
final class ClientErrors {

  private static final Set<Integer> TRANSIENT_STATUS = Set.of(408, 429, 502, 503, 504);

  private ClientErrors() {}

  static ClickHouseException of(Throwable thrown) {
    if (thrown instanceof ClickHouseException known) {
      return known;
    }
    FailureKind kind = kind(thrown);
    int code =
        Causes.find(thrown, ServerException.class)
            .map(ServerException::getCode)
            .orElseGet(() -> sqlCode(thrown));
    return new ClickHouseException(kind, code, text(thrown, kind), thrown);
  }

  static FailureKind kind(Throwable thrown) {
    Optional<ServerException> answer = Causes.find(thrown, ServerException.class);
    if (answer.isPresent()) {
      ServerException server = answer.get();
      return kind(server.getCode(), server.getTransportProtocolCode(), server.getMessage());
    }
    int code = sqlCode(thrown);
    if (code > 0) {
      return kind(code, 0, thrown.getMessage());
    } else if (Causes.find(thrown, ClientMisconfigurationException.class).isPresent()) {
      return FailureKind.PERMANENT;
    }
    return Causes.find(thrown, IOException.class).isPresent()
            || Causes.find(thrown, ClientException.class).isPresent()
        ? FailureKind.UNREACHABLE
        : FailureKind.PERMANENT;
  }

  private static FailureKind kind(int code, int status, @Nullable String message) {
    if (code > 0) {
      return ErrorCode.kind(code, message == null ? "" : message);
    } else if (TRANSIENT_STATUS.contains(status)) {
      return FailureKind.UNREACHABLE;
    }
    return status == 401 || status == 403 ? FailureKind.DENIED : FailureKind.PERMANENT;
  }

  private static int sqlCode(Throwable thrown) {
    return thrown instanceof SQLException sql ? Math.max(0, sql.getErrorCode()) : 0;
  }

  /** The client's message only says that a request failed; the reason is in the root cause. */
  private static String text(Throwable thrown, FailureKind kind) {
    String text = thrown.getMessage() == null ? thrown.toString() : thrown.getMessage();
    Throwable root = Causes.root(thrown);
    return kind == FailureKind.UNREACHABLE && root != thrown
        ? text + ": " + root.getMessage()
        : text;
  }
}
