package dev.tributary.connect.sink.batch;

/** ClickHouse refuses a statement for what it asks for, and would do so again. */
final class RefusedStatementException extends Exception {

  private static final long serialVersionUID = 1L;

  private final int code;
  private final String reason;

  /**
   * @param code ClickHouse's error code
   * @param message names the statement and the reason
   */
  RefusedStatementException(int code, String message, Throwable cause) {
    super(message, cause);
    this.code = code;
    this.reason = String.valueOf(cause.getMessage());
  }

  int code() {
    return code;
  }

  /** The reason in ClickHouse's own words. */
  String reason() {
    return reason;
  }
}
