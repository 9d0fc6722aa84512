package dev.tributary.bench;

/** A run has not left exactly the right rows, so its time is worth nothing. */
final class WrongRowsException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  WrongRowsException(BenchRow row, String expected, String found) {
    super(
        row.title()
            + ": wrong rows. Rows, different events and checksum should be ["
            + expected.replace('\t', ' ')
            + "] and are ["
            + found.replace('\t', ' ')
            + "]");
  }
}
