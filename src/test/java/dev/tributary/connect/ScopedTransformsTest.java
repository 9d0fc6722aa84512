package dev.tributary.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tributary.connect.chain.ScopedTransforms;
import dev.tributary.connect.kafka.FakeCluster;
import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.record.Records;
import dev.tributary.connect.state.TaskScope;
import dev.tributary.connect.util.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.internals.PluginMetricsImpl;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.connect.sink.SinkRecord;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** State that is restored in the background, as in front of our own sink task. */
class ScopedTransformsTest {

  private static final long T = 1_700_000_000_000L;
  private static final TopicPartition ORDERS_0 = new TopicPartition("orders", 0);
  private static final TopicPartition ORDERS_1 = new TopicPartition("orders", 1);
  private static final Map<String, String> ENVIRONMENT =
      Map.of("CONNECT_BOOTSTRAP_SERVERS", "kafka:9092");

  private final FakeCluster cluster = new FakeCluster().withTopic("orders", 2, Map.of());
  private final Metrics metrics = new Metrics();

  /** Later than all events. */
  private final ManualTime clock = new ManualTime();

  {
    clock.advance(1_000_000_000);
  }

  private final List<AutoCloseable> running = new ArrayList<>();

  /** A task with its transform, as Connect starts the two. */
  private final class Task implements AutoCloseable {
    final TaskScope scope = TaskScope.enter("shop", "connect-shop", Map.of());
    final Deduplicate<SinkRecord> dedup = new Deduplicate<>(cluster.factory(), ENVIRONMENT, clock);
    final PluginMetricsImpl pluginMetrics;
    final ScopedTransforms transforms;

    Task(String... settings) {
      Map<String, String> properties = new HashMap<>();
      properties.put("topics", "orders");
      properties.put("transforms", "other, dedup");
      properties.put("transforms.other.type", "org.apache.kafka.connect.transforms.Filter");
      properties.put("transforms.dedup.type", Deduplicate.class.getName());
      properties.put("transforms.dedup.key.fields", "id");
      properties.put("transforms.dedup.window", "1m");
      properties.put("transforms.dedup.predicate", "one");
      for (int i = 0; i < settings.length; i += 2) {
        properties.put(settings[i], settings[i + 1]);
      }
      Map<String, String> own = new HashMap<>(Map.of("key.fields", "id", "window", "1m"));
      dedup.configure(own);
      Map<String, String> tags = new LinkedHashMap<>();
      tags.put("connector", "shop");
      tags.put("task", "0");
      tags.put("transformation", "dedup");
      pluginMetrics = new PluginMetricsImpl(metrics, tags);
      dedup.withPluginMetrics(pluginMetrics);
      transforms =
          new ScopedTransforms(properties, "0", scope, cluster.factory(), ENVIRONMENT, clock);
      running.add(this);
    }

    boolean passes(long offset, String id) {
      return passes(0, offset, id);
    }

    boolean passes(int partition, long offset, String id) {
      SinkRecord record =
          Records.at("orders", partition, offset, T + offset, "key", Records.map("id", id));
      return dedup.apply(record) != null;
    }

    void open(long position) {
      scope.opened(Map.of(ORDERS_0, position));
    }

    void awaitReady() {
      soon().until(() -> scope.isReady(ORDERS_0));
    }

    @Override
    public void close() {
      transforms.close();
      dedup.close();
      scope.close();
      Utils.closeQuietly(pluginMetrics, "metrics");
    }
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : running) {
      one.close();
    }
    metrics.close();
  }

  private void accepted(String... ids) {
    try (Task task = new Task()) {
      for (int i = 0; i < ids.length; i++) {
        task.passes(i, ids[i]);
      }
      task.scope.flush();
    }
  }

  private long metric(String name) {
    return metrics.metrics().values().stream()
        .filter(m -> m.metricName().name().equals(name))
        .mapToLong(m -> (Long) m.metricValue())
        .sum();
  }

  private static ConditionFactory soon() {
    return await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(5));
  }

  private static void awaitNoStateThread() {
    soon()
        .until(
            () ->
                Thread.getAllStackTraces().keySet().stream()
                    .noneMatch(thread -> thread.getName().startsWith("tributary-state-")));
  }

  @Test
  void a_partition_is_ready_when_its_marks_are_there_before_any_record() {
    accepted("a", "b");
    cluster.holdReads();
    Task task = new Task();
    assertThat(task.scope.isEmpty()).isFalse();
    task.open(2);
    soon().until(() -> metric("restore-remaining-records") == 1);
    assertThat(task.scope.isReady(ORDERS_0)).isFalse();
    assertThat(metric("restore-state")).isEqualTo(1);
    assertThat(metric("keys-held")).isZero();

    cluster.releaseReads();
    task.awaitReady();
    assertThat(metric("keys-held")).isEqualTo(2);
    assertThat(metric("bytes-held")).isPositive();
    assertThat(metric("restore-state")).isZero();
    assertThat(metric("restore-remaining-records")).isZero();
    int readings = cluster.readings;
    assertThat(task.passes(2, "a")).isFalse();
    assertThat(task.passes(3, "c")).isTrue();
    assertThat(cluster.readings).isEqualTo(readings);
  }

  @Test
  void the_transform_uses_what_the_task_has_opened() {
    Task task = new Task();
    assertThat(cluster.opened).isEqualTo(1);
    task.passes(0, "a");
    assertThat(cluster.opened).isEqualTo(1);
    task.dedup.close();
    assertThat(task.scope.isEmpty()).isTrue();
    assertThatCode(task.transforms::close).doesNotThrowAnyException();
  }

  @Test
  void the_state_topic_is_made_while_the_task_still_joins_its_group() {
    Task task = new Task();
    soon().until(() -> cluster.describe("shop-state").isPresent());
    assertThat(cluster.describe("shop-state").orElseThrow().partitions()).isEqualTo(2);
    assertThat(task.scope.isReady(ORDERS_0)).isTrue();
    assertThat(cluster.consumersOpened).isZero();
  }

  @Test
  void what_is_not_there_when_the_task_starts_is_looked_up_again() {
    Task task = new Task("topics", "orders, later");
    awaitNoStateThread();
    cluster.withTopic("later", 1, Map.of());
    TopicPartition later = new TopicPartition("later", 0);
    task.scope.opened(Map.of(later, 0L));
    soon().until(() -> task.scope.isReady(later));
    assertThat(task.dedup.apply(Records.at("later", 0, 0, T, "key", Records.map("id", "a"))))
        .isNotNull();
  }

  @Test
  void a_short_class_name_is_found_too() {
    assertThat(new Task("transforms.dedup.type", "Deduplicate").scope.isEmpty()).isFalse();
    assertThat(new Task("transforms", "other").scope.isEmpty()).isTrue();
  }

  @Test
  void a_record_that_comes_all_the_same_waits_for_its_partition() throws Exception {
    accepted("a");
    cluster.holdReads();
    Task task = new Task();
    task.open(1);
    Thread taskThread = Thread.currentThread();
    CompletableFuture<Void> release =
        CompletableFuture.runAsync(
            () -> {
              try {
                soon().until(() -> taskThread.getState() == Thread.State.WAITING);
              } finally {
                cluster.releaseReads();
              }
            });
    assertThat(task.passes(1, "a")).isFalse();
    release.get();
    assertThat(cluster.consumersOpened).isEqualTo(2);
  }

  @Test
  void partitions_of_one_rebalance_are_read_in_one_pass() {
    accepted("a");
    int before = cluster.consumersOpened;
    Task task = new Task();
    task.scope.opened(Map.of(ORDERS_0, 1L, ORDERS_1, 0L));
    task.awaitReady();
    soon().until(() -> task.scope.isReady(ORDERS_1));
    assertThat(cluster.consumersOpened).isEqualTo(before + 1);
    assertThat(task.passes(1, 0, "a")).isTrue();
    assertThat(task.passes(1, "a")).isFalse();
  }

  @Test
  void two_source_topics_share_one_pass_over_a_state_partition() {
    cluster.withTopic("returns", 1, Map.of());
    TopicPartition returns = new TopicPartition("returns", 0);
    accepted("a");
    Task task = new Task();
    task.scope.opened(Map.of(ORDERS_0, 1L, returns, 0L));
    task.awaitReady();
    soon().until(() -> task.scope.isReady(returns));
    assertThat(metric("keys-held")).isEqualTo(1);
    assertThat(task.passes(1, "a")).isFalse();
    SinkRecord other = Records.at("returns", 0, 0, T, "key", Records.map("id", "a"));
    assertThat(task.dedup.apply(other)).isNotNull();
  }

  @Test
  void a_rebalance_in_the_middle_cancels_and_starts_over() {
    accepted("a");
    cluster.holdReads();
    Task task = new Task();
    task.open(1);
    soon().until(() -> metric("restore-remaining-records") == 1);
    task.scope.closed(List.of(ORDERS_0));
    soon().until(() -> metric("restore-remaining-records") == 0);
    assertThat(metric("restore-state")).isZero();

    // Meanwhile another task had the partition.
    cluster.releaseReads();
    accepted("a", "b");
    Task again = new Task();
    again.open(2);
    again.awaitReady();
    assertThat(again.passes(2, "b")).isFalse();
    assertThat(again.passes(3, "a")).isFalse();
  }

  @Test
  void a_partition_that_comes_back_while_the_cancelled_restore_still_runs_gets_a_fresh_one() {
    accepted("a");
    cluster.holdReads();
    Task task = new Task();
    task.open(1);
    task.scope.closed(List.of(ORDERS_0));
    task.open(0);
    assertThat(task.scope.isReady(ORDERS_0)).isFalse();
    cluster.releaseReads();
    task.awaitReady();
    // From position 0 on: the accepted record is redelivered and not its own duplicate.
    assertThat(task.passes(0, "a")).isTrue();
    assertThat(task.passes(1, "a")).isFalse();
    assertThat(metric("restore-state")).isZero();
  }

  @Test
  void a_failed_restore_stops_the_task_in_put_and_in_apply() {
    accepted("a");
    cluster.readFailure = new KafkaException("broker on fire");
    Task task = new Task();
    task.open(1);
    soon()
        .untilAsserted(
            () ->
                assertThatThrownBy(() -> task.scope.isReady(ORDERS_0))
                    .isInstanceOf(StateUnavailableError.class)
                    .hasMessageContaining("State cannot be read from topic 'shop-state'")
                    .hasMessageContaining("broker on fire"));
    assertThatThrownBy(() -> task.passes(1, "a"))
        .isInstanceOf(StateUnavailableError.class)
        .hasMessageContaining("broker on fire");
  }

  @Test
  void a_partition_without_room_for_its_marks_never_becomes_ready() {
    int marks = 40_000;
    try (Task before = new Task()) {
      for (int offset = 0; offset < marks; offset++) {
        before.passes(0, offset, "a" + offset);
        before.passes(1, offset, "b" + offset);
      }
      before.scope.flush();
    }
    // Room for those of one partition.
    Task task = new Task("transforms.dedup.state.max.bytes", String.valueOf(2 << 20));
    task.open(marks);
    task.awaitReady();
    task.scope.opened(Map.of(ORDERS_1, (long) marks));
    for (int i = 0; i < 2; i++) {
      soon()
          .untilAsserted(
              () ->
                  assertThatThrownBy(() -> task.scope.isReady(ORDERS_1))
                      .isInstanceOf(StateUnavailableError.class)
                      .hasMessageContaining("state.max.bytes"));
    }
  }

  @Test
  void an_unfit_state_topic_stops_the_task_before_any_record() {
    cluster.withTopic("shop-state", 2, Map.of("cleanup.policy", "delete"));
    Task task = new Task();
    task.open(0);
    soon()
        .untilAsserted(
            () ->
                assertThatThrownBy(() -> task.scope.isReady(ORDERS_0))
                    .hasMessageContaining("cleanup.policy"));
  }

  @Test
  void closing_ends_a_running_restore_and_its_clients_promptly() {
    accepted("a");
    cluster.holdReads();
    Task task = new Task();
    task.open(1);
    soon().until(() -> metric("restore-remaining-records") == 1);
    int before = cluster.consumersClosed.get();
    task.close();
    soon().atMost(1, TimeUnit.SECONDS).until(() -> cluster.consumersClosed.get() == before + 1);
    awaitNoStateThread();
  }

  @Test
  void the_thread_is_gone_when_there_is_nothing_to_restore() {
    Task task = new Task();
    task.open(0);
    task.awaitReady();
    awaitNoStateThread();
    task.scope.closed(List.of(ORDERS_0));
    task.open(0);
    task.awaitReady();
  }

  @Test
  void metrics_show_up_when_the_zombie_of_the_task_before_is_gone() {
    Task zombie = new Task();
    zombie.passes(0, "z");
    zombie.scope.polled();
    Task task = new Task();
    task.open(1);
    task.awaitReady();
    task.passes(1, "a");
    task.passes(2, "b");
    assertThat(metric("records-passed-total")).isEqualTo(1);
    Utils.closeQuietly(zombie.pluginMetrics, "metrics");
    task.scope.committed(Map.of(ORDERS_0, 1L));
    assertThat(metric("records-passed-total")).isEqualTo(2);
    assertThat(metric("keys-held")).isEqualTo(3);
  }

  @Test
  void partitions_that_were_never_opened_are_closed_without_harm() {
    Task task = new Task();
    task.scope.closed(List.of(ORDERS_0, new TopicPartition("gone", 7)));
    assertThat(task.scope.isReady(ORDERS_1)).isTrue();
  }

  @Test
  void a_recreated_source_topic_is_noticed_when_offsets_step_back() {
    Task task = new Task();
    task.open(0);
    task.awaitReady();
    assertThat(task.passes(0, "a")).isTrue();
    assertThat(task.passes(1, "b")).isTrue();
    task.scope.flush();
    cluster.withTopic("orders", 2, Map.of());
    assertThat(task.passes(0, "b")).isTrue();
    assertThat(task.passes(1, "a")).isTrue();
    assertThat(task.passes(2, "b")).isFalse();
    assertThat(metric("records-redelivered-total")).isZero();
  }

  @Test
  void a_rewind_within_the_same_topic_keeps_the_marks() {
    Task task = new Task();
    task.open(0);
    task.awaitReady();
    task.passes(0, "a");
    task.passes(1, "b");
    int readings = cluster.readings;
    assertThat(task.passes(0, "a")).isTrue();
    assertThat(task.passes(1, "b")).isTrue();
    assertThat(task.passes(2, "a")).isFalse();
    assertThat(cluster.readings).isEqualTo(readings);
  }

  /** Accepts a record a second, and commits one in a thousand. */
  private void live(Task task, long from, long to) {
    live(task, from, to, true);
  }

  private void live(Task task, long from, long to, boolean commitsArrive) {
    for (long offset = from; offset < to; offset++) {
      SinkRecord record =
          Records.at(
              "orders", 0, offset, T + 1000 * offset, "key", Records.map("id", "k" + offset));
      assertThat(task.dedup.apply(record)).isNotNull();
      if ((offset + 1) % 1000 == 0) {
        task.scope.flush();
        if (commitsArrive) {
          cluster.commit("connect-shop", Map.of(ORDERS_0, offset + 1));
        }
        task.scope.committed(Map.of(ORDERS_0, offset + 1));
      }
    }
  }

  /** How many marks have been cut off, about: two records hold the thousand of a commit. */
  private long marksCut() {
    return cluster.beginning("shop-state", 0) * 1000 / 2;
  }

  @Test
  void the_front_of_the_state_is_cut_when_most_of_it_is_dead() {
    Task task = new Task();
    task.open(0);
    task.awaitReady();
    live(task, 0, 90_000);
    awaitNoStateThread();
    assertThat(marksCut()).isZero();
    live(task, 90_000, 110_000);
    soon().until(() -> marksCut() > 100_000);
    // Twice the window of a minute before the last committed second was needed.
    assertThat(marksCut()).isLessThan(109_881);
    assertThat(metric("oldest-mark-age-ms")).isLessThan(System.currentTimeMillis() - T);
    // Only when as much is dead again is it cut again.
    live(task, 110_000, 200_000);
    awaitNoStateThread();
    assertThat(marksCut()).isLessThan(110_000);
    live(task, 200_000, 220_000);
    soon().until(() -> marksCut() > 200_000);
    task.close();

    Task next = new Task();
    next.open(219_990);
    next.awaitReady();
    SinkRecord duplicate =
        Records.at("orders", 0, 220_000, T + 220_000_000, "key", Records.map("id", "k219950"));
    assertThat(next.dedup.apply(duplicate)).isNull();
    assertThat(next.passes(219_990, "any")).isTrue();
  }

  @Test
  void nothing_is_cut_before_the_group_itself_has_committed() {
    Task task = new Task();
    task.open(0);
    task.awaitReady();
    cluster.commit("connect-shop", Map.of(ORDERS_0, 10L));
    live(task, 0, 120_000, false);
    awaitNoStateThread();
    assertThat(marksCut()).isZero();
    live(task, 120_000, 240_000);
    soon().until(() -> marksCut() > 100_000);
  }

  @Test
  void a_state_topic_that_cannot_be_cut_stops_nothing() {
    cluster.deleteFailure = new TopicAuthorizationException("may not delete");
    Task task = new Task();
    task.open(0);
    task.awaitReady();
    live(task, 0, 210_000);
    awaitNoStateThread();
    live(task, 210_000, 330_000);
    awaitNoStateThread();
    assertThat(marksCut()).isZero();
    assertThat(task.passes(330_000, "later")).isTrue();
  }

  @Test
  void marks_of_another_connector_between_ours_survive_a_cut() {
    Task task = new Task();
    task.open(0);
    task.awaitReady();
    live(task, 0, 60_000);
    byte[] foreign = new byte[36];
    foreign[0] = 1;
    cluster.append("shop-state", 0, foreign, new byte[18]);
    live(task, 60_000, 120_000);
    soon().until(() -> marksCut() > 60_000);
    List<byte[][]> log = cluster.log("shop-state", 0);
    assertThat(log.subList((int) cluster.beginning("shop-state", 0), log.size()))
        .anyMatch(record -> Arrays.equals(record[0], foreign));
  }

  @Test
  void a_mark_that_lives_long_is_carried_along_without_the_dead_ones_around_it() {
    SinkRecord farAway =
        Records.at(
            "orders",
            0,
            60_000,
            T + 60_000_000,
            "key",
            Records.map("id", "far away", "at", "2099-01-01 00:00:00"));
    Task task = new Task("transforms.dedup.time", "field:at");
    task.open(0);
    task.awaitReady();
    live(task, 0, 60_000);
    assertThat(task.dedup.apply(farAway)).isNotNull();
    live(task, 60_001, 120_000);
    soon().until(() -> marksCut() > 60_000);
    List<byte[][]> log = cluster.log("shop-state", 0);
    assertThat(log.subList((int) cluster.beginning("shop-state", 0), log.size()))
        .anyMatch(record -> record[1].length < 2 * 18);
    task.close();

    Task next = new Task("transforms.dedup.time", "field:at");
    next.open(120_000);
    next.awaitReady();
    assertThat(
            next.dedup.apply(
                Records.at(
                    "orders",
                    0,
                    120_000,
                    T + 120_000_000,
                    "key",
                    Records.map("id", "far away", "at", "2099-01-01 00:00:01"))))
        .isNull();
  }

  @Test
  void before_a_foreign_sink_nothing_is_cut() {
    TaskScope.current().ifPresent(TaskScope::close);
    Deduplicate<SinkRecord> alone = new Deduplicate<>(cluster.factory(), ENVIRONMENT, clock);
    alone.configure(Map.of("key.fields", "id", "window", "1m"));
    Map<String, String> tags = new LinkedHashMap<>();
    tags.put("connector", "shop");
    tags.put("task", "0");
    tags.put("transformation", "dedup");
    alone.withPluginMetrics(new PluginMetricsImpl(metrics, tags));
    running.add(alone);
    cluster.commit("connect-shop", Map.of(ORDERS_0, 300_000L));
    for (long offset = 0; offset < 250_000; offset++) {
      alone.apply(
          Records.at(
              "orders", 0, offset, T + 1000 * offset, "key", Records.map("id", "k" + offset)));
    }
    cluster.land();
    assertThat(cluster.beginning("shop-state", 0)).isZero();
    assertThat(metric("keys-held")).isLessThan(20_000);
  }
}
