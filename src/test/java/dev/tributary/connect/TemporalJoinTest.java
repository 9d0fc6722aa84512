package dev.tributary.connect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tributary.connect.chain.ScopedTransforms;
import dev.tributary.connect.join.right.FakeRightTopic;
import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.record.HeldValue;
import dev.tributary.connect.record.Records;
import dev.tributary.connect.record.UnreadableValue;
import dev.tributary.connect.state.TaskScope;
import dev.tributary.connect.util.ManualTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.internals.PluginMetricsImpl;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The join in front of our own sink and of others, on a right topic in memory. */
class TemporalJoinTest {

  private static final long T = 1_700_000_000_000L;
  private static final TopicPartition ORDERS_0 = new TopicPartition("orders", 0);
  private static final Map<String, String> ENVIRONMENT =
      Map.of("CONNECT_BOOTSTRAP_SERVERS", "kafka:9092");

  private final FakeRightTopic users = new FakeRightTopic("users", 1);
  private final ManualTime clock = new ManualTime();
  private final Metrics metrics = new Metrics();
  private final List<AutoCloseable> running = new ArrayList<>();

  /** A task with its join, as Connect starts the two. */
  private final class Task implements AutoCloseable {
    final TaskScope scope = TaskScope.enter("shop", "connect-shop", Map.of());
    final TemporalJoin<SinkRecord> join;
    final ScopedTransforms transforms;
    final PluginMetricsImpl pluginMetrics;
    final List<SinkRecord> rows = new ArrayList<>();

    Task(String... settings) {
      this(users, settings);
    }

    Task(FakeRightTopic right, String... settings) {
      Map<String, String> own = settings(settings);
      join = newJoin(right, own);
      Map<String, String> tags = new LinkedHashMap<>();
      tags.put("connector", "shop");
      tags.put("task", String.valueOf(running.size()));
      tags.put("transformation", "join");
      pluginMetrics = new PluginMetricsImpl(metrics, tags);
      join.withPluginMetrics(pluginMetrics);
      Map<String, String> properties = new HashMap<>();
      properties.put("transforms", "join");
      own.forEach((key, value) -> properties.put("transforms.join." + key, value));
      transforms =
          new ScopedTransforms(
              properties, tags.get("task"), scope, right.factory(), ENVIRONMENT, clock);
      running.add(this);
      scope.opened(Map.of(ORDERS_0, 0L));
    }

    /** What the sink does with a record that the transforms give it. */
    void put(@Nullable SinkRecord... records) {
      for (SinkRecord record : records) {
        if (record != null && record.value() instanceof HeldValue held) {
          held.replacedBy(record);
        } else if (record != null) {
          rows.add(record);
        }
      }
      scope.release(rows::add);
    }

    /** A poll of one left. */
    void left(long offset, long time, @Nullable Object user) {
      put(join.apply(order(offset, time, user)));
    }

    List<String> names() {
      return rows.stream()
          .map(row -> row.originalKafkaOffset() + "=" + ((Map<?, ?>) row.value()).get("user_name"))
          .toList();
    }

    @Override
    public void close() {
      transforms.close();
      join.close();
      scope.close();
      Utils.closeQuietly(pluginMetrics, "metrics");
    }
  }

  private TemporalJoin<SinkRecord> newJoin(FakeRightTopic right, Map<String, String> settings) {
    TemporalJoin<SinkRecord> join = new TemporalJoin<>(right.factory(), ENVIRONMENT, clock);
    join.configure(settings);
    return join;
  }

  private static Map<String, String> settings(String... more) {
    Map<String, String> settings = new HashMap<>();
    settings.put("type", TemporalJoin.class.getName());
    settings.put("right.topic", "users");
    settings.put("left.key", "user_id");
    settings.put("right.fields", "name:user_name");
    for (int i = 0; i < more.length; i += 2) {
      settings.put(more[i], more[i + 1]);
    }
    return settings;
  }

  private static SinkRecord order(long offset, long time, @Nullable Object user) {
    return Records.at("orders", 0, offset, time, "key", Records.map("user_id", user));
  }

  private void user(long time, String id, String name) {
    users.send(time, id, "{\"user_id\":\"%s\",\"name\":\"%s\"}".formatted(id, name));
  }

  private Object metric(String name) {
    return metrics.metrics().values().stream()
        .filter(metric -> metric.metricName().name().equals(name))
        .findFirst()
        .orElseThrow()
        .metricValue();
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : running) {
      one.close();
    }
    metrics.close();
  }

  @Test
  void a_left_gets_the_version_of_its_own_time() {
    user(T, "u1", "old");
    user(T + 10, "u1", "new");
    Task task = new Task();
    task.left(0, T + 9, "u1");
    task.left(1, T + 10, "u1");
    task.left(2, T - 1, "u1");
    task.left(3, T + 10, "u2");

    assertThat(task.names()).containsExactly("0=old", "1=new");
    assertThat(metric("lefts-seen-total")).isEqualTo(4L);
    assertThat(metric("lefts-matched-at-once-total")).isEqualTo(2L);
    assertThat(metric("lefts-unmatched-dropped-total")).isEqualTo(2L);
    assertThat(metric("join-rate")).isEqualTo(0.5);
    assertThat(metric("right-rows")).isEqualTo(2L);
  }

  @Test
  void a_left_join_emits_a_left_without_a_match_at_once_when_nothing_is_held() {
    Task task = new Task("join.type", "left");
    task.left(0, T, "u1");
    task.left(1, T, null);

    assertThat(task.names()).containsExactly("0=null", "1=null");
    assertThat(task.rows.get(0).value()).isEqualTo(Records.map("user_id", "u1", "user_name", null));
    assertThat(metric("lefts-unmatched-emitted-total")).isEqualTo(2L);
  }

  @Test
  void what_was_sent_before_a_poll_is_seen_by_its_lefts() {
    Task task = new Task();
    for (int i = 0; i < 50; i++) {
      user(T + i, "u1", "name" + i);
      task.left(i, T + i, "u1");
    }
    assertThat(task.names()).hasSize(50);
    assertThat(task.names().get(49)).isEqualTo("49=name49");
  }

  @Test
  void json_text_is_joined_as_the_record_that_it_is_to_the_sink() {
    user(T, "u1", "Ann");
    Task task = new Task();
    String text = "{\"user_id\":\"u1\",\"price\":1.10}";
    for (Object value : List.<Object>of(text, text.getBytes(UTF_8))) {
      SinkRecord joined = task.join.apply(Records.at("orders", 0, 0, T, "key", value));
      assertThat(requireNonNull(joined).value())
          .isEqualTo(Records.map("user_id", "u1", "price", 1.1, "user_name", "Ann"));
      assertThat(joined.valueSchema()).isNull();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"inner", "left"})
  void what_has_no_fields_is_an_error_and_never_dropped(String type) {
    Task task = new Task("join.type", type);
    for (Object value : List.<Object>of("secret", "[1]", "7", new byte[] {1}, 7L, List.of(1))) {
      assertThatThrownBy(() -> task.join.apply(Records.at("orders", 0, 0, T, "key", value)))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("orders-0@0: only a record with named fields can be joined")
          .hasMessageNotContaining("secret");
    }
    assertThat(metric("lefts-unmatched-dropped-total")).isEqualTo(0L);
  }

  @Test
  void a_poll_asks_for_the_ends_once() {
    Task task = new Task();
    task.left(0, T, "u1");
    int before = users.endRequests;
    SinkRecord[] poll = new SinkRecord[100];
    for (int i = 0; i < poll.length; i++) {
      poll[i] = task.join.apply(order(i + 1, T, "u1"));
    }
    task.put(poll);
    assertThat(users.endRequests).isEqualTo(before + 1);
  }

  @Test
  void partitions_wait_until_the_right_topic_has_been_read() {
    user(T, "u1", "Ann");
    users.held = true;
    Task task = new Task();
    assertThat(task.scope.isReady(ORDERS_0)).isFalse();
    users.held = false;
    await().until(() -> task.scope.isReady(ORDERS_0));
    task.left(0, T, "u1");
    assertThat(task.names()).containsExactly("0=Ann");
  }

  @Test
  void a_held_left_is_released_when_its_right_side_arrives() {
    Task task = new Task("window", "5m");
    task.left(0, T, "u1");
    task.left(1, T, "u1");
    task.left(2, T, "u2");
    assertThat(task.rows).isEmpty();
    assertThat(task.scope.oldestHeld(ORDERS_0)).isZero();
    assertThat(metric("lefts-held")).isEqualTo(3L);

    user(T + 90_000, "u1", "Ann");
    await()
        .untilAsserted(
            () -> {
              task.put();
              assertThat(task.names()).containsExactly("0=Ann", "1=Ann");
            });
    assertThat(task.scope.oldestHeld(ORDERS_0)).isEqualTo(2);
    assertThat(metric("lefts-matched-late-total")).isEqualTo(2L);
    assertThat(metric("lefts-held")).isEqualTo(1L);
  }

  @Test
  void a_released_record_is_made_of_the_one_that_came_to_the_sink() {
    Task task = new Task("window", "5m");
    SinkRecord marker = task.join.apply(order(0, T, "u1"));
    assertThat(marker).isNotNull();
    assertThat(marker.value()).isInstanceOf(HeldValue.class).hasToString("held by join");
    SinkRecord wrapped = new Wrapped(marker);
    task.put(wrapped);
    user(T + 1, "u1", "Ann");
    await()
        .untilAsserted(
            () -> {
              task.put();
              assertThat(task.rows).singleElement().isInstanceOf(Wrapped.class);
            });
    assertThat(task.names()).containsExactly("0=Ann");
  }

  /** As the framework wraps records, to find the original bytes when one fails. */
  private static final class Wrapped extends SinkRecord {
    Wrapped(SinkRecord of) {
      super(
          of.topic(),
          of.kafkaPartition(),
          of.keySchema(),
          of.key(),
          of.valueSchema(),
          of.value(),
          of.kafkaOffset(),
          of.timestamp(),
          of.timestampType());
    }

    @Override
    public SinkRecord newRecord(
        String topic,
        Integer partition,
        Schema keySchema,
        Object key,
        Schema valueSchema,
        Object value,
        Long timestamp,
        Iterable<Header> headers) {
      return new Wrapped(
          super.newRecord(
              topic, partition, keySchema, key, valueSchema, value, timestamp, headers));
    }
  }

  @Test
  void of_late_versions_the_newest_up_to_the_left_wins() {
    Task task = new Task("window", "5m");
    task.left(0, T, "u1");
    user(T - 100, "u1", "old");
    await().until(() -> metric("right-rows").equals(1L));
    for (int i = 0; i < 20; i++) {
      task.put();
    }
    assertThat(task.rows).isEmpty();
    user(T - 10, "u1", "newer");
    user(T + 1, "u1", "after");
    await()
        .untilAsserted(
            () -> {
              task.put();
              assertThat(task.names()).containsExactly("0=newer");
            });
  }

  @Test
  void a_late_version_from_before_is_taken_when_nothing_follows() {
    Task task = new Task("window", "5m");
    task.left(0, T, "u1");
    user(T - 100, "u1", "old");
    await().until(() -> metric("right-rows").equals(1L));
    await()
        .untilAsserted(
            () -> {
              clock.advance(100);
              task.put();
              assertThat(task.names()).containsExactly("0=old");
            });
  }

  @ParameterizedTest
  @CsvSource({"left, 0=null", "inner, "})
  void a_window_passes_by_right_time(String type, @Nullable String row) {
    Task task = new Task("window", "5m", "join.type", type);
    task.left(0, T, "u1");
    user(T + 300_001, "u2", "Bob");
    await()
        .untilAsserted(
            () -> {
              task.put();
              assertThat(task.scope.oldestHeld(ORDERS_0)).isEqualTo(Long.MAX_VALUE);
            });
    assertThat(task.names()).isEqualTo(row == null ? List.of() : List.of(row));
  }

  @Test
  void a_window_passes_by_the_clock_when_the_right_topic_is_idle() {
    Task task = new Task("window", "5m", "join.type", "left");
    task.left(0, T, "u1");
    clock.advance(299_000);
    for (int i = 0; i < 20; i++) {
      task.put();
    }
    assertThat(task.rows).isEmpty();
    clock.advance(1_001);
    await()
        .untilAsserted(
            () -> {
              task.put();
              assertThat(task.names()).containsExactly("0=null");
            });
    task.put();
    assertThat(task.names()).hasSize(1);
  }

  @Test
  void a_left_whose_window_has_long_passed_is_not_held() {
    user(T + 300_001, "u2", "Bob");
    Task task = new Task("window", "5m", "join.type", "left");
    task.left(0, T, "u1");
    task.left(1, T + 1, "u1");
    assertThat(task.names()).containsExactly("0=null");
  }

  @Test
  void a_tombstone_ends_a_row() {
    user(T, "u1", "Ann");
    users.send(T + 10, "\"u1\"", null);
    Task task = new Task("join.type", "left");
    task.left(0, T + 9, "u1");
    task.left(1, T + 10, "u1");
    assertThat(task.names()).containsExactly("0=Ann", "1=null");
  }

  @Test
  void the_first_version_of_a_compacted_topic_holds_since_ever() {
    users.compacted();
    user(T, "u1", "Ann");
    assertThat(new Task().transforms).isNotNull();
    Task task = new Task();
    task.left(0, T - 100, "u1");
    Task exact = new Task("right.first.version", "exact");
    exact.left(0, T - 100, "u1");

    assertThat(task.names()).containsExactly("0=Ann");
    assertThat(exact.rows).isEmpty();
  }

  @Test
  void a_field_gives_the_time_of_either_side() {
    users.send(T, null, "{\"user_id\":\"u1\",\"name\":\"Ann\",\"at\":\"2024-03-20T10:00:00Z\"}");
    Task task = new Task("left.time", "field:at", "right.time", "field:at");
    SinkRecord left =
        Records.at(
            "orders", 0, 0, T, null, Records.map("user_id", "u1", "at", "2024-03-20 10:00:00"));
    SinkRecord early =
        Records.at(
            "orders", 0, 1, T, null, Records.map("user_id", "u1", "at", "2024-03-20 09:59:59"));
    task.put(task.join.apply(left), task.join.apply(early));
    assertThat(task.rows).hasSize(1);
  }

  @Test
  void keys_are_typed_and_exact() {
    users.send(T, null, "{\"user_id\":9007199254740993,\"name\":\"big\"}");
    users.send(T, null, "{\"user_id\":\"1\",\"name\":\"text\"}");
    users.send(T, null, "{\"user_id\":\"a@b:c d ключ\",\"name\":\"odd\"}");
    Task task = new Task();
    task.left(0, T, 9007199254740993L);
    task.left(1, T, 9007199254740992L);
    task.left(2, T, 1);
    task.left(3, T, "1");
    task.left(4, T, "a@b:c d ключ");
    assertThat(task.names()).containsExactly("0=big", "3=text", "4=odd");
  }

  @Test
  void records_of_the_right_topic_pass_unchanged() {
    Task task = new Task();
    SinkRecord right = Records.at("users", 0, 0, T, null, Map.of("user_id", "u1"));
    assertThat(task.join.apply(right)).isSameAs(right);
    SinkRecord unreadable = Records.at("orders", 0, 0, T, null, new UnreadableValue("no JSON"));
    assertThat(task.join.apply(unreadable)).isSameAs(unreadable);
  }

  @Test
  void tasks_of_a_worker_share_the_right_side_until_the_last_one_goes() {
    Task first = new Task();
    Task second = new Task();
    await().until(() -> first.scope.isReady(ORDERS_0));
    assertThat(users.readers.get()).isEqualTo(1);
    first.close();
    user(T, "u1", "Ann");
    second.left(0, T, "u1");
    assertThat(second.names()).containsExactly("0=Ann");
    second.close();
    await().until(() -> users.readersClosed == 1);
    Task third = new Task();
    await().until(() -> third.scope.isReady(ORDERS_0));
    assertThat(users.readers.get()).isEqualTo(2);
  }

  @Test
  void a_task_is_full_at_hold_max_records_and_resumes_when_some_are_released() {
    Task task = new Task("window", "5m", "hold.max.records", "2");
    task.left(0, T, "u1");
    assertThat(task.scope.isFull()).isFalse();
    task.left(1, T, "u1");
    assertThat(task.scope.isFull()).isTrue();
    user(T + 1, "u1", "Ann");
    await()
        .untilAsserted(
            () -> {
              task.put();
              assertThat(task.scope.isFull()).isFalse();
            });
    assertThat(task.names()).hasSize(2);
  }

  @Test
  void held_lefts_of_a_closed_partition_are_forgotten_for_their_next_owner() {
    Task task = new Task("window", "5m", "join.type", "left");
    task.left(0, T, "u1");
    task.scope.closed(List.of(ORDERS_0));
    assertThat(task.scope.oldestHeld(ORDERS_0)).isEqualTo(Long.MAX_VALUE);
    clock.advance(400_000);
    for (int i = 0; i < 20; i++) {
      task.put();
    }
    assertThat(task.rows).isEmpty();
  }

  @Test
  void a_left_that_is_delivered_again_counts_once() {
    user(T, "u1", "Ann");
    Task task = new Task("window", "5m");
    task.left(0, T, "u1");
    task.left(0, T, "u1");
    task.left(1, T, "u2");
    task.left(1, T, "u2");
    assertThat(task.names()).hasSize(2);
    assertThat(metric("lefts-seen-total")).isEqualTo(2L);
    assertThat(metric("lefts-matched-at-once-total")).isEqualTo(1L);
    assertThat(metric("lefts-held")).isEqualTo(1L);
  }

  /** The framework seeks back after a commit that failed. */
  @Test
  void a_held_left_that_is_delivered_again_and_matches_comes_once() {
    Task task = new Task("window", "5m");
    task.left(0, T, "u1");
    user(T + 1, "u1", "Ann");
    task.left(0, T, "u1");
    assertThat(task.scope.oldestHeld(ORDERS_0)).isEqualTo(Long.MAX_VALUE);
    user(T + 400_000, "u2", "Bob");
    for (int i = 0; i < 20; i++) {
      task.put();
    }
    assertThat(task.names()).containsExactly("0=Ann");
    assertThat(metric("lefts-seen-total")).isEqualTo(1L);
    assertThat(metric("join-rate")).isEqualTo(1.0);
  }

  @Test
  void lefts_that_come_back_after_a_rebalance_count_once() {
    user(T, "u1", "Ann");
    Task task = new Task("window", "5m");
    task.left(0, T, "u1");
    task.left(1, T, "u2");
    task.scope.closed(List.of(ORDERS_0));
    task.scope.opened(Map.of(ORDERS_0, 0L));
    user(T + 1, "u2", "Bob");
    task.left(0, T, "u1");
    task.left(1, T, "u2");
    assertThat(task.names()).containsExactly("0=Ann", "0=Ann", "1=Bob");
    assertThat(metric("lefts-seen-total")).isEqualTo(2L);
    assertThat(metric("lefts-matched-at-once-total")).isEqualTo(2L);
    assertThat(metric("join-rate")).isEqualTo(1.0);
  }

  /** Two joins on the same topic; what the first releases the second still holds, or has. */
  @Test
  void what_a_join_releases_goes_through_the_joins_after_it() {
    TaskScope scope = TaskScope.enter("shop", "connect-shop", Map.of());
    Map<String, String> properties = new HashMap<>();
    properties.put("transforms", "join,second");
    settings("window", "5m")
        .forEach((key, value) -> properties.put("transforms.join." + key, value));
    settings("window", "5m", "left.key", "friend", "right.key", "user_id", "right.fields", "name:f")
        .forEach((key, value) -> properties.put("transforms.second." + key, value));
    TemporalJoin<SinkRecord> first = newJoin(users, settings("window", "5m"));
    first.withPluginMetrics(tagged("shop"));
    ScopedTransforms transforms =
        new ScopedTransforms(properties, "0", scope, users.factory(), ENVIRONMENT, clock);
    running.add(
        () -> {
          transforms.close();
          first.close();
          scope.close();
        });
    SinkRecord left =
        Records.at("orders", 0, 3, T, null, Records.map("user_id", "u1", "friend", "u2"));
    SinkRecord marker = first.apply(left);
    assertThat(marker).isNotNull();
    ((HeldValue) marker.value()).replacedBy(marker);
    List<SinkRecord> rows = new ArrayList<>();

    user(T + 1, "u1", "Ann");
    await()
        .untilAsserted(
            () -> {
              scope.release(rows::add);
              assertThat(metric("lefts-matched-late-total")).isEqualTo(1L);
            });
    assertThat(rows).isEmpty();
    assertThat(scope.oldestHeld(ORDERS_0)).isEqualTo(3);
    user(T + 2, "u2", "Bob");
    await()
        .untilAsserted(
            () -> {
              scope.release(rows::add);
              assertThat(rows).hasSize(1);
            });
    assertThat(rows.get(0).value())
        .isEqualTo(Records.map("user_id", "u1", "friend", "u2", "user_name", "Ann", "f", "Bob"));
    assertThat(scope.oldestHeld(ORDERS_0)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void bad_right_records_are_skipped_and_counted() {
    users.send(T, null, "not json");
    users.send(T, null, "{\"name\":\"nobody\"}");
    user(T, "u1", "Ann");
    Task task = new Task();
    task.left(0, T, "u1");
    assertThat(task.names()).containsExactly("0=Ann");
    assertThat(metric("right-errors-total")).isEqualTo(2L);
  }

  @Test
  void or_stop_the_task() {
    users.send(T, null, "not json");
    Task task = new Task("right.on.error", "fail");
    assertThatThrownBy(() -> task.left(0, T, "u1"))
        .isInstanceOf(StateUnavailableError.class)
        .hasMessageContaining("topic users partition 0 offset 0")
        .hasMessageContaining("right.value.converter")
        .hasMessageContaining("right.on.error");
  }

  /** Every look-up wakes the reading thread up, which may happen while it asks for a position. */
  @Test
  void wake_ups_while_the_end_is_looked_for_stop_nothing() {
    user(T, "u1", "Ann");
    Task task = new Task();
    for (int offset = 0; offset < 20; offset++) {
      users.wakeUpsAtPosition.set(2);
      task.left(offset, T, "u1");
    }
    assertThat(task.names()).hasSize(20).contains("0=Ann");
  }

  @Test
  void a_right_topic_that_cannot_be_read_stops_the_task() {
    users.failure = new TopicAuthorizationException("Not authorized");
    Task task = new Task();
    assertThatThrownBy(() -> task.left(0, T, "u1"))
        .isInstanceOf(StateUnavailableError.class)
        .hasMessageContaining("'users'")
        .hasMessageContaining("state.kafka");
    assertThatThrownBy(() -> task.scope.isReady(ORDERS_0))
        .isInstanceOf(StateUnavailableError.class);
  }

  @Test
  void after_a_failure_the_next_task_reads_from_the_beginning() {
    users.failure = new TopicAuthorizationException("Not authorized");
    Task failed = new Task();
    assertThatThrownBy(() -> failed.left(0, T, "u1")).isInstanceOf(StateUnavailableError.class);
    users.failure = null;
    user(T, "u1", "Ann");
    Task task = new Task();
    task.left(0, T, "u1");
    assertThat(task.names()).containsExactly("0=Ann");
  }

  @Test
  void a_missing_right_topic_fails_the_start_of_the_task() {
    FakeRightTopic other = new FakeRightTopic("other", 1);
    assertThatThrownBy(() -> new Task(other))
        .isInstanceOf(StateUnavailableError.class)
        .hasMessageContaining("Kafka has no topic 'users'")
        .hasMessageContaining("right.topic");
  }

  @Test
  void a_converter_that_cannot_be_loaded_fails_the_start_of_the_task() {
    assertThatThrownBy(() -> new Task("right.value.converter", "com.example.NoConverter"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("right.value.converter")
        .hasMessageContaining("com.example.NoConverter");
  }

  @Test
  void more_than_state_max_bytes_stops_the_task() {
    for (int i = 0; i < 2_000; i++) {
      user(T, "u" + i, "x".repeat(1_000));
    }
    Task task = new Task("state.max.bytes", "1048576");
    assertThatThrownBy(() -> task.left(0, T, "u1"))
        .isInstanceOf(StateUnavailableError.class)
        .hasMessageContaining("state.max.bytes")
        .hasMessageContaining("right.ttl");
  }

  @Test
  void right_ttl_forgets_what_is_behind_the_slowest_left_partition() {
    user(T, "u1", "Ann");
    Task task = new Task("right.ttl", "1h");
    task.left(0, T, "u1");
    task.left(1, T + 3_600_000, "u1");
    assertThat(task.names()).hasSize(2);
    task.left(2, T + 5_000_000, "u2");
    user(T + 5_000_000, "u2", "Bob");
    await().until(() -> metric("right-rows").equals(1L));
    task.left(3, T + 5_000_000, "u1");
    assertThat(task.names()).hasSize(2);
  }

  @Test
  void a_clash_of_names_names_the_record() {
    user(T, "u1", "Ann");
    Task task = new Task("right.fields", "name:user_id");
    assertThatThrownBy(() -> task.left(7, T, "u1"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("orders-0@7")
        .hasMessageContaining("'user_id'");
  }

  @Test
  void a_clash_of_a_held_left_is_left_to_the_sink() {
    Task task = new Task("window", "5m", "right.fields", "*", "right.prefix", "");
    task.left(0, T, "u1");
    user(T + 1, "u1", "Ann");
    await()
        .untilAsserted(
            () -> {
              task.put();
              assertThat(task.rows).hasSize(1);
            });
    assertThat(task.rows.get(0).value())
        .isInstanceOfSatisfying(
            UnreadableValue.class, value -> assertThat(value.reason()).contains("'user_id'"));
  }

  @Test
  void partitions_added_to_the_right_topic_are_read() {
    Task task = new Task();
    task.left(0, T, "u1");
    users.addPartition();
    users.send(1, T, null, "{\"user_id\":\"u1\",\"name\":\"Ann\"}");
    clock.advance(31_000);
    await()
        .untilAsserted(
            () -> {
              task.left(1, T, "u1");
              assertThat(task.names()).contains("1=Ann");
            });
  }

  @Test
  void in_front_of_a_foreign_sink_nothing_can_be_held() {
    TemporalJoin<SinkRecord> join = newJoin(users, settings("window", "5m"));
    join.withPluginMetrics(tagged("foreign"));
    assertThatThrownBy(() -> join.apply(order(0, T, "u1")))
        .isInstanceOf(StateUnavailableError.class)
        .hasMessageContaining("window.after");
  }

  @Test
  void in_front_of_a_foreign_sink_it_joins_at_once() {
    user(T, "u1", "Ann");
    TemporalJoin<SinkRecord> join = newJoin(users, settings("window.before", "5m"));
    running.add(join);
    join.withPluginMetrics(tagged("foreign"));
    SinkRecord joined = join.apply(order(0, T, "u1"));
    assertThat(joined).isNotNull();
    assertThat(joined.value()).isEqualTo(Map.of("user_id", "u1", "user_name", "Ann"));
    user(T + 5, "u1", "Eve");
    clock.advance(11);
    SinkRecord later = join.apply(order(1, T + 5, "u1"));
    assertThat(later).isNotNull();
    assertThat(later.value()).isEqualTo(Map.of("user_id", "u1", "user_name", "Eve"));
  }

  private PluginMetricsImpl tagged(String connector) {
    Map<String, String> tags = new LinkedHashMap<>();
    tags.put("connector", connector);
    tags.put("task", "0");
    tags.put("transformation", "join");
    PluginMetricsImpl made = new PluginMetricsImpl(metrics, tags);
    running.add(made);
    return made;
  }

  @Test
  void nothing_is_opened_before_the_first_record() {
    newJoin(users, settings()).close();
    assertThat(users.opened.get()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "window.before | 1h          | window | 5m",
        "right.ttl     | 1m          | window | 5m",
        "right.key     | a,b         | window | 5m",
        "right.key     | header:x    | window | 5m",
        "right.fields  | a:x,b:x     | window | 5m",
        "window        | 5x          | window.after |",
        "left.time     | processing  | window | 5m",
        "left.key      |             | window | 5m",
        "state.max.bytes | 5         | window | 5m",
      })
  void settings_that_cannot_be_are_refused(
      String key, @Nullable String value, String other, @Nullable String otherValue) {
    Map<String, String> settings =
        settings(other, otherValue == null ? "" : otherValue, key, value == null ? "" : value);
    assertThatThrownBy(() -> newJoin(users, settings))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(key);
  }
}
