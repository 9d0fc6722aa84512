package dev.tributary.connect.chain;

import dev.tributary.connect.dedup.DedupMetrics;
import dev.tributary.connect.dedup.DeduplicateConfig;
import dev.tributary.connect.dedup.Deduplicator;
import dev.tributary.connect.join.JoinMetrics;
import dev.tributary.connect.join.JoinOperator;
import dev.tributary.connect.join.TemporalJoinConfig;
import dev.tributary.connect.kafka.KafkaAccess;
import dev.tributary.connect.record.HeldValue;
import dev.tributary.connect.state.TaskScope;
import dev.tributary.connect.util.TransformId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.connect.sink.SinkConnector;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/**
 * The state of the transforms in front of our own sink task, opened from the connector's settings
 * when the task starts. It can therefore be restored while partitions are paused, before a
 * transform sees its first record, and the records that a join releases pass through the joins
 * after it.
 */
public final class ScopedTransforms implements AutoCloseable {

  private final TaskScope scope;
  private final String task;
  private final KafkaAccess.Factory clusters;
  private final Map<String, String> environment;
  private final Time clock;
  private final List<AutoCloseable> opened = new ArrayList<>();
  private final List<JoinOperator> joins = new ArrayList<>();

  /**
   * Opens the state of all stateful transforms, which then joins the scope.
   *
   * @param properties the settings of connector and task
   * @throws dev.tributary.connect.kafka.StateUnavailableError if the state cannot be opened
   */
  public ScopedTransforms(
      Map<String, String> properties,
      String task,
      TaskScope scope,
      KafkaAccess.Factory clusters,
      Map<String, String> environment,
      Time clock) {
    this.scope = scope;
    this.task = task;
    this.clusters = clusters;
    this.environment = environment;
    this.clock = clock;
    try {
      for (TransformChain.Link link : TransformChain.of(properties).links()) {
        if (link.isDeduplicate()) {
          open(link.alias(), new DeduplicateConfig(link.settings()), topics(properties));
        } else if (link.isJoin()) {
          open(link.alias(), new TemporalJoinConfig(link.settings()));
        }
      }
    } catch (Throwable e) {
      close();
      throw e;
    }
    for (int i = 0; i < joins.size(); i++) {
      List<JoinOperator> downstream = joins.subList(i + 1, joins.size());
      joins.get(i).setDownstream((record, unique) -> through(downstream, record, unique));
    }
  }

  private void open(String alias, DeduplicateConfig config, List<String> topics) {
    TransformId identity = new TransformId(Deduplicator.TYPE, scope.connector(), task, alias);
    Deduplicator deduplicator =
        Deduplicator.start(
            config,
            identity,
            Optional.of(scope),
            DedupMetrics.of(identity),
            clusters,
            environment,
            clock);
    opened.add(deduplicator);
    deduplicator.prepare(topics);
  }

  /** The topics that the connector names; none if it names a pattern. */
  private static List<String> topics(Map<String, String> properties) {
    return Arrays.stream(properties.getOrDefault(SinkConnector.TOPICS_CONFIG, "").split(",", -1))
        .map(String::trim)
        .filter(topic -> !topic.isEmpty())
        .toList();
  }

  private void open(String alias, TemporalJoinConfig config) {
    TransformId identity = new TransformId(JoinOperator.TYPE, scope.connector(), task, alias);
    JoinOperator join =
        JoinOperator.start(
            config,
            identity,
            Optional.of(scope),
            JoinMetrics.of(identity),
            clusters,
            environment,
            clock);
    opened.add(join);
    joins.add(join);
  }

  private static @Nullable SinkRecord through(
      List<JoinOperator> joins, SinkRecord record, boolean unique) {
    SinkRecord result = record;
    for (JoinOperator join : joins) {
      if (result == null || result.value() instanceof HeldValue) {
        return result;
      }
      result = join.joinReleased(result, unique);
    }
    return result;
  }

  /** Whether a transform can decide only with all partitions of a topic in one task. */
  public static boolean needOneTask(Map<String, String> properties) {
    return TransformChain.of(properties).links().stream()
        .filter(TransformChain.Link::isDeduplicate)
        .anyMatch(link -> new DeduplicateConfig(link.settings()).topicScope());
  }

  @Override
  public void close() {
    opened.forEach(one -> Utils.closeQuietly(one, "state of a transform"));
  }
}
