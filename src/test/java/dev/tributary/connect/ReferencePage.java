package dev.tributary.connect;

import dev.tributary.connect.sink.config.SinkConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;

/**
 * The reference page of all settings, made from their definitions.
 *
 * <p>Rewrite it after a change with {@code mvn -q test -Dtest=ReferencePageTest
 * -Dtributary.docs.write=true}.
 */
final class ReferencePage {

  static final Path FILE = Path.of("docs", "reference.md");

  private ReferencePage() {}

  static String text() {
    StringBuilder page = new StringBuilder();
    page.append("# Reference of the settings\n\n");
    page.append("Made from the definitions in the code; do not edit.\n");
    section(
        page,
        "ClickHouseSinkConnector",
        "`connector.class=dev.tributary.connect.ClickHouseSinkConnector`, beside the settings that"
            + " Kafka Connect has for every sink connector (`topics`, `tasks.max`, converters,"
            + " `errors.*`). Entries `clickhouse.setting.<name>` go to ClickHouse as settings of"
            + " every insert, `state.kafka.<property>` to the Kafka clients of the state topics.",
        SinkConfig.CONFIG_DEF);
    section(
        page,
        "Deduplicate",
        "`transforms.<alias>.type=dev.tributary.connect.Deduplicate`; each name below stands behind"
            + " `transforms.<alias>.`.",
        Deduplicate.CONFIG_DEF);
    section(
        page,
        "TemporalJoin",
        "`transforms.<alias>.type=dev.tributary.connect.TemporalJoin`; each name below stands behind"
            + " `transforms.<alias>.`. Entries `right.key.converter.<option>` and"
            + " `right.value.converter.<option>` go to the converters, `state.kafka.<property>` to"
            + " the Kafka client that reads the right topic.",
        TemporalJoin.CONFIG_DEF);
    return page.toString();
  }

  static void write() throws IOException {
    Files.writeString(FILE, text());
  }

  private static void section(StringBuilder page, String title, String intro, ConfigDef def) {
    page.append("\n## ").append(title).append("\n\n").append(intro).append('\n');
    byGroup(def)
        .forEach(
            (group, keys) -> {
              page.append("\n### ").append(group).append('\n');
              keys.forEach(key -> entry(page, key));
            });
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

  private static void entry(StringBuilder page, ConfigKey key) {
    page.append("\n**`").append(key.name).append("`** · ");
    page.append(key.type.name().toLowerCase(Locale.ROOT)).append(" · ");
    if (key.defaultValue == ConfigDef.NO_DEFAULT_VALUE) {
      page.append("required");
    } else {
      String text = ConfigDef.convertToString(key.defaultValue, key.type);
      boolean empty = text == null || text.isEmpty() || key.type == ConfigDef.Type.PASSWORD;
      page.append(empty ? "default: empty" : "default `" + text + "`");
    }
    page.append(" · importance ").append(key.importance.name().toLowerCase(Locale.ROOT));
    page.append("\n\n").append(key.documentation).append('\n');
  }
}
