package dev.tributary.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tributary.bench.BenchRow.Source;
import dev.tributary.stack.ClickHouseServer;
import dev.tributary.stack.Stack;
import dev.tributary.stack.StackException;
import java.io.IOException;
import java.io.StringReader;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/**
 * Another sink, with settings that its user has chosen: a JSON object of them (or one with {@code
 * config}, as Connect takes it), or properties. {@code %topic%}, {@code %url%}, {@code %host%},
 * {@code %port%}, {@code %user%} and {@code %password%} stand for the topic, which is also the
 * table's name, and for ClickHouse; the topic and the connector's name are set for it.
 *
 * @param file of the settings
 * @param config what the file says
 */
record Against(Path file, Map<String, String> config) {

  private static final String CLASS = "connector.class";

  /**
   * Reads the settings.
   *
   * @throws StackException when they cannot be read or name no connector
   */
  static Against read(Path file) {
    try {
      String text = Files.readString(file);
      Map<String, String> config = text.stripLeading().startsWith("{") ? json(text) : flat(text);
      List.of("name", "topics", "topics.regex").forEach(config::remove);
      if (config.getOrDefault(CLASS, "").isBlank()) {
        throw new StackException(file + " has no " + CLASS + ": name the sink's class there");
      }
      return new Against(file, config);
    } catch (IOException e) {
      throw new StackException("Cannot read the settings in " + file + ": " + e.getMessage(), e);
    }
  }

  /** The line of the table for it. */
  BenchRow row(ClickHouseServer clickHouse, String topic) {
    URI url = URI.create(clickHouse.url());
    int standard = url.getScheme().equals("https") ? 8443 : 8123;
    Map<String, String> filled = new HashMap<>(config);
    filled.replaceAll(
        (key, value) ->
            value
                .replace("%topic%", topic)
                .replace("%url%", clickHouse.url())
                .replace("%host%", url.getHost())
                .replace("%port%", Integer.toString(url.getPort() < 0 ? standard : url.getPort()))
                .replace("%user%", clickHouse.user())
                .replace("%password%", clickHouse.password()));
    String title = sink().substring(sink().lastIndexOf('.') + 1);
    return new BenchRow("against", "against: " + title, Source.EVENTS, false, filled);
  }

  /**
   * @throws StackException when the worker has no such sink, with those that it has
   */
  void check(Stack stack, Path directory) {
    List<String> sinks = new ArrayList<>(stack.worker().rest().sinks());
    // Connect also takes a class without its package, and then without "Connector".
    boolean there =
        sinks.stream()
            .anyMatch(
                name ->
                    name.equals(sink())
                        || name.endsWith("." + sink())
                        || name.endsWith("." + sink() + "Connector"));
    if (!there) {
      throw new StackException(
          "%s names %s, which Connect has not found in %s; the sinks that it has are %s. The directory must hold the plugin's jars, itself or in folders below it"
              .formatted(file, sink(), directory, String.join(", ", sinks)));
    }
  }

  private String sink() {
    return config.getOrDefault(CLASS, "").strip();
  }

  private static Map<String, String> json(String text) throws IOException {
    JsonNode root = new ObjectMapper().readTree(text);
    Map<String, String> config = new HashMap<>();
    (root.has("config") ? root.get("config") : root)
        .properties()
        .forEach(field -> config.put(field.getKey(), field.getValue().asText()));
    return config;
  }

  private static Map<String, String> flat(String text) throws IOException {
    Properties properties = new Properties();
    properties.load(new StringReader(text));
    Map<String, String> config = new HashMap<>();
    properties.stringPropertyNames().forEach(key -> config.put(key, properties.getProperty(key)));
    return config;
  }
}
