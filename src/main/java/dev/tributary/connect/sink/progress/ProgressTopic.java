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
 * The topic that holds the progress of a sink, one record for each source partition. Its cleanup
 * policy is compact alone, since no such record may ever be deleted for its age. It is created if
 * it does not exist. Source partition {@code n} has its record in partition {@code n} modulo their
 * number.
 *
 * <p>Thread-safe.
 */
public final class ProgressTopic {

  /** The number of partitions of a new topic. */
  static final int PARTITIONS = 8;

  private static final Logger log = LoggerFactory.getLogger(ProgressTopic.class);

  private static final long METADATA_TIMEOUT_MS = 30_000;
  private static final long METADATA_PAUSE_MS = 100;

  private final KafkaAccess kafka;
  private final String name;
  private final Time time;

  public ProgressTopic(KafkaAccess kafka, String name, Time time) {
    this.kafka = kafka;
    this.name = name;
    this.time = time;
  }

  public String name() {
    return name;
  }

  /**
   * Creates the topic if it does not exist.
   *
   * @return its number of partitions
   * @throws StateUnavailableError if the topic cannot be created, or its configuration is unsafe
   */
  public int prepare() {
    try {
      if (kafka.describe(name).isEmpty()) {
        kafka.create(name, PARTITIONS, configOfNew());
        log.info("Created progress topic '{}' with {} partitions", name, PARTITIONS);
      }
      int partitions = awaitPartitions();
      problem(name, kafka.config(name))
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

  /** Small segments, so that compaction covers most of the topic and a start reads little. */
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

  /** Why an existing topic must not be used; empty if it can be. */
  static Optional<String> problem(String topic, Map<String, String> config) {
    String policy = config.getOrDefault(TopicConfig.CLEANUP_POLICY_CONFIG, "");
    if (policy.strip().equals("compact")) {
      return Optional.empty();
    }
    return Optional.of(
        "Topic '"
            + topic
            + "', which holds the progress of 'delivery=exactly_once', is required to have"
            + " 'cleanup.policy=compact', but found the topic currently has 'cleanup.policy="
            + policy
            + "'. Continuing could forget which rows are in the tables and insert them again, so"
            + " the task stops. Run 'kafka-configs.sh --alter --entity-type topics --entity-name "
            + topic
            + " --add-config cleanup.policy=compact' and restart the task.");
  }

  /** A new topic is not known to every broker at once. */
  private int awaitPartitions() {
    long deadline = time.milliseconds() + METADATA_TIMEOUT_MS;
    while (true) {
      Optional<Topic> topic = kafka.describe(name);
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
