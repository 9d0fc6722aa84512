package dev.tributary.connect.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.kafka.FakeCluster;
import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.util.ManualTime;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StateTopicTest {

  private static final long HOUR = 3_600_000;

  private final FakeCluster cluster =
      new FakeCluster()
          .withTopic("orders", 6, Map.of("cleanup.policy", "delete", "retention.ms", "604800000"));
  private final StateTopic topic =
      new StateTopic(cluster, "orders-state", Optional.of("connect-shop"), new ManualTime());

  @Test
  void creates_a_topic_that_forgets_nothing_by_itself() {
    assertThat(topic.prepare("orders", HOUR)).isEqualTo(cluster.describe("orders").orElseThrow());
    assertThat(cluster.describe("orders-state").orElseThrow().partitions()).isEqualTo(6);
    assertThat(cluster.config("orders-state"))
        .containsEntry("cleanup.policy", "compact,delete")
        .containsEntry("retention.ms", "-1")
        .containsEntry("retention.bytes", "-1");
  }

  @Test
  void a_group_whose_progress_is_not_known_stops_nothing() {
    FakeCluster unfriendly =
        new FakeCluster() {
          @Override
          public synchronized Map<TopicPartition, Long> committed(
              String group, Collection<TopicPartition> partitions) {
            throw new GroupAuthorizationException(group);
          }
        }.withTopic("orders", 6, Map.of());
    new StateTopic(unfriendly, "orders-state", Optional.of("connect-shop"), new ManualTime())
        .prepare("orders", HOUR);
    assertThat(unfriendly.describe("orders-state")).isPresent();
  }

  @Test
  void grows_a_topic_with_fewer_partitions_than_the_source() {
    cluster.withTopic("orders-state", 2, StateTopic.configOfNew());
    topic.prepare("orders", HOUR);
    assertThat(cluster.describe("orders-state").orElseThrow().partitions()).isEqualTo(6);
  }

  @Test
  void leaves_a_topic_with_more_partitions_alone() {
    cluster.withTopic("orders-state", 12, StateTopic.configOfNew());
    topic.prepare("orders", HOUR);
    assertThat(cluster.describe("orders-state").orElseThrow().partitions()).isEqualTo(12);
  }

  @ParameterizedTest
  @CsvSource({
    "delete, -1, -1, 'cleanup.policy=delete'",
    "compact, -1, -1, 'cleanup.policy=compact'",
    "'compact,delete', 604800000, -1, 'retention.ms=604800000'",
    "'compact,delete', -1, 1000000, 'retention.bytes=1000000'"
  })
  void refuses_a_topic_that_would_forget(
      String policy, String retentionMs, String retentionBytes, String found) {
    cluster.withTopic(
        "orders-state",
        6,
        Map.of(
            "cleanup.policy", policy,
            "retention.ms", retentionMs,
            "retention.bytes", retentionBytes));
    assertThatThrownBy(() -> topic.prepare("orders", HOUR))
        .isInstanceOf(StateUnavailableError.class)
        .hasMessageContaining("'orders-state'")
        .hasMessageContaining("'state.topic'")
        .hasMessageContaining("is required to have")
        .hasMessageContaining("found the topic currently has '" + found + "'")
        .hasMessageContaining("let duplicates through")
        .hasMessageContaining("kafka-configs.sh");
  }

  @Test
  void accepts_a_retention_as_long_as_the_source_topics_and_the_window() {
    cluster.withTopic(
        "orders-state",
        6,
        Map.of("cleanup.policy", "delete, compact", "retention.ms", "" + (604_800_000 + HOUR)));
    topic.prepare("orders", HOUR);
  }

  @Test
  void a_compacted_source_needs_state_without_a_time_limit() {
    cluster.withTopic("users", 6, Map.of("cleanup.policy", "compact", "retention.ms", "1000"));
    cluster.withTopic(
        "orders-state",
        6,
        Map.of("cleanup.policy", "compact,delete", "retention.ms", "99999999999"));
    assertThatThrownBy(() -> topic.prepare("users", HOUR))
        .isInstanceOf(StateUnavailableError.class)
        .hasMessageContaining("retention.ms=-1");
  }

  @Test
  void a_source_topic_in_another_cluster_is_an_error() {
    assertThatThrownBy(() -> topic.prepare("elsewhere", HOUR))
        .isInstanceOf(StateUnavailableError.class)
        .hasMessageContaining("'elsewhere'")
        .hasMessageContaining("state.bootstrap.servers");
  }
}
