package dev.tributary.connect.sink.clickhouse;

import org.jspecify.annotations.Nullable;

/** A statement that failed. */
public class ClickHouseException extends Exception {

  private static final long serialVersionUID = 1L;

  private final FailureKind kind;
  private final int code;

  /**
   * @param code ClickHouse's error code; 0 if there is none
   */
  public ClickHouseException(
      FailureKind kind, int code, @Nullable String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
    this.code = code;
  }

  public FailureKind kind() {
    return kind;
  }

  /** ClickHouse's error code; 0 if there is none. */
  public int code() {
    return code;
  }
}
