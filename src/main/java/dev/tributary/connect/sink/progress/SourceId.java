package dev.tributary.connect.sink.progress;

import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/**
 * A partition of one very topic, read by one connector: a topic that is deleted and made again has
 * another id.
 */
public record SourceId(String connector, TopicPartition partition, Uuid topicId) {

  private static final String METADATA = "tributary:1:";

  /** The key of its progress record, and the transactional id of its owner. */
  public String key() {
    return String.join(
        "/", "tributary", connector, topicId.toString(), String.valueOf(partition.partition()));
  }

  /** Never the same for two inserts. */
  String token(long epoch, Intent intent) {
    String identity =
        String.join("/", key(), "" + epoch, "" + intent.number(), "" + intent.attempt());
    return UUID.nameUUIDFromBytes(identity.getBytes(StandardCharsets.UTF_8)).toString();
  }

  /** What is committed along with an offset, which tells it from one that a user has set. */
  String metadata(long epoch) {
    return METADATA + topicId + ":" + epoch;
  }

  /** Whether an offset was committed in an epoch of this very partition behind the given one. */
  boolean isLaterThan(long epoch, String metadata) {
    String prefix = METADATA + topicId + ":";
    try {
      return metadata.startsWith(prefix)
          && Long.parseLong(metadata.substring(prefix.length())) > epoch;
    } catch (NumberFormatException e) {
      return false;
    }
  }

  /** Whether an offset was committed for a topic of the same name that is gone. */
  public boolean isOfAnotherTopic(String metadata) {
    return metadata.startsWith(METADATA) && !metadata.startsWith(METADATA + topicId + ":");
  }
}
