package dev.tributary.connect.sink.batch;

/**
 * How old the schema of a table is as the sink knows it, and when it may be read again.
 *
 * <p>A record is refused only by a schema that was read after the record had arrived. Records count
 * in the order of their arrival, from 0: a read that began after the first {@code n} had arrived
 * covers those below {@code n}. Between two reads for the sake of records that do not fit are at
 * least {@link #REREAD_MS}. Times are in milliseconds. Confined to the task thread.
 */
final class SchemaAge {

  /** The least time between two reads for records that do not fit. */
  static final long REREAD_MS = 1_000;

  /** The age at which a schema is read again in the background. */
  static final long LOOK_MS = 2_000;

  /** The age at which a schema is too old to make rows for. */
  static final long OLD_MS = 3_000;

  private long askedMs = Long.MIN_VALUE / 2;
  private long readMs = Long.MIN_VALUE / 2;
  private long mayRereadMs = Long.MIN_VALUE / 2;
  private long covered;

  /** A read begins, which may fail. */
  void asked(long nowMs) {
    askedMs = Math.max(askedMs, nowMs);
  }

  /**
   * The schema is the one that a read has found.
   *
   * @param arrived how many records had arrived when the read began
   */
  void read(long beganMs, long arrived) {
    asked(beganMs);
    readMs = Math.max(readMs, beganMs);
    covered = Math.max(covered, arrived);
  }

  /** The read was made for a record that does not fit. */
  void reread(long nowMs) {
    mayRereadMs = nowMs + REREAD_MS;
  }

  /** The table may be about to change: what was read until now covers no record. */
  void doubt() {
    covered = 0;
  }

  /** Whether the schema was read after this record had arrived. */
  boolean covers(long arrival) {
    return arrival < covered;
  }

  /** When the schema may be read again for a record that does not fit. */
  long mayRereadMs() {
    return mayRereadMs;
  }

  boolean isToBeLookedAt(long nowMs) {
    return nowMs - askedMs >= LOOK_MS;
  }

  boolean isOld(long nowMs) {
    return nowMs - readMs >= OLD_MS;
  }
}
