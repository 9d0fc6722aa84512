package dev.tributary.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tributary.connect.Deduplicate;
import dev.tributary.connect.TemporalJoin;
import dev.tributary.connect.chain.TransformChain;
import dev.tributary.connect.dedup.DeduplicateConfig;
import dev.tributary.connect.join.TemporalJoinConfig;
import dev.tributary.connect.sink.config.SinkConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.runtime.SinkConnectorConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The connector configurations in the pages and in connectors/ have known keys and fit values. */
class ConfigurationsTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern BLOCK = Pattern.compile("(?s)\n```json\n(.*?)\n```");

  /**
   * A configuration as a reader finds it.
   *
   * @param place where, for a person
   * @param whole whether it is a connector's, or a part of one
   */
  record Configuration(String place, boolean whole, Map<String, String> settings) {
    @Override
    public String toString() {
      return place;
    }
  }

  static Stream<Configuration> configurations() {
    return Stream.concat(
        DocsTest.files(Path.of("connectors"), 1, ".json")
            .map(file -> configuration(file, DocsTest.read(file))),
        Stream.concat(Stream.of(Path.of("README.md")), DocsTest.files(Path.of("docs"), 1, ".md"))
            .flatMap(
                page ->
                    BLOCK
                        .matcher(DocsTest.read(page))
                        .results()
                        .map((MatchResult block) -> configuration(page, block.group(1)))));
  }

  private static Configuration configuration(Path file, String text) {
    boolean whole = text.startsWith("{");
    try {
      JsonNode json = JSON.readTree(whole ? text : "{" + text.strip().replaceAll(",$", "") + "}");
      JsonNode config = whole ? json.required("config") : json;
      Map<String, String> settings = new HashMap<>();
      config.properties().forEach(entry -> settings.put(entry.getKey(), entry.getValue().asText()));
      // What the worker's config provider puts in.
      settings.replaceAll((key, value) -> value.replace("${env:CLICKHOUSE_URL}", "http://c:8123"));
      return new Configuration(file + " " + settings.keySet().iterator().next(), whole, settings);
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": " + text, e);
    }
  }

  @ParameterizedTest
  @MethodSource("configurations")
  void keys_are_known(Configuration configuration) {
    Set<String> sink = SinkConfig.CONFIG_DEF.names();
    Set<String> connect = SinkConnectorConfig.configDef().names();
    assertThat(configuration.settings().keySet())
        .isNotEmpty()
        .filteredOn(
            key -> !key.matches("transforms\\..*|(clickhouse\\.setting|state\\.kafka)\\..*"))
        .allSatisfy(
            key -> assertThat(sink.contains(key) || connect.contains(key)).as(key).isTrue());
    for (TransformChain.Link link : TransformChain.of(configuration.settings()).links()) {
      assertThat(link.settings().keySet())
          .filteredOn(key -> !key.equals("type"))
          .isSubsetOf(definition(link).names());
    }
  }

  private static ConfigDef definition(TransformChain.Link link) {
    String type = link.settings().get("type");
    assertThat(type).isIn(Deduplicate.class.getName(), TemporalJoin.class.getName());
    return Deduplicate.class.getName().equals(type)
        ? Deduplicate.CONFIG_DEF
        : TemporalJoin.CONFIG_DEF;
  }

  @ParameterizedTest
  @MethodSource("configurations")
  void values_fit(Configuration configuration) {
    Map<String, String> settings = new HashMap<>(configuration.settings());
    if (!configuration.whole()) {
      settings.putIfAbsent("topics", "t");
      settings.put("clickhouse.url", "http://c:8123");
    }
    settings.put("name", "c");
    assertThatCode(() -> new SinkConfig(settings)).doesNotThrowAnyException();
    TransformChain chain = TransformChain.of(settings);
    assertThat(chain.errors()).isEmpty();
    for (TransformChain.Link link : chain.links()) {
      assertThatCode(
              () -> {
                if (definition(link) == Deduplicate.CONFIG_DEF) {
                  var unused = new DeduplicateConfig(link.settings());
                } else {
                  var unused = new TemporalJoinConfig(link.settings());
                }
              })
          .doesNotThrowAnyException();
    }
  }

  @Test
  void whole_configurations_and_parts_of_one_are_found() {
    List<Configuration> all = configurations().toList();
    assertThat(all).anyMatch(Configuration::whole).anyMatch(one -> !one.whole());
    assertThat(all).anyMatch(one -> one.place().startsWith("README.md"));
  }
}
