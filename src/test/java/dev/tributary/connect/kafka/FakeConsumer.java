package dev.tributary.connect.kafka;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;

/** A consumer of a {@link FakeCluster}, of assigned partitions only. */
final class FakeConsumer<T> extends MockConsumer<T, T> {

  private final FakeCluster cluster;
  private final Function<byte[], T> view;

  /** The assigned partitions, with the offset from which the next poll takes records. */
  private final Map<TopicPartition, Long> added = new HashMap<>();

  /**
   * @param view what a poll makes of the bytes of a key or a value
   */
  FakeConsumer(FakeCluster cluster, Function<byte[], T> view) {
    super("earliest");
    this.cluster = cluster;
    this.view = view;
  }

  @Override
  public synchronized void seek(TopicPartition partition, long offset) {
    super.seek(partition, offset);
    added.put(partition, offset);
  }

  @Override
  public synchronized Map<TopicPartition, Long> beginningOffsets(
      Collection<TopicPartition> partitions) {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    partitions.forEach(partition -> offsets.put(partition, cluster.beginning(partition)));
    return offsets;
  }

  @Override
  public synchronized Map<TopicPartition, Long> endOffsets(Collection<TopicPartition> partitions) {
    return cluster.ends(partitions);
  }

  @Override
  public synchronized void assign(Collection<TopicPartition> partitions) {
    super.assign(partitions);
    added.clear();
    for (TopicPartition partition : partitions) {
      added.put(partition, 0L);
      updateBeginningOffsets(Map.of(partition, cluster.beginning(partition)));
    }
  }

  @Override
  public synchronized ConsumerRecords<T, T> poll(Duration timeout) {
    RuntimeException failure = cluster.readFailure;
    if (failure != null) {
      throw failure;
    }
    if (cluster.isHeld(timeout)) {
      return ConsumerRecords.empty();
    }
    added.replaceAll(
        (partition, from) -> {
          long next = from;
          if (paused().contains(partition)) {
            return from;
          }
          for (ConsumerRecord<T, T> record : cluster.records(partition, from, view)) {
            addRecord(record);
            next = record.offset() + 1;
          }
          return next;
        });
    return super.poll(timeout);
  }

  @Override
  public synchronized void close(CloseOptions options) {
    super.close(options);
    cluster.consumersClosed.incrementAndGet();
  }
}
