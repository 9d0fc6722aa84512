package dev.tributary.connect.sink.clickhouse;

import dev.tributary.connect.sink.table.SinkKeys;
import org.jspecify.annotations.Nullable;

/**
 * An insert that ClickHouse has not acknowledged. The message never contains values of rows: if the
 * server's text may quote them, that text and the cause are left out.
 */
public final class InsertException extends ClickHouseException {

  private static final long serialVersionUID = 1L;

  private final boolean uncertain;

  private InsertException(
      FailureKind kind,
      int code,
      boolean uncertain,
      @Nullable String message,
      @Nullable Throwable cause) {
    super(kind, code, message, cause);
    this.uncertain = uncertain;
  }

  /**
   * An attempt failed.
   *
   * @param begun whether any byte of the rows may have been sent
   */
  public static InsertException of(ClickHouseException failure, boolean begun) {
    int code = failure.code();
    FailureKind kind = failure.kind();
    boolean uncertain = begun && !(code > 0 && ErrorCode.isBeforeWriting(code, kind));
    return kind == FailureKind.DATA || ErrorCode.isPerhapsData(code)
        ? new InsertException(
            kind, code, uncertain, ErrorCode.withoutValues(code, failure.getMessage()), null)
        : new InsertException(kind, code, uncertain, failure.getMessage(), failure);
  }

  /** There was no answer within the timeout. */
  static InsertException timeout(long timeoutMs, boolean begun) {
    return new InsertException(
        FailureKind.UNREACHABLE,
        0,
        begun,
        "no answer within " + timeoutMs + " ms, see " + SinkKeys.REQUEST_TIMEOUT,
        null);
  }

  /** The attempt must not be made: the partition is fenced or revoked. */
  public static InsertException notSent(String reason, @Nullable Throwable cause) {
    return new InsertException(FailureKind.TRANSIENT, 0, false, "not sent: " + reason, cause);
  }

  /** The attempt was not made because of a permanent fault. */
  public static InsertException impossible(Throwable cause) {
    return new InsertException(
        FailureKind.PERMANENT, 0, false, "not sent: " + cause.getMessage(), cause);
  }

  /** It is unknown which rows are stored, since the table could not be queried. */
  public static InsertException unverified(ClickHouseException cause) {
    FailureKind kind = cause.kind();
    return new InsertException(
        kind.isRetried() || kind == FailureKind.DENIED ? kind : FailureKind.PERMANENT,
        0,
        true,
        "the table could not be queried for the rows that are stored: " + cause.getMessage(),
        cause);
  }

  /** Whether rows may be stored nevertheless. */
  public boolean isUncertain() {
    return uncertain;
  }
}
