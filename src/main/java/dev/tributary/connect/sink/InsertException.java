package dev.tributary.connect.sink;

import com.clickhouse.client.api.ServerException;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * An insert that ClickHouse has not acknowledged. The message never holds values of rows, so where
 * the server's own text quotes them, that text is left out, and the cause with it.
 */
final class InsertException extends Exception {

  private static final long serialVersionUID = 1L;

  /** What follows this in the text of a violated constraint are values. */
  private static final String VALUES = "Column values:";

  private static final int VIOLATED_CONSTRAINT = 469;

  private final Failure failure;
  private final int code;
  private final boolean uncertain;

  private InsertException(
      Failure failure, int code, boolean uncertain, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.failure = failure;
    this.code = code;
    this.uncertain = uncertain;
  }

  /**
   * What the client has thrown.
   *
   * @param begun whether any byte of the rows may have been sent
   */
  static InsertException of(Throwable thrown, boolean begun) {
    Failure failure = Failure.of(thrown);
    int code = code(thrown);
    boolean uncertain = begun && !(code > 0 && ErrorCode.isBeforeWriting(code, failure));
    String text = text(thrown, failure);
    return failure == Failure.DATA || ErrorCode.isPerhapsData(code)
        ? new InsertException(failure, code, uncertain, withoutValues(code, text), null)
        : new InsertException(failure, code, uncertain, text, thrown);
  }

  /** There was no answer in time. */
  static InsertException timeout(long timeoutMs, boolean begun) {
    return new InsertException(
        Failure.UNREACHABLE,
        0,
        begun,
        "no answer within " + timeoutMs + " ms, see " + SinkConfig.REQUEST_TIMEOUT,
        null);
  }

  /**
   * The partition has another owner now, so nothing may be sent: there is nothing to do but wait.
   */
  static InsertException lost(Throwable cause) {
    return new InsertException(
        Failure.TRANSIENT, 0, false, "not sent: " + cause.getMessage(), cause);
  }

  /** It is not known whether the rows are there, since the table could not be asked. */
  static InsertException unverified(SQLException cause) {
    Failure failure = Failure.of(cause);
    return new InsertException(
        failure.isRetried() || failure == Failure.DENIED ? failure : Failure.PERMANENT,
        0,
        true,
        "the table could not be asked which rows it has: " + cause.getMessage(),
        cause);
  }

  /** The client's own text says that a request failed; why is in the depth. */
  private static String text(Throwable thrown, Failure failure) {
    String text = thrown.getMessage() == null ? thrown.toString() : thrown.getMessage();
    Throwable root = thrown;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return failure == Failure.UNREACHABLE && root != thrown
        ? text + ": " + root.getMessage()
        : text;
  }

  private static int code(Throwable thrown) {
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause instanceof ServerException server) {
        return server.getCode();
      }
    }
    return 0;
  }

  private static String withoutValues(int code, String text) {
    String name = ErrorCode.of(code).map(ErrorCode::name).orElse("");
    int values = text.indexOf(VALUES);
    return code == VIOLATED_CONSTRAINT && values > 0
        ? text.substring(0, values).strip()
        : "Code: " + code + " (" + name + "); the server's log has the text";
  }

  Failure failure() {
    return failure;
  }

  /** ClickHouse's error code; 0 where it gave none. */
  int code() {
    return code;
  }

  /** Whether rows may be in the table all the same. */
  boolean isUncertain() {
    return uncertain;
  }
}
