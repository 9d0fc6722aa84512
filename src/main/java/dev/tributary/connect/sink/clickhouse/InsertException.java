package dev.tributary.connect.sink.clickhouse;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An insert that ClickHouse has not acknowledged. The message never contains values of rows: if the
 * server's text may quote them, that text and the cause are left out.
 */
public final class InsertException extends ClickHouseException {

  private static final long serialVersionUID = 1L;

  private final boolean uncertain;
  private final Optional<String> view;
  private boolean onlyWhole;

  private InsertException(
      FailureKind kind,
      int code,
      boolean uncertain,
      Optional<String> view,
      @Nullable String message,
      @Nullable Throwable cause) {
    super(kind, code, message, cause);
    this.uncertain = uncertain;
    this.view = view;
  }

  /**
   * An attempt failed.
   *
   * @param begun whether any byte of the rows may have been sent
   */
  public static InsertException of(ClickHouseException failure, boolean begun) {
    int code = failure.code();
    FailureKind kind = failure.kind();
    boolean uncertain = begun && !ErrorCode.isBeforeWriting(code);
    String text = String.valueOf(failure.getMessage());
    Optional<String> view = code > 0 ? ErrorCode.view(text) : Optional.empty();
    boolean mayQuote = kind == FailureKind.DATA || ErrorCode.isPerhapsData(code);
    return new InsertException(
        kind,
        code,
        uncertain,
        view,
        mayQuote ? ErrorCode.withoutValues(code, text) : text,
        mayQuote ? null : failure);
  }

  /** The attempt must not be made: the partition is fenced or revoked. */
  public static InsertException notSent(String reason, @Nullable Throwable cause) {
    return new InsertException(
        FailureKind.TRANSIENT, 0, false, Optional.empty(), "not sent: " + reason, cause);
  }

  /** The attempt was not made because of a permanent fault. */
  public static InsertException impossible(Throwable cause) {
    return new InsertException(
        FailureKind.PERMANENT,
        0,
        false,
        Optional.empty(),
        "not sent: " + cause.getMessage(),
        cause);
  }

  /** It is unknown which rows are stored, since the table could not be queried. */
  public static InsertException unverified(ClickHouseException cause) {
    return unknown("the table could not be queried for the rows that are stored: ", cause);
  }

  /** An earlier attempt of the insert may still store rows. */
  public static InsertException unfenced(ClickHouseException cause) {
    return unknown("an earlier attempt of the insert may still be running: ", cause);
  }

  private static InsertException unknown(String text, ClickHouseException cause) {
    FailureKind kind = cause.kind();
    return new InsertException(
        kind.isRetried() || kind == FailureKind.DENIED ? kind : FailureKind.PERMANENT,
        0,
        true,
        Optional.empty(),
        text + cause.getMessage(),
        cause);
  }

  /** The table may have rows of the batch, and its views may not: it is repeated as a whole. */
  public static InsertException whole(InsertException failure) {
    InsertException whole =
        new InsertException(
            failure.kind() == FailureKind.UNREACHABLE
                ? FailureKind.UNREACHABLE
                : FailureKind.TRANSIENT,
            failure.code(),
            true,
            failure.view,
            failure.getMessage(),
            failure);
    whole.onlyWhole = true;
    return whole;
  }

  /** The table may have some rows of the batch, so that no part of it may be sent by itself. */
  public static InsertException unsplit(InsertException failure) {
    return new InsertException(
        FailureKind.PERMANENT,
        failure.code(),
        failure.uncertain,
        failure.view,
        failure.getMessage(),
        failure);
  }

  /** The table has the rows, but a materialized view does not, or may not. */
  public static InsertException view(String text, @Nullable InsertException failure) {
    return new InsertException(
        FailureKind.VIEW,
        failure == null ? 0 : failure.code(),
        true,
        failure == null ? Optional.empty() : failure.view,
        failure == null
            ? text
            : text
                + failure.view.map(name -> ", it failed in " + name).orElse("")
                + ": "
                + failure.getMessage(),
        failure);
  }

  /** Whether rows may be stored nevertheless. */
  public boolean isUncertain() {
    return uncertain;
  }

  /** Whether the batch can only be completed by a repetition of the whole. */
  public boolean isOnlyWhole() {
    return onlyWhole;
  }

  /** The view that the error happened in, if its text says so. */
  public Optional<String> view() {
    return view;
  }
}
