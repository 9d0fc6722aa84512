package dev.tributary.connect.sink.progress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.kafka.FakeCluster;
import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.kafka.WatchedCluster;
import dev.tributary.connect.util.ManualTime;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;

class ProgressTopicTest {

  private static final String NAME = "progress";
  private static final Map<String, String> COMPACTED =
      Map.of(TopicConfig.CLEANUP_POLICY_CONFIG, "compact");

  private final ManualTime time = new ManualTime();
  private final WatchedCluster cluster = new WatchedCluster();
  private final ProgressTopic topic = new ProgressTopic(cluster, NAME, time);

  @Test
  void topic_that_is_not_there_is_made_so_that_no_record_is_ever_deleted_for_its_age() {
    assertThat(topic.prepare()).isEqualTo(ProgressTopic.PARTITIONS);
    assertThat(cluster.config(NAME))
        .containsEntry(TopicConfig.CLEANUP_POLICY_CONFIG, "compact")
        .containsEntry(TopicConfig.SEGMENT_BYTES_CONFIG, "8388608")
        .containsEntry(TopicConfig.MIN_CLEANABLE_DIRTY_RATIO_CONFIG, "0.1")
        .containsEntry(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, "16777216");
    assertThat(topic.name()).isEqualTo(NAME);
  }

  @Test
  void topic_that_is_there_is_used_with_as_many_partitions_as_it_has() {
    cluster.withTopic(NAME, 3, Map.of(TopicConfig.CLEANUP_POLICY_CONFIG, " compact "));
    assertThat(topic.prepare()).isEqualTo(3);
    assertThat(cluster.config(NAME)).hasSize(1);
  }

  @Test
  void topic_whose_records_get_lost_is_refused_with_the_command_that_fixes_it() {
    cluster.withTopic(NAME, 3, Map.of(TopicConfig.CLEANUP_POLICY_CONFIG, "compact,delete"));
    assertThatThrownBy(topic::prepare)
        .isInstanceOf(StateUnavailableError.class)
        .hasMessageContaining("Topic '" + NAME + "'")
        .hasMessageContaining("required to have 'cleanup.policy=compact'")
        .hasMessageContaining("currently has 'cleanup.policy=compact,delete'")
        .hasMessageContaining(
            "--entity-name " + NAME + " --add-config cleanup.policy=compact' and restart");
  }

  @Test
  void unknown_policy_is_not_taken_for_compaction() {
    cluster.withTopic(NAME, 3, Map.of());
    assertThatThrownBy(topic::prepare).isInstanceOf(StateUnavailableError.class);
  }

  @Test
  void kafka_that_cannot_be_asked_stops_the_task_with_the_settings_to_check() {
    TimeoutException failure = new TimeoutException("no broker");
    cluster.beforeDescribe =
        () -> {
          throw failure;
        };
    assertThatThrownBy(topic::prepare)
        .isInstanceOf(StateUnavailableError.class)
        .hasMessageContaining("Progress topic '" + NAME + "' cannot be prepared: no broker")
        .hasMessageContaining("'state.bootstrap.servers'")
        .hasCause(failure);
  }

  /** A cluster whose brokers learn of a new topic after a while. */
  private FakeCluster slow(long untilKnownMs) {
    long knownMs = time.milliseconds() + untilKnownMs;
    return new FakeCluster() {
      @Override
      public Optional<Topic> describe(String name) {
        return time.milliseconds() < knownMs ? Optional.empty() : super.describe(name);
      }
    };
  }

  @Test
  void new_topic_that_not_every_broker_knows_yet_is_waited_for() {
    assertThat(new ProgressTopic(slow(29_000), NAME, time).prepare())
        .isEqualTo(ProgressTopic.PARTITIONS);
  }

  @Test
  void wait_for_a_new_topic_that_never_shows_up_has_a_limit() {
    long startMs = time.milliseconds();
    assertThatThrownBy(() -> new ProgressTopic(slow(Long.MAX_VALUE / 2), NAME, time).prepare())
        .isInstanceOf(StateUnavailableError.class)
        .hasMessageContaining("it did not show up within 30 s");
    assertThat(time.milliseconds() - startMs).isBetween(30_000L, 30_200L);
  }

  @Test
  void compacted_topic_has_no_problem() {
    assertThat(ProgressTopic.problem(NAME, COMPACTED)).isEmpty();
  }
}
