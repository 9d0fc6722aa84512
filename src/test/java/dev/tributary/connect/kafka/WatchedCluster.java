package dev.tributary.connect.kafka;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
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

  /** Runs before a transactional producer fences the others of its id. */
  public Runnable beforeFencing = () -> {};

  /** Runs before a transaction is committed. */
  public Runnable beforeWrite = () -> {};

  /** Runs before a transactional producer is started. */
  public Runnable beforeProducer = () -> {};

  /** Runs when a transactional producer is closed, with the time that this may take. */
  public Consumer<Duration> onProducerClose = timeout -> {};

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
    beforeProducer.run();
    return WatchedProducer.of(
        super.transactionalProducer(id),
        () -> beforeFencing.run(),
        () -> beforeWrite.run(),
        timeout -> onProducerClose.accept(timeout));
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
