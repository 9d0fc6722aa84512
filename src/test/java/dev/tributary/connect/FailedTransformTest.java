package dev.tributary.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tributary.connect.join.right.FakeRightTopic;
import dev.tributary.connect.kafka.FakeCluster;
import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.sink.clickhouse.FakeClickHouse;
import dev.tributary.connect.sink.clickhouse.FakeTable;
import dev.tributary.connect.state.TaskScope;
import dev.tributary.connect.util.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.connect.errors.DataException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A task knows that it has failed in a transform, before the framework ends it. */
class FailedTransformTest {

  private static final TopicPartition P0 = new TopicPartition("t", 0);
  private static final Map<String, Object> GOOD = Map.of("id", 1L);

  private final ManualTime time = new ManualTime();
  private final FakeRightTopic users = new FakeRightTopic("users", 1);

  private final FakeCluster cluster =
      new FakeCluster() {
        @Override
        public Factory factory() {
          Factory own = super.factory();
          return (settings, clientId) ->
              clientId.startsWith("tributary-right") ? users : own.open(settings, clientId);
        }
      };

  private final SimulatedConnect connect =
      new SimulatedConnect(
              time,
              cluster,
              new FakeClickHouse(time)
                  .with(new FakeTable("t", "id Int64", "name Nullable(String)")))
          .topic("t", 1)
          .with("batch.max.delay.ms", "100")
          .with("transforms", "one");

  private final List<SimulatedTask> started = new ArrayList<>();

  private SimulatedTask start() {
    SimulatedTask task = connect.start();
    started.add(task);
    await()
        .pollInSameThread()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(1))
        .until(
            () -> {
              task.iterate(0);
              return task.paused.isEmpty();
            });
    return task;
  }

  @AfterEach
  void stop() {
    started.forEach(SimulatedTask::kill);
  }

  private void deduplicate() {
    connect
        .with("transforms.one.type", Deduplicate.class.getName())
        .with("transforms.one.key.fields", "id")
        .with("transforms.one.window", "1h")
        .with("transforms.one.on.missing.key", "fail");
  }

  private void join() {
    connect
        .with("transforms.one.type", TemporalJoin.class.getName())
        .with("transforms.one.right.topic", "users")
        .with("transforms.one.left.key", "id")
        .with("transforms.one.right.fields", "name")
        .with("transforms.one.join.type", "left");
  }

  private void deliver(SimulatedTask task, Map<String, Object> value) {
    connect.send(P0, value);
    task.poll(1);
  }

  private static boolean hasFailed() {
    return TaskScope.current().orElseThrow().hasFailed();
  }

  /** A record that the transform refuses. */
  private Map<String, Object> bad(String transform) {
    if (transform.equals("Deduplicate")) {
      deduplicate();
      return Map.of("name", "no key");
    }
    join();
    return Map.of("id", 1L, "name", "taken");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Deduplicate", "TemporalJoin"})
  void task_fails_at_a_record_that_a_transform_refuses(String transform) {
    Map<String, Object> bad = bad(transform);
    connect.with("errors.tolerance", "none");
    SimulatedTask task = start();
    deliver(task, GOOD);
    assertThat(hasFailed()).isFalse();
    assertThat(task.preCommit()).isNotEmpty();
    assertThatThrownBy(() -> deliver(task, bad)).isInstanceOf(DataException.class);
    assertThat(hasFailed()).isTrue();
    assertThat(task.preCommit()).as("nothing is committed after that").isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"Deduplicate", "TemporalJoin"})
  void task_continues_after_a_record_that_the_framework_skips(String transform) {
    Map<String, Object> bad = bad(transform);
    connect.with("errors.tolerance", "all");
    SimulatedTask task = start();
    deliver(task, bad);
    deliver(task, GOOD);
    assertThat(hasFailed()).isFalse();
    task.run(20);
    assertThat(connect.committed(P0)).isEqualTo(2);
  }

  @Test
  void framework_tolerates_nothing_unless_it_is_told_to() {
    Map<String, Object> bad = bad("Deduplicate");
    connect.properties.remove("errors.tolerance");
    SimulatedTask task = start();
    assertThatThrownBy(() -> deliver(task, bad)).isInstanceOf(DataException.class);
    assertThat(hasFailed()).isTrue();
  }

  @Test
  void missing_state_fails_the_task_for_good_whatever_is_tolerated() {
    deduplicate();
    connect.with("errors.tolerance", "all");
    SimulatedTask task = start();
    cluster.sendFailure = new TimeoutException("Expiring 1 record(s) for t-state-0");
    deliver(task, GOOD);
    task.poll(0);
    cluster.land();
    assertThat(hasFailed()).isFalse();
    assertThatThrownBy(() -> deliver(task, Map.of("id", 2L)))
        .isInstanceOf(StateUnavailableError.class);
    assertThat(hasFailed()).isTrue();
  }
}
