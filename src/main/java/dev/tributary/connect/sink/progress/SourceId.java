package dev.tributary.connect.sink.progress;

import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/**
 * A partition of one topic, read by one connector. A topic that is deleted and recreated has
 * another id.
 */
public record SourceId(String connector, TopicPartition partition, Uuid topicId) {

  private static final String METADATA = "tributary:1:";

  /** The key of its progress record, and the transactional id of its owner. */
  public String key() {
    return String.join(
        "/", "tributary", connector, topicId.toString(), String.valueOf(partition.partition()));
  }

  /** The deduplication token of an intent; unique for each insert. */
  String token(long epoch, Intent intent) {
    String identity =
        String.join("/", key(), "" + epoch, "" + intent.number(), "" + intent.attempt());
    return UUID.nameUUIDFromBytes(identity.getBytes(StandardCharsets.UTF_8)).toString();
  }

  /** The metadata committed with an offset, which distinguishes it from an offset set by a user. */
  String metadata(long epoch) {
    return METADATA + topicId + ":" + epoch;
  }

  /** Whether an offset was committed in a later epoch of this partition than the given one. */
  boolean isLaterThan(long epoch, String metadata) {
    String prefix = METADATA + topicId + ":";
    try {
      return metadata.startsWith(prefix)
          && Long.parseLong(metadata.substring(prefix.length())) > epoch;
    } catch (NumberFormatException e) {
      return false;
    }
  }

  /** Whether an offset was committed for a deleted topic of the same name. */
  public boolean isOfAnotherTopic(String metadata) {
    return metadata.startsWith(METADATA) && !metadata.startsWith(METADATA + topicId + ":");
  }
}
