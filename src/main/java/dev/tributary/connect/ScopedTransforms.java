package dev.tributary.connect;

import dev.tributary.connect.dedup.DedupMetrics;
import dev.tributary.connect.dedup.DeduplicateConfig;
import dev.tributary.connect.dedup.Deduplicator;
import dev.tributary.connect.dedup.Deduplicator.Identity;
import dev.tributary.connect.state.StateCluster;
import dev.tributary.connect.state.TaskScope;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.common.utils.Utils;

/**
 * The state of the transforms in front of our own sink task, opened from the connector's settings
 * when the task starts. So it can be restored while partitions are paused, before a transform has
 * seen a record.
 */
final class ScopedTransforms implements AutoCloseable {

  private static final String TRANSFORMS = "transforms";

  /** As Connect lets users write it. */
  private static final Set<String> DEDUPLICATE =
      Set.of(Deduplicate.class.getName(), Deduplicate.class.getSimpleName());

  private final List<Deduplicator> deduplicators = new ArrayList<>();

  /**
   * Opens the state of all transforms that keep any, and has it join the scope.
   *
   * @param properties the settings of connector and task
   * @throws dev.tributary.connect.state.StateUnavailableError if the state cannot be opened
   */
  ScopedTransforms(
      Map<String, String> properties,
      String task,
      TaskScope scope,
      StateCluster.Factory clusters,
      Map<String, String> environment,
      Time clock) {
    try {
      deduplicates(properties)
          .forEach(
              (alias, config) -> {
                Identity identity = new Identity(scope.connector(), task, alias);
                deduplicators.add(
                    Deduplicator.start(
                        config,
                        identity,
                        Optional.of(scope),
                        DedupMetrics.of(identity),
                        clusters,
                        environment,
                        clock));
              });
    } catch (Throwable e) {
      close();
      throw e;
    }
  }

  /** Whether a transform can decide only with all partitions of a topic in one task. */
  static boolean needOneTask(Map<String, String> properties) {
    return deduplicates(properties).values().stream().anyMatch(DeduplicateConfig::topicScope);
  }

  /** The settings of the Deduplicate transforms, by alias, in the order of the chain. */
  private static Map<String, DeduplicateConfig> deduplicates(Map<String, String> properties) {
    Map<String, DeduplicateConfig> found = new LinkedHashMap<>();
    for (String alias : aliases(properties)) {
      String prefix = TRANSFORMS + "." + alias + ".";
      if (DEDUPLICATE.contains(properties.getOrDefault(prefix + "type", "").trim())) {
        found.put(alias, new DeduplicateConfig(withPrefix(properties, prefix)));
      }
    }
    return found;
  }

  private static List<String> aliases(Map<String, String> properties) {
    List<String> aliases = new ArrayList<>();
    for (String alias : properties.getOrDefault(TRANSFORMS, "").split(",", -1)) {
      if (!alias.isBlank()) {
        aliases.add(alias.trim());
      }
    }
    return aliases;
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

  @Override
  public void close() {
    deduplicators.forEach(one -> Utils.closeQuietly(one, "deduplication"));
  }
}
