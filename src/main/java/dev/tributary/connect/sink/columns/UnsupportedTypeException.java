package dev.tributary.connect.sink.columns;

/** The column's ClickHouse type cannot be written. */
public final class UnsupportedTypeException extends RuntimeException {

  UnsupportedTypeException(String type, String reason) {
    super("Cannot write columns of type " + type + ": " + reason);
  }
}
