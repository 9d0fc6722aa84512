package dev.tributary.demo;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What was found against what was sent.
 *
 * @param seconds from the first event to the last row
 */
public record DemoVerdict(List<Check> checks, double seconds) {

  /** One number, found and expected. */
  record Check(String what, long found, long expected) {

    boolean holds() {
      return found == expected;
    }

    String line() {
      return String.format(
          Locale.ROOT,
          "%s %-22s %,11d   expected %,11d",
          holds() ? "✓" : "✗",
          what,
          found,
          expected);
    }
  }

  public boolean isOk() {
    return checks.stream().allMatch(Check::holds);
  }

  /** For the terminal. */
  String text() {
    String lines = checks.stream().map(Check::line).collect(Collectors.joining("\n"));
    String time =
        String.format(Locale.ROOT, "%.1f s from the first event to the last row", seconds);
    return String.join(
        "\n", lines, time, isOk() ? "OK" : "NOT OK: the numbers marked with ✗ differ");
  }
}
