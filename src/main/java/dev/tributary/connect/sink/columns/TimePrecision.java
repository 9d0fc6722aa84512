package dev.tributary.connect.sink.columns;

/**
 * Whether a fraction of a second that is finer than a column may be cut off, towards the past.
 *
 * <p>All writers of one column share it, so that a Variant can first look for a type that takes the
 * value exactly. Not thread-safe.
 */
final class TimePrecision {

  private final boolean truncates;
  private boolean exact;
  private boolean numbersExact;

  /**
   * @param truncates whether fractions are cut off, where nothing else is demanded
   */
  TimePrecision(boolean truncates) {
    this.truncates = truncates;
  }

  /** How many ticks a second has if its fraction has this number of digits. */
  static long ticksPerSecond(int digits) {
    long ticks = 1;
    for (int i = 0; i < digits; i++) {
      ticks *= 10;
    }
    return ticks;
  }

  /** Whether a time may be cut. */
  boolean cuts() {
    return truncates && !exact;
  }

  /** Accepts that a time is cut, or refuses the value. */
  void cut(Object value, String type) {
    if (!cuts()) {
      throw ValueException.outOfRange(
          value,
          type,
          "it has a fraction of a second finer than the column's, which time.precision=truncate"
              + " would cut off");
    }
  }

  /**
   * Accepts that a number is cut of which only the column says that it is a time, or refuses it.
   */
  void cutNumber(Object value, String type) {
    if (numbersExact) {
      throw ValueException.outOfRange(value, type, "it has a fraction of a second");
    }
    cut(value, type);
  }

  /** Refuses a number with a fraction that nothing says the unit of. */
  static ValueException withoutUnit(Object value, String type, String mend) {
    return ValueException.unsuited(
        value, type, "whole numbers, and fractions of a unit that the schema names; use " + mend);
  }

  /** Runs with every cut refused. */
  boolean exactly(Attempt attempt) {
    boolean before = exact;
    exact = true;
    try {
      return attempt.run();
    } finally {
      exact = before;
    }
  }

  /** Runs with cuts of those values only that are times by themselves. */
  boolean withNumbersExact(Attempt attempt) {
    boolean before = numbersExact;
    numbersExact = true;
    try {
      return attempt.run();
    } finally {
      numbersExact = before;
    }
  }

  /** Something that succeeds or not. */
  interface Attempt {
    boolean run();
  }
}
