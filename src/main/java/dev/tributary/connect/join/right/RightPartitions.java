package dev.tributary.connect.join.right;

import dev.tributary.connect.kafka.KafkaAccess;
import dev.tributary.connect.kafka.StateUnavailableError;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a consumer assigned to all partitions that the right topic has, each read from its
 * beginning. What a consumer knows of a topic by itself may be minutes old, so the cluster is
 * asked.
 *
 * <p>Belongs to the thread that reads the topic.
 */
final class RightPartitions {

  private static final long LOOK_AGAIN_MS = 30_000;

  /** How long a topic may be absent: deleting and recreating one takes less. */
  private static final long ABSENT_MS = 60_000;

  /** What has become of the topic since it was last looked at. */
  enum Found {
    UNCHANGED,
    /** It has more partitions, or is seen for the first time. */
    ADDED,
    /** It was deleted and created again: nothing that was read of it holds any longer. */
    RECREATED,
    /** There is no such topic at the moment. */
    ABSENT
  }

  private final String owner;
  private final String topic;
  private final KafkaAccess cluster;
  private @Nullable Uuid id;
  private int partitions;
  private long absentSinceMs = Long.MAX_VALUE;
  private long lookAgainMs;

  /**
   * @param owner prefix of errors
   */
  RightPartitions(String owner, String topic, KafkaAccess cluster) {
    this.owner = owner;
    this.topic = topic;
    this.cluster = cluster;
  }

  /** Whether the topic is to be looked at although nothing depends on it now. */
  boolean isDue(long nowMs) {
    return nowMs >= lookAgainMs;
  }

  /** Assigns the partitions that the topic has now. */
  Found follow(Consumer<?, ?> consumer, long nowMs) {
    lookAgainMs = nowMs + LOOK_AGAIN_MS;
    Optional<KafkaAccess.Topic> described = cluster.describe(topic);
    if (described.isEmpty()) {
      absentSinceMs = Math.min(absentSinceMs, nowMs);
      return Found.ABSENT;
    }
    absentSinceMs = Long.MAX_VALUE;
    KafkaAccess.Topic now = described.get();
    boolean recreated = id != null && !id.equals(now.id());
    if (!recreated && now.partitions() <= partitions) {
      return Found.UNCHANGED;
    }
    List<TopicPartition> all = new ArrayList<>();
    for (int partition = 0; partition < now.partitions(); partition++) {
      all.add(new TopicPartition(topic, partition));
    }
    List<TopicPartition> added = recreated ? all : all.subList(partitions, all.size());
    if (recreated) {
      consumer.unsubscribe(); // what it has fetched is of the old topic
    }
    consumer.assign(all);
    consumer.seekToBeginning(added);
    id = now.id();
    partitions = now.partitions();
    return recreated ? Found.RECREATED : Found.ADDED;
  }

  /**
   * Fails if the topic has been absent for too long.
   *
   * @throws StateUnavailableError with what to do
   */
  void checkAbsence(long nowMs) {
    if (nowMs - absentSinceMs > ABSENT_MS) {
      throw new StateUnavailableError(
          owner
              + ": Kafka has had no topic '"
              + topic
              + "', named by 'right.topic', for "
              + ABSENT_MS / 1000
              + " s. The task stops, nothing is lost. Create the topic, then restart the task.");
    }
  }
}
