package dev.tributary.connect.state;

import dev.tributary.connect.kafka.KafkaAccess;
import dev.tributary.connect.kafka.KafkaAccess.Topic;
import dev.tributary.connect.kafka.KafkaSettings;
import dev.tributary.connect.kafka.StateUnavailableError;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.utils.Time;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The topic that holds the state: it has at least as many partitions as every source topic, keeps
 * its records until their owner deletes them, and is created if it does not exist.
 */
public final class StateTopic {

  private static final Logger log = LoggerFactory.getLogger(StateTopic.class);

  private static final Set<String> POLICY = Set.of("compact", "delete");
  private static final long METADATA_TIMEOUT_MS = 30_000;
  private static final long METADATA_PAUSE_MS = 20;

  private final KafkaAccess cluster;
  private final String name;
  private final Optional<String> group;
  private final Time time;

  /**
   * @param group the consumer group whose progress the state belongs to, if it is known
   */
  public StateTopic(KafkaAccess cluster, String name, Optional<String> group, Time time) {
    this.cluster = cluster;
    this.name = name;
    this.group = group;
    this.time = time;
  }

  public String name() {
    return name;
  }

  /**
   * Prepares the topic for the state of a source topic: creates it or adds partitions, and checks
   * its settings.
   *
   * @param windowMs how long a state is needed after its record
   * @return the source topic as it is now
   * @throws StateUnavailableError if the topic cannot be created, or must not be used as it is
   */
  public Topic prepare(String sourceTopic, long windowMs) {
    try {
      Topic source =
          cluster
              .describe(sourceTopic)
              .orElseThrow(
                  () ->
                      new StateUnavailableError(
                          "Source topic '"
                              + sourceTopic
                              + "' is not in the Kafka cluster of the state. State has to live in"
                              + " the cluster that the connector reads from: point '"
                              + KafkaSettings.BOOTSTRAP_SERVERS
                              + "' there."));
      Optional<Topic> existing = cluster.describe(name);
      if (existing.isEmpty()) {
        create(sourceTopic, source.partitions());
      } else if (existing.get().partitions() < source.partitions()) {
        cluster.grow(name, source.partitions());
        log.info(
            "Grew state topic '{}' from {} to {} partitions, as many as source topic '{}' has",
            name,
            existing.get().partitions(),
            source.partitions(),
            sourceTopic);
        awaitPartitions(source.partitions());
      }
      problem(name, cluster.config(name), sourceTopic, cluster.config(sourceTopic), windowMs)
          .ifPresent(
              problem -> {
                throw new StateUnavailableError(problem);
              });
      return source;
    } catch (KafkaException e) {
      throw new StateUnavailableError(
          "State topic '"
              + name
              + "', named by '"
              + KafkaSettings.TOPIC
              + "', cannot be prepared for source topic '"
              + sourceTopic
              + "': "
              + e.getMessage()
              + ". The task stops, nothing is lost. Check '"
              + KafkaSettings.BOOTSTRAP_SERVERS
              + "' and '"
              + KafkaSettings.KAFKA_PREFIX
              + "*', and that their user may describe both topics and create and alter '"
              + name
              + "'; then restart the task.",
          e);
    }
  }

  private void create(String sourceTopic, int partitions) {
    // Looked up before: as long as there is no state no task commits anything.
    List<Long> committed = committed(sourceTopic, partitions);
    cluster.create(name, partitions, configOfNew());
    log.info("Created state topic '{}' with {} partitions", name, partitions);
    if (committed.stream().anyMatch(offset -> offset > 0)) {
      log.warn(
          "State topic '{}' did not exist, but consumer group '{}' has committed offsets of '{}'"
              + " up to {}: the marks of the records before them are unknown, and duplicates of"
              + " these pass once. If 'state.topic' names the wrong topic, correct it and restart"
              + " the connector; otherwise nothing needs to be done.",
          name,
          group.orElse(""),
          sourceTopic,
          Collections.max(committed));
    }
    awaitPartitions(partitions);
  }

  /** What the group has committed, as far as it is known. */
  private List<Long> committed(String sourceTopic, int partitions) {
    List<TopicPartition> sources =
        IntStream.range(0, partitions).mapToObj(i -> new TopicPartition(sourceTopic, i)).toList();
    try {
      return group.map(g -> List.copyOf(cluster.committed(g, sources).values())).orElse(List.of());
    } catch (KafkaException e) {
      log.debug("The committed offsets of '{}' are not known", sourceTopic, e);
      return List.of();
    }
  }

  /**
   * Whether a source topic still has this id, and was not recreated.
   *
   * @throws StateUnavailableError if it cannot be looked up
   */
  public boolean isStill(String sourceTopic, Uuid id) {
    try {
      return cluster.describe(sourceTopic).filter(topic -> topic.id().equals(id)).isPresent();
    } catch (KafkaException e) {
      throw new StateUnavailableError(
          "Source topic '"
              + sourceTopic
              + "' cannot be looked up: "
              + e.getMessage()
              + ". The task stops, nothing is lost. Check the broker, and that the user may"
              + " describe the topic; then restart the task.",
          e);
    }
  }

  /** What a new state topic is created with. */
  public static Map<String, String> configOfNew() {
    return Map.of(
        TopicConfig.CLEANUP_POLICY_CONFIG, "compact,delete",
        TopicConfig.RETENTION_MS_CONFIG, "-1",
        TopicConfig.RETENTION_BYTES_CONFIG, "-1");
  }

  /** Why an existing topic must not hold the state of a source topic; empty if it may. */
  public static Optional<String> problem(
      String topic,
      Map<String, String> config,
      String sourceTopic,
      Map<String, String> sourceConfig,
      long windowMs) {
    String policy = config.getOrDefault(TopicConfig.CLEANUP_POLICY_CONFIG, "");
    if (!policies(policy).equals(POLICY)) {
      return Optional.of(
          refusal(
              topic,
              "'cleanup.policy=compact,delete'",
              "'cleanup.policy=" + policy + "'",
              "cleanup.policy=[compact,delete]"));
    }
    String retentionBytes = config.getOrDefault(TopicConfig.RETENTION_BYTES_CONFIG, "-1");
    if (!retentionBytes.equals("-1")) {
      return Optional.of(
          refusal(
              topic,
              "'retention.bytes=-1'",
              "'retention.bytes=" + retentionBytes + "'",
              "retention.bytes=-1"));
    }
    long retention = retentionMs(config);
    long ofSource = sourceRetentionMs(sourceConfig);
    if (retention >= 0 && (ofSource < 0 || retention < ofSource + windowMs)) {
      return Optional.of(
          refusal(
              topic,
              "'retention.ms=-1', or at least the retention of source topic '"
                  + sourceTopic
                  + "' ("
                  + ofSource
                  + ") plus the window ("
                  + windowMs
                  + "),",
              "'retention.ms=" + retention + "'",
              "retention.ms=-1"));
    }
    return Optional.empty();
  }

  private static String refusal(String topic, String required, String found, String change) {
    return "Topic '"
        + topic
        + "', named by '"
        + KafkaSettings.TOPIC
        + "', is required to have "
        + required
        + " so that the marks of accepted records are kept as long as they decide about others,"
        + " but found the topic currently has "
        + found
        + ". Continuing would forget marks and let duplicates through, so the task stops. Run"
        + " 'kafka-configs.sh --alter --entity-type topics --entity-name "
        + topic
        + " --add-config "
        + change
        + "', or name another topic in '"
        + KafkaSettings.TOPIC
        + "', and restart the task.";
  }

  private static Set<String> policies(String policy) {
    return Set.copyOf(List.of(policy.replace(" ", "").split(",")));
  }

  private static long retentionMs(Map<String, String> config) {
    return Long.parseLong(config.getOrDefault(TopicConfig.RETENTION_MS_CONFIG, "-1"));
  }

  /** -1 if the source keeps records without limit; a topic that is only compacted does. */
  private static long sourceRetentionMs(Map<String, String> config) {
    String policy = config.getOrDefault(TopicConfig.CLEANUP_POLICY_CONFIG, "delete");
    return policies(policy).contains("delete") ? retentionMs(config) : -1;
  }

  /** A new topic is not known to every broker at once. */
  private void awaitPartitions(int partitions) {
    long deadline = time.milliseconds() + METADATA_TIMEOUT_MS;
    while (cluster.describe(name).filter(t -> t.partitions() >= partitions).isEmpty()) {
      if (time.milliseconds() > deadline) {
        throw new KafkaException(
            "it did not show up with " + partitions + " partitions within 30 s");
      }
      time.sleep(METADATA_PAUSE_MS);
    }
  }
}
