package dev.tributary.connect.chain;

import dev.tributary.connect.dedup.Deduplicator;
import dev.tributary.connect.join.JoinOperator;
import dev.tributary.connect.join.TemporalJoinConfig;
import dev.tributary.connect.join.TemporalJoinDef;
import dev.tributary.connect.kafka.KafkaSettings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigException;

/**
 * The transforms of a connector in the order of its settings, and the rules for that order.
 *
 * @param links in the order in which records go through them
 */
public record TransformChain(List<Link> links) {

  private static final String TRANSFORMS = "transforms";

  /** The package of the classes that users name. */
  private static final String PACKAGE = "dev.tributary.connect";

  /** A class of ours, as Connect lets users write it: with or without its package. */
  private static Set<String> names(String simpleName) {
    return Set.of(simpleName, PACKAGE + "." + simpleName);
  }

  private static final Set<String> DEDUPLICATE = names(Deduplicator.TYPE);
  private static final Set<String> JOIN = names(JoinOperator.TYPE);
  private static final Set<String> COMPUTE = names("Compute");

  /**
   * One transform.
   *
   * @param settings its own, without their prefix
   */
  public record Link(String alias, Map<String, String> settings) {

    private String type() {
      return settings.getOrDefault("type", "").trim();
    }

    boolean isDeduplicate() {
      return DEDUPLICATE.contains(type());
    }

    boolean isOurs() {
      return isDeduplicate() || isJoin() || COMPUTE.contains(type());
    }

    boolean isJoin() {
      return JOIN.contains(type());
    }

    /** Whether records that a join releases can pass through it. */
    private boolean takesReleased() {
      return (isJoin() || COMPUTE.contains(type())) && !settings.containsKey("predicate");
    }

    private boolean holds() {
      try {
        return isJoin() && new TemporalJoinConfig(settings).afterMs() > 0;
      } catch (ConfigException e) {
        return false; // reported as an error of its own
      }
    }

    private String key(String name) {
      return TRANSFORMS + "." + alias + "." + name;
    }
  }

  /** The chain in the settings of a connector. */
  public static TransformChain of(Map<String, String> properties) {
    List<Link> links = new ArrayList<>();
    for (String alias : properties.getOrDefault(TRANSFORMS, "").split(",", -1)) {
      if (!alias.isBlank()) {
        String prefix = TRANSFORMS + "." + alias.trim() + ".";
        links.add(new Link(alias.trim(), withPrefix(properties, prefix)));
      }
    }
    return new TransformChain(links);
  }

  /**
   * The errors in the names of the state topics, by setting.
   *
   * @param connector the connector's name, which they are made of by default
   */
  public Map<String, String> stateTopicErrors(String connector) {
    Map<String, String> errors = new TreeMap<>();
    for (Link link : links) {
      if (link.isDeduplicate()) {
        String set = link.settings().getOrDefault(KafkaSettings.TOPIC, "").trim();
        KafkaSettings.topicError(set, connector, "-state")
            .ifPresent(error -> errors.put(link.key(KafkaSettings.TOPIC), error));
      }
    }
    return errors;
  }

  private static Map<String, String> withPrefix(Map<String, String> properties, String prefix) {
    Map<String, String> stripped = new HashMap<>();
    properties.forEach(
        (key, value) -> {
          if (key.startsWith(prefix)) {
            stripped.put(key.substring(prefix.length()), value);
          }
        });
    return stripped;
  }

  /** The errors in the order, and in settings that contradict each other, by setting. */
  public Map<String, String> errors() {
    Map<String, String> errors = new TreeMap<>();
    Link join = null;
    Link holding = null;
    for (Link link : links) {
      if (link.isJoin()) {
        check(link, errors);
      }
      if (join != null && link.isDeduplicate()) {
        errors.put(
            link.key("type"),
            "Deduplicate comes after the TemporalJoin '"
                + join.alias()
                + "', where it would see joined rows: move '"
                + link.alias()
                + "' in front of it in 'transforms'.");
      } else if (holding != null && !link.takesReleased()) {
        errors.put(
            link.settings().containsKey("predicate") ? link.key("predicate") : link.key("type"),
            "The TemporalJoin '"
                + holding.alias()
                + "' holds records back ('window.after', or 'window'), and those that it releases"
                + " later can go through TemporalJoin and Compute without a predicate only: move '"
                + link.alias()
                + "' in front of it in 'transforms'.");
      }
      join = link.isJoin() ? link : join;
      holding = link.holds() ? link : holding;
    }
    return errors;
  }

  /** Checks what the definitions of the single settings cannot. */
  private static void check(Link link, Map<String, String> errors) {
    if (TemporalJoinDef.CONFIG_DEF.validate(link.settings()).stream()
        .anyMatch(value -> !value.errorMessages().isEmpty())) {
      return;
    }
    try {
      new TemporalJoinConfig(link.settings());
    } catch (ConfigException e) {
      errors.put(link.key("type"), String.valueOf(e.getMessage()));
    }
  }
}
