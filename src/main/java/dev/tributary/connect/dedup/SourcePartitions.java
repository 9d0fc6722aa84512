package dev.tributary.connect.dedup;

import dev.tributary.connect.kafka.KafkaAccess;
import dev.tributary.connect.record.RecordCoordinates;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The source partitions of a task and, with scope=topic, the topics whose partitions share their
 * marks.
 *
 * <p>Confined to the task thread.
 */
final class SourcePartitions {

  private static final Logger log = LoggerFactory.getLogger(SourcePartitions.class);

  /** How often the end offsets of topics are looked up, with scope=topic. */
  private static final long PURGE_TOPICS_MS = 5_000;

  private final String owner;
  private final SourcePartition.Shared shared;
  private final boolean topicScope;
  private final KafkaAccess cluster;
  private final Time clock;

  private final Map<TopicPartition, SourcePartition> partitions = new HashMap<>();

  /** By topic, with scope=topic. */
  private final Map<String, TopicMarks> topics = new HashMap<>();

  private long nextPurgeMs;

  /** The partition of the last record: a poll delivers them partition by partition. */
  private @Nullable SourcePartition last;

  /**
   * @param owner prefix of log lines and errors
   * @param topicScope whether the marks of a partition count in the others of its topic too
   * @param cluster has the source topics
   */
  SourcePartitions(
      String owner,
      SourcePartition.Shared shared,
      boolean topicScope,
      KafkaAccess cluster,
      Time clock) {
    this.owner = owner;
    this.shared = shared;
    this.topicScope = topicScope;
    this.cluster = cluster;
    this.clock = clock;
  }

  /** By the coordinates in Kafka: another transform may have renamed the topic. */
  SourcePartition of(SinkRecord record) {
    SourcePartition partition = last;
    if (partition == null || !RecordCoordinates.isFrom(record, partition.source())) {
      if (!RecordCoordinates.areKnown(record)) {
        throw new DataException(owner + ": the record does not come from a Kafka topic");
      }
      partition = of(RecordCoordinates.partition(record));
      last = partition;
    }
    return partition;
  }

  private SourcePartition of(TopicPartition source) {
    return partitions.computeIfAbsent(source, this::create);
  }

  private SourcePartition create(TopicPartition source) {
    TopicMarks siblings =
        topicScope ? topics.computeIfAbsent(source.topic(), name -> new TopicMarks()) : null;
    return new SourcePartition(shared, source, siblings);
  }

  Collection<SourcePartition> all() {
    return partitions.values();
  }

  /** See {@link SourcePartition#open}. */
  List<RestoreTask> open(Map<TopicPartition, Long> positions) {
    List<RestoreTask> tasks = new ArrayList<>();
    positions.forEach((source, position) -> tasks.addAll(of(source).open(position)));
    return tasks;
  }

  /** With scope=topic no partition is ready before all are. */
  boolean isReady(TopicPartition source) {
    if (topicScope) {
      return partitions.values().stream().filter(one -> !one.isReady()).findAny().isEmpty();
    }
    SourcePartition partition = partitions.get(source);
    return partition == null || partition.isReady();
  }

  /** Waits for the marks that the next decision depends on beside those of its own partition. */
  void awaitSiblings() {
    if (topicScope && shared.metrics().restoring.get() > 0) {
      partitions.values().forEach(SourcePartition::awaitReady);
    }
  }

  /** See {@link SourcePartition#send}. */
  void send() {
    partitions.values().forEach(SourcePartition::send);
  }

  /** See {@link SourcePartition#committed}. */
  void committed(Map<TopicPartition, Long> offsets) {
    offsets.forEach(
        (source, offset) -> {
          SourcePartition partition = partitions.get(source);
          if (partition != null) {
            partition.committed(offset);
          }
        });
    purgeTopics();
  }

  /** Drops the marks that no partition of their topic needs, once per {@link #PURGE_TOPICS_MS}. */
  private void purgeTopics() {
    long now = clock.milliseconds();
    if (topics.isEmpty() || now < nextPurgeMs) {
      return;
    }
    nextPurgeMs = now + PURGE_TOPICS_MS;
    try {
      topics.forEach((name, marks) -> marks.purge(cluster.endOffsets(name)));
    } catch (KafkaException e) {
      log.warn(
          "{}: cannot look up the end offsets of the source topics: {}. Marks are kept in"
              + " memory until a retry succeeds. If it keeps failing, allow the user of the state"
              + " ('state.kafka.*') to describe these topics.",
          owner,
          e.toString());
    }
  }

  /** See {@link SourcePartition#oldestTime}. */
  long oldestTime() {
    return partitions.values().stream()
        .mapToLong(SourcePartition::oldestTime)
        .min()
        .orElse(Long.MAX_VALUE);
  }

  /** The task has lost these partitions: their marks are dropped. */
  void close(Collection<TopicPartition> closed) {
    last = null;
    for (TopicPartition source : closed) {
      SourcePartition partition = partitions.remove(source);
      if (partition != null) {
        partition.drop();
      }
    }
  }

  void closeAll() {
    close(List.copyOf(partitions.keySet()));
  }
}
