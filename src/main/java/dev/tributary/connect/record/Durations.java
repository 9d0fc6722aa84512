package dev.tributary.connect.record;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/**
 * Durations as users write them: {@code 30s}, {@code 5m}, {@code 24h}, {@code 7d}, {@code PT5M}.
 */
public final class Durations {

  /** Long enough for every use, short enough that sums of times and windows never overflow. */
  private static final Duration LONGEST = Duration.ofDays(36_500);

  private static final String FORM =
      "a duration written <number><ms|s|m|h|d>, such as 30s, 5m, 24h or 7d,"
          + " or in ISO-8601, such as PT5M";

  private static final Pattern SHORT = Pattern.compile("(\\d{1,15})\\s*(ms|s|m|h|d)");

  private Durations() {}

  /**
   * The milliseconds of a positive duration.
   *
   * @throws ConfigException naming the key, what was found and what is needed
   */
  public static long parseMillis(String key, String text) {
    Duration duration = parse(key, text);
    if (duration.toMillis() <= 0) {
      throw new ConfigException(key, text, "must be longer than zero: " + FORM + ".");
    }
    if (duration.compareTo(LONGEST) > 0) {
      throw new ConfigException(key, text, "must not be longer than " + LONGEST.toDays() + "d.");
    }
    return duration.toMillis();
  }

  /**
   * As {@link #parseMillis}, but zero is a duration too.
   *
   * @throws ConfigException naming the key, what was found and what is needed
   */
  public static long parseMillisOrZero(String key, String text) {
    return parse(key, text).isZero() ? 0 : parseMillis(key, text);
  }

  private static Duration parse(String key, String text) {
    String trimmed = text.trim();
    Matcher matcher = SHORT.matcher(trimmed);
    try {
      if (matcher.matches()) {
        long number = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
          case "ms" -> Duration.ofMillis(number);
          case "s" -> Duration.ofSeconds(number);
          case "m" -> Duration.ofMinutes(number);
          case "h" -> Duration.ofHours(number);
          default -> Duration.ofDays(number);
        };
      }
      return Duration.parse(trimmed);
    } catch (DateTimeParseException e) {
      throw new ConfigException(key, text, "must be " + FORM + ".");
    } catch (ArithmeticException e) {
      throw new ConfigException(key, text, "must not be longer than " + LONGEST.toDays() + "d.");
    }
  }

  /** Accepts what {@link #parseMillis} accepts. */
  public static ConfigDef.Validator validator() {
    return new ConfigDef.Validator() {
      @Override
      public void ensureValid(String name, @Nullable Object value) {
        if (value == null) {
          throw new ConfigException(name, null, "must be " + FORM + ".");
        }
        parseMillis(name, (String) value);
      }

      @Override
      public String toString() {
        return "<number><ms|s|m|h|d> or ISO-8601, longer than zero";
      }
    };
  }
}
