package dev.tributary.connect.kafka;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.TopicPartition;

/** A cluster at which something happens between two requests, as a test wants it. */
public final class WatchedCluster extends FakeCluster {

  /** Runs before the end offsets of a topic are returned. */
  public Runnable beforeEnds = () -> {};

  /** Runs before committed offsets are returned. */
  public Runnable beforeCommits = () -> {};

  /** Runs before a topic is described. */
  public Runnable beforeDescribe = () -> {};

  /** How many transactional producers were started. */
  public int transactionalProducers;

  /** How often commits were asked for. */
  public int commitsAsked;

  @Override
  public synchronized Map<Integer, Long> endOffsets(String topic) {
    beforeEnds.run();
    return super.endOffsets(topic);
  }

  @Override
  public synchronized Map<TopicPartition, OffsetAndMetadata> commits(
      String group, Collection<TopicPartition> partitions) {
    commitsAsked++;
    beforeCommits.run();
    return super.commits(group, partitions);
  }

  @Override
  public synchronized Optional<Topic> describe(String topic) {
    beforeDescribe.run();
    return super.describe(topic);
  }

  @Override
  public synchronized Producer<byte[], byte[]> transactionalProducer(String id) {
    transactionalProducers++;
    return super.transactionalProducer(id);
  }

  /** A hook that does this the first time, and then nothing. */
  public static Runnable once(Runnable action) {
    boolean[] done = new boolean[1];
    return () -> {
      if (!done[0]) {
        done[0] = true;
        action.run();
      }
    };
  }
}
