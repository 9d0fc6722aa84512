package dev.tributary.connect.sink.columns;

import dev.tributary.connect.record.DebeziumTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/** The setting of how columns' texts and numbers are dates and times, by the column's name. */
public final class TimeFormats {

  private static final String NEEDED =
      "an entry must be `column:pattern`, such as `created_at:dd/MM/yyyy HH:mm:ss`, or"
          + " `column:epoch_ms` (epoch_s, epoch_us, epoch_ns)";

  private final Map<String, TimeFormat> byColumn;

  private TimeFormats(Map<String, TimeFormat> byColumn) {
    this.byColumn = Map.copyOf(byColumn);
  }

  /** No column has one of its own. */
  public static TimeFormats none() {
    return new TimeFormats(Map.of());
  }

  /**
   * @param entries {@code column:pattern}, separated by newlines or semicolons
   * @throws ConfigException when an entry is none, or its pattern is not
   */
  public static TimeFormats parse(String key, String entries) {
    Map<String, TimeFormat> byColumn = new HashMap<>();
    for (String entry : entries.split("[\n;]", -1)) {
      if (entry.isBlank()) {
        continue;
      }
      int colon = entry.indexOf(':');
      String column = colon < 0 ? "" : entry.substring(0, colon).strip();
      String format = entry.substring(colon + 1).strip();
      if (column.isEmpty() || format.isEmpty()) {
        throw new ConfigException(key, entry, NEEDED);
      }
      if (byColumn.put(column, format(key, entry, format)) != null) {
        throw new ConfigException(key, entry, "the column `" + column + "` has two formats");
      }
    }
    return new TimeFormats(byColumn);
  }

  /** A validator for the setting. */
  public static void check(String key, @Nullable Object value) {
    parse(key, value == null ? "" : value.toString());
  }

  TimeFormat of(String column) {
    return byColumn.getOrDefault(column, TimeFormat.USUAL);
  }

  private static TimeFormat format(String key, String entry, String format) {
    return switch (format) {
      case "epoch_s" -> new TimeFormat(null, DebeziumTime.TIMESTAMP_SECONDS);
      case "epoch_ms" -> new TimeFormat(null, DebeziumTime.TIMESTAMP_MILLIS);
      case "epoch_us" -> new TimeFormat(null, DebeziumTime.TIMESTAMP_MICROS);
      case "epoch_ns" -> new TimeFormat(null, DebeziumTime.TIMESTAMP_NANOS);
      default -> new TimeFormat(pattern(key, entry, format), DebeziumTime.NONE);
    };
  }

  /** Strict, since a lenient one would make February 30 the 28th or 29th. */
  private static DateTimeFormatter pattern(String key, String entry, String pattern) {
    try {
      return new DateTimeFormatterBuilder()
          .parseCaseInsensitive()
          .appendPattern(withoutEra(pattern))
          .toFormatter(Locale.ENGLISH)
          .withResolverStyle(ResolverStyle.STRICT);
    } catch (IllegalArgumentException e) {
      throw new ConfigException(key, entry, NEEDED + ": " + e.getMessage());
    }
  }

  /**
   * To Java {@code yyyy} is a year of an era that strict parsing then asks for; {@code uuuu} not.
   */
  private static String withoutEra(String pattern) {
    StringBuilder result = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      quoted ^= c == '\'';
      result.append(c == 'y' && !quoted ? 'u' : c);
    }
    return result.toString();
  }
}
