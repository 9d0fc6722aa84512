package dev.tributary.connect.sink.clickhouse;

import dev.tributary.connect.sink.table.SinkKeys;
import org.jspecify.annotations.Nullable;

/**
 * An insert that ClickHouse has not acknowledged. The message never holds values of rows, so where
 * the server's own text quotes them, that text is left out, and the cause with it.
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

  /** There was no answer in time. */
  static InsertException timeout(long timeoutMs, boolean begun) {
    return new InsertException(
        FailureKind.UNREACHABLE,
        0,
        begun,
        "no answer within " + timeoutMs + " ms, see " + SinkKeys.REQUEST_TIMEOUT,
        null);
  }

  /**
   * The attempt must not be made: the partition has another owner, or nobody waits for the rows any
   * more.
   */
  public static InsertException notSent(String reason, @Nullable Throwable cause) {
    return new InsertException(FailureKind.TRANSIENT, 0, false, "not sent: " + reason, cause);
  }

  /** The attempt was not made because of a fault that does not pass. */
  public static InsertException impossible(Throwable cause) {
    return new InsertException(
        FailureKind.PERMANENT, 0, false, "not sent: " + cause.getMessage(), cause);
  }

  /** It is not known whether the rows are there, since the table could not be asked. */
  public static InsertException unverified(ClickHouseException cause) {
    FailureKind kind = cause.kind();
    return new InsertException(
        kind.isRetried() || kind == FailureKind.DENIED ? kind : FailureKind.PERMANENT,
        0,
        true,
        "the table could not be asked which rows it has: " + cause.getMessage(),
        cause);
  }

  /** Whether rows may be in the table all the same. */
  public boolean isUncertain() {
    return uncertain;
  }
}
