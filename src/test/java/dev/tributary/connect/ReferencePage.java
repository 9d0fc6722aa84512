package dev.tributary.connect;

import dev.tributary.connect.sink.config.SinkConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;

/**
 * The reference page of all settings, generated from their definitions.
 *
 * <p>Rewrite it after a change with {@code mvn -q test -Dtest=ReferencePageTest
 * -Dtributary.docs.write=true}.
 */
final class ReferencePage {

  static final Path FILE = Path.of("docs", "reference.md");

  private final StringBuilder contents = new StringBuilder();
  private final StringBuilder sections = new StringBuilder();

  /** How many headings have had each anchor so far. */
  private final Map<String, Integer> anchors = new HashMap<>();

  private ReferencePage() {}

  static String text() {
    ReferencePage page = new ReferencePage();
    page.section(
        "ClickHouseSinkConnector",
        "`connector.class=dev.tributary.connect.ClickHouseSinkConnector`, beside the settings that"
            + " Kafka Connect has for every sink connector (`topics`, `tasks.max`, converters,"
            + " `errors.*`). Entries `clickhouse.setting.<name>` go to ClickHouse as settings of"
            + " every insert, `state.kafka.<property>` to the Kafka clients of the state topics.",
        SinkConfig.CONFIG_DEF);
    page.section(
        "Deduplicate",
        "`transforms.<alias>.type=dev.tributary.connect.Deduplicate`; each name below is prefixed"
            + " with `transforms.<alias>.`.",
        Deduplicate.CONFIG_DEF);
    page.section(
        "TemporalJoin",
        "`transforms.<alias>.type=dev.tributary.connect.TemporalJoin`; each name below is prefixed"
            + " with `transforms.<alias>.`. Entries `right.key.converter.<option>` and"
            + " `right.value.converter.<option>` go to the converters, `state.kafka.<property>` to"
            + " the Kafka client that reads the right topic.",
        TemporalJoin.CONFIG_DEF);
    return "# Settings reference\n\n"
        + "Generated from the definitions in the code; do not edit.\n"
        + page.contents
        + page.sections;
  }

  static void write() throws IOException {
    Files.writeString(FILE, text());
  }

  private void section(String title, String intro, ConfigDef def) {
    contents.append("\n**").append(linkTo(title)).append("**\n\n");
    sections.append("\n## ").append(title).append("\n\n").append(intro).append('\n');
    byGroup(def).forEach(this::group);
  }

  private void group(String name, List<ConfigKey> keys) {
    contents.append("- ").append(linkTo(name)).append(": ");
    sections.append("\n### ").append(name).append('\n');
    List<String> links = new ArrayList<>();
    for (ConfigKey key : keys) {
      links.add(linkTo("`" + key.name + "`"));
      entry(key);
    }
    contents.append(String.join(", ", links)).append('\n');
  }

  /** A link to a heading, with the anchor that GitHub gives it. Call once per heading, in order. */
  private String linkTo(String heading) {
    String anchor =
        heading.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_ -]", "").replace(' ', '-');
    int earlier = anchors.getOrDefault(anchor, 0);
    anchors.put(anchor, earlier + 1);
    return "[" + heading + "](#" + anchor + (earlier == 0 ? "" : "-" + earlier) + ")";
  }

  private static Map<String, List<ConfigKey>> byGroup(ConfigDef def) {
    Map<String, List<ConfigKey>> groups = new LinkedHashMap<>();
    def.groups().forEach(group -> groups.put(group, new ArrayList<>()));
    def.configKeys().values().stream()
        .filter(key -> !key.internalConfig)
        .sorted(Comparator.comparingInt(key -> key.orderInGroup))
        .forEach(key -> groups.computeIfAbsent(key.group, name -> new ArrayList<>()).add(key));
    return groups;
  }

  private void entry(ConfigKey key) {
    sections.append("\n#### `").append(key.name).append("`\n\n");
    sections.append(key.type.name().toLowerCase(Locale.ROOT)).append(" · ");
    if (key.defaultValue == ConfigDef.NO_DEFAULT_VALUE) {
      sections.append("required");
    } else {
      String text = ConfigDef.convertToString(key.defaultValue, key.type);
      boolean empty = text == null || text.isEmpty() || key.type == ConfigDef.Type.PASSWORD;
      sections.append(empty ? "default: empty" : "default `" + text + "`");
    }
    sections.append(" · importance ").append(key.importance.name().toLowerCase(Locale.ROOT));
    sections.append("\n\n").append(key.documentation).append('\n');
  }
}
