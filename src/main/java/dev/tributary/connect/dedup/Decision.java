package dev.tributary.connect.dedup;

/** The decision about a record. */
enum Decision {
  /** No mark of its key decides it: it is marked and passes. */
  ACCEPTED,
  /** Accepted like {@link #ACCEPTED}, so far behind stream time that no mark can decide it. */
  ACCEPTED_LATE,
  /** It was accepted before, under these very coordinates: it passes again. */
  REDELIVERED,
  /** A mark of its key with a lower offset lies within the window: it is dropped. */
  DUPLICATE;

  boolean isMarked() {
    return this == ACCEPTED || this == ACCEPTED_LATE;
  }

  boolean passes() {
    return this != DUPLICATE;
  }
}
