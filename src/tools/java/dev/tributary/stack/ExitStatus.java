package dev.tributary.stack;

import java.util.Map;
import java.util.Optional;

/**
 * How a process ended, as {@link Process#exitValue} gives it: its own status, or 128 plus the
 * signal that ended it. A JVM that a signal reaches may also exit with such a status of its own
 * accord.
 */
record ExitStatus(int value) {

  private static final int SIGNALED = 128;

  /** Those that have one number on all platforms; the others go by number. */
  private static final Map<Integer, String> NAMES =
      Map.of(
          1, "SIGHUP",
          2, "SIGINT",
          3, "SIGQUIT",
          4, "SIGILL",
          5, "SIGTRAP",
          6, "SIGABRT",
          8, "SIGFPE",
          9, "SIGKILL",
          11, "SIGSEGV",
          15, "SIGTERM");

  /** The signal that the status stands for. */
  Optional<String> signal() {
    int number = value - SIGNALED;
    return number > 0 && number < SIGNALED
        ? Optional.of(NAMES.getOrDefault(number, "signal " + number))
        : Optional.empty();
  }

  @Override
  public String toString() {
    return "status " + value + signal().map(name -> " (" + name + ")").orElse("");
  }
}
