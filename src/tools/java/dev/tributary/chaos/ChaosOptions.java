package dev.tributary.chaos;

import java.time.Duration;
import java.util.Locale;

/**
 * What {@code ./tributary chaos} is asked for.
 *
 * @param minutes for which events are sent and faults injected
 * @param seed that decides the faults and the duplicates
 */
public record ChaosOptions(double minutes, long seed) {

  private static final long FULL = 1_000_000;
  private static final double FULL_MINUTES = 10;

  public ChaosOptions {
    // The window in which duplicates are known ends after 24 hours.
    if (!(minutes >= 0.1 && minutes <= 1_200)) {
      throw new IllegalArgumentException("--minutes must be from 0.1 to 1200, not " + minutes);
    }
  }

  /** How many numbers are sent, duplicates not counted: a million, and fewer in a short run. */
  public long numbers() {
    return Math.min(FULL, Math.round(FULL * minutes / FULL_MINUTES));
  }

  public Duration duration() {
    return Duration.ofMillis(Math.round(minutes * 60_000));
  }

  /** The headline of a run. */
  public String title() {
    String title =
        String.format(
            Locale.ROOT,
            "Chaos: %,d numbers and %,d duplicates in %.1f minutes, seed %d",
            numbers(),
            ChaosTopic.duplicates(numbers()),
            minutes,
            seed);
    return numbers() == FULL
        ? title
        : title
            + String.format(
                Locale.ROOT, " (a full run sends %,d in %.0f minutes or more)", FULL, FULL_MINUTES);
  }
}
