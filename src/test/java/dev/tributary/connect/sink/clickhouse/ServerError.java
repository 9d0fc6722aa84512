package dev.tributary.connect.sink.clickhouse;

/** An error that the fake server answers with, worded as ClickHouse does. */
final class ServerError extends Exception {

  private static final long serialVersionUID = 1L;

  /** Its text does not say in which view time was up. */
  private static final int TIMEOUT_EXCEEDED = 159;

  private final int code;
  private final String text;

  ServerError(int code, String text) {
    super(text, null, false, false);
    this.code = code;
    this.text = text;
  }

  /** The same error of rows that were on their way through a view. */
  ServerError through(FakeView view) {
    return code == TIMEOUT_EXCEEDED
        ? this
        : new ServerError(code, text + ": while pushing to view " + view.id());
  }

  ClickHouseException toException() {
    String message =
        "Code: "
            + code
            + ". DB::Exception: "
            + text
            + ". ("
            + ErrorCode.of(code).map(ErrorCode::name).orElse("UNKNOWN_EXCEPTION")
            + ") (version 26.7.3.1)";
    return new ClickHouseException(ErrorCode.kind(code, message), code, message, null);
  }
}
