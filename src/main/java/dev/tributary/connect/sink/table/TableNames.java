package dev.tributary.connect.sink.table;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/**
 * Which table a topic's records go to: the first matching entry of {@code topic.to.table}, else
 * {@code table.name.format}.
 *
 * <p>A dot separates database and table only where it stands in the configured text, never where it
 * comes from a topic's name or a regex group: topic {@code a.b} under {@code ${topic}} is the table
 * {@code a.b}. Backticks quote a name, and two of them inside stand for one. Thread-safe.
 */
public final class TableNames {

  private static final String TOPIC = "${topic}";

  private final String database;
  private final Name format;
  private final List<Entry> entries;

  private TableNames(String database, Name format, List<Entry> entries) {
    this.database = database;
    this.format = format;
    this.entries = entries;
  }

  /**
   * @throws ConfigException when format or mapping cannot be parsed
   */
  public static TableNames parse(String database, String format, String mapping) {
    return new TableNames(
        database,
        Name.parse(SinkKeys.TABLE_NAME_FORMAT, format, format),
        parseEntries(SinkKeys.TOPIC_TO_TABLE, mapping));
  }

  /** A validator for {@code table.name.format}. */
  public static void checkFormat(String key, @Nullable String format) {
    Name.parse(key, format == null ? "" : format, format);
  }

  /** A validator for {@code topic.to.table}. */
  public static void checkMapping(String key, @Nullable String mapping) {
    parseEntries(key, mapping == null ? "" : mapping);
  }

  public TableId tableFor(String topic) {
    for (Entry entry : entries) {
      if (entry.topic.equals(topic)) {
        return entry.table.resolve(database, topic, null);
      }
      Matcher matcher = entry.pattern.matcher(topic);
      if (matcher.matches()) {
        return entry.table.resolve(database, topic, matcher);
      }
    }
    return format.resolve(database, topic, null);
  }

  /** Whether {@code topic.to.table} names the topic's table. */
  public boolean isMapped(String topic) {
    return entries.stream()
        .anyMatch(entry -> entry.topic.equals(topic) || entry.pattern.matcher(topic).matches());
  }

  private static List<Entry> parseEntries(String key, String mapping) {
    List<Entry> entries = new ArrayList<>();
    for (String text : split(mapping)) {
      int colon = text.lastIndexOf(':');
      if (colon <= 0 || colon == text.length() - 1) {
        throw new ConfigException(
            key,
            text,
            "an entry must be `topic:table` or `regex:table`, such as `orders:shop.orders`");
      }
      String topic = text.substring(0, colon).strip();
      Name table = Name.parse(key, text.substring(colon + 1).strip(), text);
      try {
        Pattern pattern = Pattern.compile(topic);
        table.checkGroups(key, text, pattern);
        entries.add(new Entry(topic, pattern, table));
      } catch (PatternSyntaxException e) {
        throw new ConfigException(
            key, text, "`" + topic + "` is not a regular expression: " + e.getDescription());
      }
    }
    return List.copyOf(entries);
  }

  /** Splits at newlines and at commas outside of brackets, and omits blank parts. */
  private static List<String> split(String mapping) {
    List<String> parts = new ArrayList<>();
    int depth = 0;
    StringBuilder part = new StringBuilder();
    for (int i = 0; i < mapping.length(); i++) {
      char c = mapping.charAt(i);
      if (c == '\\' && i + 1 < mapping.length()) {
        part.append(c).append(mapping.charAt(++i));
        continue;
      }
      if ("([{".indexOf(c) >= 0) {
        depth++;
      } else if (")]}".indexOf(c) >= 0) {
        depth = Math.max(0, depth - 1);
      }
      if (c == '\n' || (c == ',' && depth == 0)) {
        parts.add(part.toString());
        part.setLength(0);
      } else {
        part.append(c);
      }
    }
    parts.add(part.toString());
    return parts.stream().map(String::strip).filter(text -> !text.isEmpty()).toList();
  }

  private record Entry(String topic, Pattern pattern, Name table) {}

  /** A configured table name: a template for the table and, before a dot, one for the database. */
  private record Name(@Nullable String database, String table) {

    private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{topic}|\\$(\\d)");

    static Name parse(String key, String text, @Nullable String configured) {
      List<String> parts = new ArrayList<>();
      StringBuilder part = new StringBuilder();
      boolean quoted = false;
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        if (c == '`') {
          if (quoted && i + 1 < text.length() && text.charAt(i + 1) == '`') {
            part.append(c);
            i++;
          } else {
            quoted = !quoted;
          }
        } else if (c == '.' && !quoted) {
          parts.add(part.toString());
          part.setLength(0);
        } else {
          part.append(c);
        }
      }
      parts.add(part.toString());
      if (quoted || parts.size() > 2 || parts.stream().anyMatch(String::isBlank)) {
        throw new ConfigException(
            key,
            configured,
            "a table is `table` or `database.table`; quote a name that has dots with backticks, and"
                + " double a backtick inside");
      }
      return parts.size() == 1
          ? new Name(null, parts.get(0))
          : new Name(parts.get(0), parts.get(1));
    }

    void checkGroups(String key, String text, Pattern pattern) {
      int groups = pattern.matcher("").groupCount();
      Matcher matcher = PLACEHOLDER.matcher((database == null ? "" : database + ".") + table);
      while (matcher.find()) {
        String group = matcher.group(1);
        if (group != null && Integer.parseInt(group) > groups) {
          throw new ConfigException(
              key,
              text,
              "$" + group + " is used, but the regular expression has " + groups + " groups");
        }
      }
    }

    TableId resolve(String defaultDatabase, String topic, @Nullable Matcher groups) {
      return new TableId(
          database == null ? defaultDatabase : fill(database, topic, groups),
          fill(table, topic, groups));
    }

    private static String fill(String template, String topic, @Nullable Matcher groups) {
      return PLACEHOLDER
          .matcher(template)
          .replaceAll(
              found -> {
                String group = found.group(1);
                String value = found.group();
                if (value.equals(TOPIC)) {
                  value = topic;
                } else if (groups != null && group != null) {
                  String match = groups.group(Integer.parseInt(group));
                  value = match == null ? "" : match;
                }
                return Matcher.quoteReplacement(value);
              });
    }
  }
}
