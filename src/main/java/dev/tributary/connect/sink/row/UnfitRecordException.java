package dev.tributary.connect.sink.row;

import org.apache.kafka.connect.errors.DataException;

/**
 * A record is no row of its table as the sink knows it. It may be one by now, if the table has
 * changed. The message does not quote values.
 */
public class UnfitRecordException extends DataException {

  private static final long serialVersionUID = 1L;

  public UnfitRecordException(String message) {
    super(message);
  }

  UnfitRecordException(String message, Throwable cause) {
    super(message, cause);
  }
}
