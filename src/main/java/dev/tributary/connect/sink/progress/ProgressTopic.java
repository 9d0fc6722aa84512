package dev.tributary.connect.sink.progress;

import dev.tributary.connect.kafka.KafkaAccess;
import dev.tributary.connect.kafka.KafkaAccess.Topic;
import dev.tributary.connect.kafka.KafkaSettings;
import dev.tributary.connect.kafka.StateUnavailableError;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.utils.Time;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The topic that holds how far a sink has come with each source partition, one record for each. It
 * is only compacted, since no such record may ever be deleted for its age, and is made if it is not
 * there. Source partition {@code n} has its record in partition {@code n} modulo their number.
 *
 * <p>Thread-safe.
 */
public final class ProgressTopic {

  /** How many partitions a new topic has. */
  static final int PARTITIONS = 8;

  private static final Logger log = LoggerFactory.getLogger(ProgressTopic.class);

  private static final long METADATA_TIMEOUT_MS = 30_000;
  private static final long METADATA_PAUSE_MS = 100;

  private final KafkaAccess cluster;
  private final String name;
  private final Time time;

  public ProgressTopic(KafkaAccess cluster, String name, Time time) {
    this.cluster = cluster;
    this.name = name;
    this.time = time;
  }

  public String name() {
    return name;
  }

  /**
   * Makes the topic if it is not there.
   *
   * @return its number of partitions
   * @throws StateUnavailableError if the topic cannot be made, or must not be used as it is
   */
  public int prepare() {
    try {
      if (cluster.describe(name).isEmpty()) {
        cluster.create(name, PARTITIONS, configOfNew());
        log.info("Created progress topic '{}' with {} partitions", name, PARTITIONS);
      }
      int partitions = awaitPartitions();
      problem(name, cluster.config(name))
          .ifPresent(
              problem -> {
                throw new StateUnavailableError(problem);
              });
      return partitions;
    } catch (KafkaException e) {
      throw new StateUnavailableError(
          "Progress topic '"
              + name
              + "' cannot be prepared: "
              + e.getMessage()
              + ". The task stops, nothing is lost. Check '"
              + KafkaSettings.BOOTSTRAP_SERVERS
              + "' and '"
              + KafkaSettings.KAFKA_PREFIX
              + "*', and that their user may describe, create, read and write the topic; then"
              + " restart the task.",
          e);
    }
  }

  /** Segments are small, so that compaction gets to most of the topic and a start reads little. */
  static Map<String, String> configOfNew() {
    return Map.of(
        TopicConfig.CLEANUP_POLICY_CONFIG,
        "compact",
        TopicConfig.SEGMENT_BYTES_CONFIG,
        String.valueOf(8 << 20),
        TopicConfig.MIN_CLEANABLE_DIRTY_RATIO_CONFIG,
        "0.1",
        TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
        String.valueOf(16 << 20));
  }

  /** Why an existing topic must not be used; empty if it may. */
  static Optional<String> problem(String topic, Map<String, String> config) {
    String policy = config.getOrDefault(TopicConfig.CLEANUP_POLICY_CONFIG, "");
    if (policy.strip().equals("compact")) {
      return Optional.empty();
    }
    return Optional.of(
        "Topic '"
            + topic
            + "', where 'delivery=exactly_once' keeps how far it has come, is required to have"
            + " 'cleanup.policy=compact', but found the topic currently has 'cleanup.policy="
            + policy
            + "'. Continuing could forget which rows are in the tables and insert them again, so"
            + " the task stops. Run 'kafka-configs.sh --alter --entity-type topics --entity-name "
            + topic
            + " --add-config cleanup.policy=compact' and restart the task.");
  }

  /** A topic just made is not known to every broker at once. */
  private int awaitPartitions() {
    long deadline = time.milliseconds() + METADATA_TIMEOUT_MS;
    while (true) {
      Optional<Topic> topic = cluster.describe(name);
      if (topic.isPresent()) {
        return topic.get().partitions();
      }
      if (time.milliseconds() > deadline) {
        throw new KafkaException("it did not show up within 30 s");
      }
      time.sleep(METADATA_PAUSE_MS);
    }
  }
}
