package dev.tributary.bench;

import dev.tributary.connect.sink.config.SinkConfig;
import dev.tributary.connect.sink.table.SinkKeys;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** The sink with other settings than its default ones, {@code key=value,key=value}, in one line. */
final class With {

  /** A comma within a value is not followed by a key. */
  private static final Pattern BETWEEN = Pattern.compile(",(?=[A-Za-z][\\w.]*=)");

  /** Settings of Connect itself, and of its plugins and clients. */
  private static final Set<String> CONNECTS = Set.of("value.converter", "transforms");

  private static final List<String> CONNECTS_PREFIXES =
      List.of("consumer.override.", "value.converter.", "transforms.", SinkKeys.SETTING_PREFIX);

  private With() {}

  /**
   * The line of the table for it.
   *
   * @param number among the lines of this kind
   * @throws IllegalArgumentException with the reason, when the text is not of that form or names a
   *     setting that nothing would read
   */
  static BenchRow row(BenchRow base, String text, int number) {
    Map<String, String> settings = new LinkedHashMap<>();
    for (String part : BETWEEN.split(text, -1)) {
      int end = part.indexOf('=');
      String key = end < 0 ? part : part.substring(0, end);
      if (end < 1 || !isSetting(key)) {
        throw new IllegalArgumentException(
            (end < 1 ? "is not key=value" : "names " + key + ", which is no setting of the sink")
                + "; needed is key=value[,key=value…], for example batch.max.rows=50000");
      }
      settings.put(key, part.substring(end + 1));
    }
    return base.with("with-" + number, base.title() + ", " + text, settings);
  }

  private static boolean isSetting(String key) {
    return SinkConfig.CONFIG_DEF.names().contains(key)
        || CONNECTS.contains(key)
        || CONNECTS_PREFIXES.stream().anyMatch(key::startsWith);
  }
}
