package dev.tributary.stack;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.GroupIdNotFoundException;

/** The questions that tests and demo ask a Kafka cluster. Thread-safe. */
public final class KafkaAdmin implements AutoCloseable {

  private final Admin admin;

  KafkaAdmin(Admin admin) {
    this.admin = admin;
  }

  /** The full client, for everything that has no method here. */
  public Admin client() {
    return admin;
  }

  public void createTopic(String topic, int partitions) {
    createTopic(topic, partitions, Map.of());
  }

  public void createTopic(String topic, int partitions, Map<String, String> config) {
    NewTopic created = new NewTopic(topic, Optional.of(partitions), Optional.empty());
    await(admin.createTopics(List.of(created.configs(config))).all());
    awaitLeaders(topic);
  }

  /**
   * Returns when the leaders of all partitions answer. A batch that reaches a broker too early is
   * sent again, and if the one after it is accepted before that, the broker refuses the first on
   * every retry: it takes any sequence number as the first of a producer that it does not know.
   */
  private void awaitLeaders(String topic) {
    boolean answered =
        Poll.until(
            Duration.ofSeconds(30),
            Duration.ofMillis(20),
            () -> {
              try {
                return !endOffsets(topic).isEmpty();
              } catch (StackException e) {
                return false;
              }
            });
    if (!answered) {
      throw new StackException("Topic " + topic + " has no leaders");
    }
  }

  public void deleteTopics(Collection<String> topics) {
    await(admin.deleteTopics(topics).all());
  }

  /** Adds partitions to a topic, up to the given number. */
  public void growTopic(String topic, int partitions) {
    await(admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(partitions))).all());
  }

  public void setTopicConfig(String topic, String key, String value) {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    AlterConfigOp set = new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET);
    await(admin.incrementalAlterConfigs(Map.of(resource, List.of(set))).all());
  }

  /** The effective value of a topic's setting. */
  public String topicConfig(String topic, String key) {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    Map<ConfigResource, Config> configs = await(admin.describeConfigs(List.of(resource)).all());
    return configs.values().iterator().next().get(key).value();
  }

  public Set<String> topics() {
    return await(admin.listTopics().names());
  }

  public Uuid topicId(String topic) {
    return describe(topic).topicId();
  }

  /** The oldest offsets that are left. */
  public Map<TopicPartition, Long> startOffsets(String topic) {
    return offsets(topic, OffsetSpec.earliest());
  }

  public Map<TopicPartition, Long> endOffsets(String topic) {
    return offsets(topic, OffsetSpec.latest());
  }

  private Map<TopicPartition, Long> offsets(String topic, OffsetSpec spec) {
    int partitions = describe(topic).partitions().size();
    Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
    for (int partition = 0; partition < partitions; partition++) {
      wanted.put(new TopicPartition(topic, partition), spec);
    }
    return mapValues(await(admin.listOffsets(wanted).all()), ListOffsetsResultInfo::offset);
  }

  private TopicDescription describe(String topic) {
    return await(admin.describeTopics(List.of(topic)).topicNameValues().values().iterator().next());
  }

  /** Deletes the records below an offset. */
  public void deleteBefore(TopicPartition partition, long offset) {
    await(admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(offset))).all());
  }

  /** The offsets that a sink connector has committed for a topic; partitions without are absent. */
  public Map<TopicPartition, Long> committedBySink(String connector, String topic) {
    var offsets =
        await(
            admin.listConsumerGroupOffsets("connect-" + connector).partitionsToOffsetAndMetadata());
    // A partition that was never committed comes with a null.
    return offsets.entrySet().stream()
        .filter(offset -> offset.getKey().topic().equals(topic) && offset.getValue() != null)
        .collect(Collectors.toMap(Map.Entry::getKey, offset -> offset.getValue().offset()));
  }

  /** How many tasks of a sink connector read partitions; 0 while these are being shared out. */
  public int sinkMembers(String connector) {
    String group = "connect-" + connector;
    try {
      ConsumerGroupDescription description =
          await(admin.describeConsumerGroups(List.of(group)).all()).get(group);
      if (description == null || description.groupState() != GroupState.STABLE) {
        return 0;
      }
      return (int)
          description.members().stream()
              .filter(member -> !member.assignment().topicPartitions().isEmpty())
              .count();
    } catch (StackException e) {
      if (e.getCause() instanceof GroupIdNotFoundException) {
        return 0;
      }
      throw e;
    }
  }

  /** How many records of the topic a sink connector has not yet committed. */
  public long sinkLag(String connector, String topic) {
    Map<TopicPartition, Long> committed = committedBySink(connector, topic);
    return endOffsets(topic).entrySet().stream()
        .mapToLong(end -> end.getValue() - committed.getOrDefault(end.getKey(), 0L))
        .sum();
  }

  @Override
  public void close() {
    admin.close();
  }

  private static <K, V, W> Map<K, W> mapValues(Map<K, V> map, Function<V, W> function) {
    return map.entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, entry -> function.apply(entry.getValue())));
  }

  private static <T> T await(KafkaFuture<T> future) {
    try {
      return future.get();
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new StackException("Kafka: " + cause.getMessage(), cause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StackException("Interrupted while asking Kafka", e);
    }
  }
}
