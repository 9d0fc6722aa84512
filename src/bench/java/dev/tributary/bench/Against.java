package dev.tributary.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tributary.bench.BenchRow.Source;
import dev.tributary.stack.Stack;
import dev.tributary.stack.StackException;
import java.io.IOException;
import java.io.StringReader;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;

/**
 * Another sink, with settings that its user has chosen: a JSON object of them (or one with {@code
 * config}, as Connect takes it), or properties. {@code %topic%}, {@code %url%}, {@code %host%},
 * {@code %port%}, {@code %user%} and {@code %password%} stand for the topic, which is also the
 * table's name, and for ClickHouse; {@code topics} and the connector's name are set for it.
 */
final class Against {

  private Against() {}

  /** The line of the table for it. */
  static BenchRow row(Stack stack, String topic, Path file) {
    URI url = URI.create(stack.clickHouse().url());
    try {
      String text =
          Files.readString(file)
              .replace("%topic%", topic)
              .replace("%url%", stack.clickHouse().url())
              .replace("%host%", url.getHost())
              .replace("%port%", Integer.toString(url.getPort()))
              .replace("%user%", stack.clickHouse().user())
              .replace("%password%", stack.clickHouse().password());
      Map<String, String> config = text.stripLeading().startsWith("{") ? json(text) : flat(text);
      config.remove("name");
      String type = config.getOrDefault("connector.class", "");
      if (type.isEmpty()) {
        throw new StackException(file + " has no connector.class");
      }
      String title = type.substring(type.lastIndexOf('.') + 1);
      return new BenchRow("against", "against: " + title, Source.EVENTS, false, config);
    } catch (IOException e) {
      throw new StackException("Cannot read the settings in " + file + ": " + e.getMessage(), e);
    }
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
