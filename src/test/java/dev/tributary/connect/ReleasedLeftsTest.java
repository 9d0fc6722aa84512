package dev.tributary.connect;

import static dev.tributary.connect.ChainedLefts.combinations;
import static dev.tributary.connect.ChainedLefts.holds;
import static dev.tributary.connect.ChainedLefts.name;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tributary.connect.ChainedLefts.Left;
import dev.tributary.connect.ChainedLefts.Right;
import dev.tributary.connect.join.right.FakeRightTopic;
import dev.tributary.connect.kafka.FakeCluster;
import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.record.MemoryEstimate;
import dev.tributary.connect.sink.clickhouse.FakeClickHouse;
import dev.tributary.connect.sink.clickhouse.FakeTable;
import dev.tributary.connect.state.TaskScope;
import dev.tributary.connect.util.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Lefts in chains of joins, each of which may hold a left and may refuse it: what the sink makes of
 * those that are released.
 */
class ReleasedLeftsTest {

  private static final TopicPartition ORDERS_0 = new TopicPartition("orders", 0);
  private static final long WINDOW_MS = 3_600_000;

  private final ManualTime time = new ManualTime();
  private final long start = time.milliseconds();

  /** The right topics of the joins, by alias; all have the same records. */
  private final Map<String, FakeRightTopic> rights = new LinkedHashMap<>();

  private final FakeCluster cluster =
      new FakeCluster() {
        @Override
        public Factory factory() {
          Factory own = super.factory();
          return (settings, clientId) -> {
            FakeRightTopic right = rights.get(clientId.replace("tributary-right-shop-", ""));
            return right == null ? own.open(settings, clientId) : right;
          };
        }
      };

  private final FakeTable table =
      new FakeTable(
              "orders",
              "id Int64",
              "r1 Nullable(String)",
              "r2 Nullable(String)",
              "r3 Nullable(String)",
              "_topic String",
              "_partition Int32",
              "_offset Int64")
          .window(1_000);

  private final SimulatedConnect connect =
      new SimulatedConnect(time, cluster, new FakeClickHouse(time).with(table))
          .topic("orders", 1)
          .with("metadata.columns", "topic:_topic,partition:_partition,offset:_offset")
          .with("batch.max.delay.ms", "100")
          .with("errors.deadletterqueue.topic.name", "dlq");

  private final List<SimulatedTask> started = new ArrayList<>();
  private final List<Left> lefts = new ArrayList<>();

  @AfterEach
  void stop() {
    started.forEach(SimulatedTask::kill);
  }

  /**
   * Sets the joins of the connector.
   *
   * @param chain a letter for each join: H if it holds lefts, else D
   */
  private void joins(String chain) {
    List<String> aliases = new ArrayList<>();
    for (int join = 1; join <= chain.length(); join++) {
      String alias = "j" + join;
      aliases.add(alias);
      rights.put(alias, new FakeRightTopic("users", 1));
      String prefix = "transforms." + alias + ".";
      connect
          .with(prefix + "type", TemporalJoin.class.getName())
          .with(prefix + "right.topic", "users")
          .with(prefix + "left.key", "k" + join)
          .with(prefix + "right.key", "id")
          .with(prefix + "right.fields", "name:r" + join)
          .with(prefix + "join.type", "left")
          .with(prefix + (holds(chain, join) ? "window" : "window.before"), "1h");
    }
    connect.with("transforms", String.join(",", aliases));
    come(Right.EARLY, start - 1_000);
  }

  /** The right sides that come then. */
  private void come(Right which, long at) {
    rights.values().forEach(topic -> come(topic, which, at));
  }

  private static void come(FakeRightTopic topic, Right which, long at) {
    topic.send(at, null, "{\"id\":\"%s\",\"name\":\"%s\"}".formatted(name(which), name(which)));
  }

  private void send(Left left) {
    Map<String, Object> value = new HashMap<>();
    value.put("id", (long) lefts.size());
    for (int join = 1; join <= left.rights().size(); join++) {
      value.put("k" + join, name(left.rights().get(join - 1)));
    }
    if (left.refusedBy() > 0) {
      value.put("r" + left.refusedBy(), "taken");
    }
    connect.send(ORDERS_0, value);
    lefts.add(left);
  }

  /**
   * Sends lefts that differ in their right sides and in who refuses them, each before a good one.
   */
  private void sendAllKinds(int joins) {
    for (List<Right> combination : combinations(joins)) {
      for (int refusedBy = 1; refusedBy <= joins; refusedBy++) {
        send(new Left(combination, refusedBy));
        send(new Left(combination, 0));
      }
    }
  }

  private SimulatedTask start() {
    SimulatedTask task = connect.start();
    started.add(task);
    return task;
  }

  private static ConditionFactory soon() {
    return await()
        .pollInSameThread()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(1))
        .atMost(Duration.ofMinutes(1));
  }

  private static void run(SimulatedTask task, BooleanSupplier until) {
    soon()
        .until(
            () -> {
              task.run(1);
              return until.getAsBoolean();
            });
  }

  private void runUntilAllAreRead(SimulatedTask task) {
    run(task, () -> task.position(ORDERS_0) == lefts.size());
  }

  /** Lets windows pass until every left is stored, or a dead letter. */
  private void runToTheEnd(SimulatedTask task) {
    run(
        task,
        () -> {
          time.advance(WINDOW_MS);
          return connect.committed(ORDERS_0) == lefts.size();
        });
  }

  private static long oldestHeld() {
    return TaskScope.current().orElseThrow().oldestHeld(ORDERS_0);
  }

  private void assertRows(String chain) {
    Map<@Nullable Object, Map<String, @Nullable Object>> expected = new HashMap<>();
    for (int offset = 0; offset < lefts.size(); offset++) {
      if (lefts.get(offset).refusedBy() == 0) {
        expected.put((long) offset, lefts.get(offset).added(chain));
      }
    }
    Map<@Nullable Object, Map<String, @Nullable Object>> rows = new HashMap<>();
    for (Map<String, @Nullable Object> row : table.rows()) {
      Map<String, @Nullable Object> added = new TreeMap<>();
      for (int join = 1; join <= chain.length(); join++) {
        added.put("r" + join, row.get("r" + join));
      }
      rows.put(row.get("id"), added);
    }
    assertThat(rows).isEqualTo(expected);
  }

  private List<Long> refused() {
    List<Long> refused = new ArrayList<>();
    for (int offset = 0; offset < lefts.size(); offset++) {
      if (lefts.get(offset).refusedBy() > 0) {
        refused.add((long) offset);
      }
    }
    return refused;
  }

  private List<Long> deadLetters() {
    return connect.deadLetters.stream().map(SinkRecord::originalKafkaOffset).toList();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "H", "D", "HH", "HD", "DH", "DD", "HHH", "HHD", "HDH", "HDD", "DHH", "DHD", "DDH", "DDD"
      })
  void left_that_any_join_of_a_chain_refuses_is_one_dead_letter(String chain) {
    joins(chain);
    sendAllKinds(chain.length());
    SimulatedTask task = start();
    runUntilAllAreRead(task);
    long firstHeld = Long.MAX_VALUE;
    for (int offset = lefts.size() - 1; offset >= 0; offset--) {
      firstHeld = lefts.get(offset).isHeld(chain) ? offset : firstHeld;
    }
    assertThat(oldestHeld()).isEqualTo(firstHeld);

    come(Right.LATE, start + 1_000);
    runToTheEnd(task);
    assertThat(deadLetters()).containsExactlyInAnyOrderElementsOf(refused());
    assertRows(chain);
    assertThat(table.rows()).hasSize(lefts.size() - refused().size());
  }

  @ParameterizedTest
  @CsvSource({"at_least_once", "exactly_once"})
  void killed_tasks_lose_no_left_and_fail_at_none(String delivery) {
    joins("HH");
    connect.with("delivery", delivery);
    sendAllKinds(2);
    SimulatedTask first = start();
    runUntilAllAreRead(first);
    first.kill();
    cluster.loseInFlight();

    SimulatedTask second = start();
    runUntilAllAreRead(second);
    come(Right.LATE, start + 1_000);
    run(second, () -> second.metric("j1", "lefts-matched-late-total") > 0);
    second.kill();
    cluster.loseInFlight();

    runToTheEnd(start());
    assertThat(Set.copyOf(deadLetters())).containsExactlyInAnyOrderElementsOf(refused());
    assertThat(table.offsets("orders", 0)).hasSize(lefts.size() - refused().size());
    if (delivery.equals("exactly_once")) {
      assertThat(table.rows()).hasSize(lefts.size() - refused().size());
    }
  }

  /** As for a left that is joined at once: the framework then fails the task at it. */
  @Test
  void without_a_dead_letter_queue_the_task_fails_at_a_left_that_is_refused_late() {
    joins("HH");
    connect.with("errors.tolerance", "none");
    connect.properties.remove("errors.deadletterqueue.topic.name");
    List<Right> late = List.of(Right.LATE, Right.LATE);
    send(new Left(late, 0));
    send(new Left(late, 2));
    send(new Left(late, 0));
    SimulatedTask task = start();
    runUntilAllAreRead(task);
    come(Right.LATE, start + 1_000);
    assertThatThrownBy(() -> run(task, () -> false))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("topic orders partition 0 offset 1")
        .hasMessageContaining("a field 'r2' already");
    task.revoke(List.of(ORDERS_0));
    assertThat(connect.committed(ORDERS_0)).isLessThanOrEqualTo(1);
  }

  @Test
  void lefts_that_the_next_join_cannot_take_now_are_still_held() throws Exception {
    joins("HH");
    for (int i = 0; i < 3; i++) {
      send(new Left(List.of(Right.NEVER, Right.NEVER), 0));
    }
    SimulatedTask task = start();
    runUntilAllAreRead(task);
    FakeRightTopic second = requireNonNull(rights.get("j2"));
    second.failure = new TopicAuthorizationException("Not authorized");
    soon().until(() -> second.readersClosed == 1);
    // The windows of the first join pass by right time, all in the next put.
    come(requireNonNull(rights.get("j1")), Right.EARLY, start + 2 * WINDOW_MS);
    soon().until(() -> task.metric("j1", "right-rows") == 2);
    assertThatThrownBy(() -> task.poll(1)).isInstanceOf(StateUnavailableError.class);
    assertThat(oldestHeld()).isZero();
    task.revoke(List.of(ORDERS_0));
    assertThat(connect.committed(ORDERS_0)).isZero();
  }

  /** A value during whose estimate, just before it is held, its right side comes. */
  private static final class Watched extends HashMap<String, Object>
      implements MemoryEstimate.SelfEstimated {
    private final transient Runnable beforeHeld;

    Watched(Runnable beforeHeld) {
      this.beforeHeld = beforeHeld;
    }

    @Override
    public long memoryEstimate() {
      beforeHeld.run();
      return 0;
    }
  }

  @Test
  void left_whose_right_side_comes_just_before_it_is_held_and_is_refused_is_not_held() {
    joins("H");
    SimulatedTask task = start();
    Watched value =
        new Watched(
            () -> {
              come(Right.LATE, start + 1_000);
              soon().until(() -> task.metric("j1", "right-rows") == 2);
            });
    value.put("id", 0L);
    value.put("k1", name(Right.LATE));
    value.put("r1", "taken");
    connect.send(ORDERS_0, value);
    lefts.add(new Left(List.of(Right.LATE), 1));
    runUntilAllAreRead(task);
    assertThat(oldestHeld()).isEqualTo(Long.MAX_VALUE);
    runToTheEnd(task);
    assertThat(deadLetters()).containsExactly(0L);
  }
}
