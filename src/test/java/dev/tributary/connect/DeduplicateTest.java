package dev.tributary.connect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.kafka.FakeCluster;
import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.record.Records;
import dev.tributary.connect.state.TaskScope;
import dev.tributary.connect.util.ManualTime;
import dev.tributary.connect.util.Version;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.metrics.Gauge;
import org.apache.kafka.common.metrics.KafkaMetric;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.internals.PluginMetricsImpl;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.transforms.Transformation;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeduplicateTest {

  private static final long T = 1_700_000_000_000L;
  private static final TopicPartition ORDERS_0 = new TopicPartition("orders", 0);
  private static final Map<String, String> ENVIRONMENT =
      Map.of("CONNECT_BOOTSTRAP_SERVERS", "kafka:9092");

  private final FakeCluster cluster = new FakeCluster().withTopic("orders", 2, Map.of());
  private final Metrics metrics = new Metrics();
  private final ManualTime clock = new ManualTime();
  private final List<Deduplicate<SinkRecord>> running = new ArrayList<>();

  @AfterEach
  void close() {
    TaskScope.current().ifPresent(TaskScope::close);
    running.forEach(Deduplicate::close);
    metrics.close();
  }

  private Deduplicate<SinkRecord> transform(String... settings) {
    Deduplicate<SinkRecord> transform = new Deduplicate<>(cluster.factory(), ENVIRONMENT, clock);
    running.add(transform);
    Map<String, String> config = new HashMap<>(Map.of("key.fields", "id", "window", "1m"));
    for (int i = 0; i < settings.length; i += 2) {
      config.put(settings[i], settings[i + 1]);
    }
    transform.configure(config);
    Map<String, String> tags = new LinkedHashMap<>();
    tags.put("connector", "shop");
    tags.put("task", String.valueOf(running.size() - 1));
    tags.put("transformation", "dedup");
    transform.withPluginMetrics(new PluginMetricsImpl(metrics, tags));
    return transform;
  }

  private static TaskScope scope() {
    return TaskScope.enter("shop", "connect-shop", Map.of());
  }

  private static SinkRecord event(long offset, @Nullable Object id) {
    return event(0, offset, id, T + offset);
  }

  private static SinkRecord event(int partition, long offset, @Nullable Object id, long time) {
    return Records.at("orders", partition, offset, time, "key", Records.map("id", id));
  }

  private static boolean passes(Deduplicate<SinkRecord> transform, SinkRecord record) {
    SinkRecord result = transform.apply(record);
    assertThat(result).isIn(null, record);
    return result != null;
  }

  private long metric(String name) {
    return metrics.metrics().values().stream()
        .filter(m -> m.metricName().name().equals(name))
        .filter(m -> m.metricName().group().equals("plugins"))
        .mapToLong(m -> (Long) m.metricValue())
        .sum();
  }

  private int recordsIn(int partition) {
    return cluster.log("shop-state", partition).size();
  }

  @Test
  void drops_duplicates_and_marks_what_it_accepts() {
    TaskScope scope = scope();
    Deduplicate<SinkRecord> dedup = transform();
    assertThat(passes(dedup, event(0, "a"))).isTrue();
    assertThat(passes(dedup, event(1, "b"))).isTrue();
    assertThat(passes(dedup, event(2, "a"))).isFalse();
    assertThat(recordsIn(0)).isZero();
    assertThat(passes(dedup, event(1, 5, "a", T))).isTrue();
    scope.flush();
    assertThat(metric("marks-written-total")).isEqualTo(3);
    assertThat(recordsIn(0)).isEqualTo(1);
    assertThat(recordsIn(1)).isEqualTo(1);
  }

  @Test
  void the_marks_of_a_poll_leave_together_when_it_has_been_through() {
    TaskScope scope = scope();
    Deduplicate<SinkRecord> dedup = transform();
    for (long offset = 0; offset < 400; offset++) {
      passes(dedup, event(offset, offset));
    }
    cluster.land();
    assertThat(recordsIn(0)).isZero();
    scope.polled();
    cluster.land();
    assertThat(recordsIn(0)).isEqualTo(1);
    byte[][] record = cluster.log("shop-state", 0).get(0);
    assertThat((record[0].length + record[1].length) / 400.0).isLessThan(19);
    scope.polled();
    scope.flush();
    assertThat(recordsIn(0)).isEqualTo(1);

    Deduplicate<SinkRecord> next = transform();
    for (long offset = 0; offset < 400; offset++) {
      assertThat(passes(next, event(400 + offset, offset))).isFalse();
    }
  }

  @Test
  void a_long_poll_does_not_wait_for_its_end() {
    scope();
    Deduplicate<SinkRecord> dedup = transform();
    for (long offset = 0; offset < 5_000; offset++) {
      passes(dedup, event(offset, offset));
    }
    cluster.land();
    assertThat(recordsIn(0)).isBetween(5, 7);
  }

  @Test
  void marks_that_were_never_sent_go_with_the_partition_and_are_made_again() {
    TaskScope scope = scope();
    Deduplicate<SinkRecord> lost = transform();
    passes(lost, event(0, "a"));
    scope.flush();
    passes(lost, event(1, "b"));
    scope.closed(List.of(ORDERS_0));
    scope.flush();
    assertThat(recordsIn(0)).isEqualTo(1);

    Deduplicate<SinkRecord> next = transform();
    assertThat(passes(next, event(1, "b"))).isTrue();
    assertThat(passes(next, event(2, "b"))).isFalse();
    assertThat(passes(next, event(3, "a"))).isFalse();
    assertThat(metric("records-redelivered-total")).isZero();
  }

  @Test
  void before_a_foreign_sink_a_mark_leaves_at_once_and_alone() {
    Deduplicate<SinkRecord> dedup = transform();
    passes(dedup, event(4_000_000_000L, "a"));
    cluster.land();
    assertThat(recordsIn(0)).isEqualTo(1);
    byte[][] record = cluster.log("shop-state", 0).get(0);
    assertThat(record[0].length + record[1].length).isLessThanOrEqualTo(64);
  }

  @Test
  void nothing_is_opened_before_the_first_record() {
    Deduplicate<SinkRecord> dedup = transform();
    assertThat(cluster.opened).isZero();
    dedup.close();
    assertThat(cluster.opened).isZero();
  }

  @Test
  void uses_the_coordinates_in_kafka_and_not_the_transformed_ones() {
    scope();
    Deduplicate<SinkRecord> dedup = transform();
    for (long offset = 0; offset < 2; offset++) {
      SinkRecord original = event(offset, "a");
      SinkRecord renamed =
          original.newRecord(
              "renamed", 77, null, original.key(), null, original.value(), original.timestamp());
      assertThat(passes(dedup, renamed)).isEqualTo(offset == 0);
    }
    assertThat(cluster.describe("shop-state").orElseThrow().partitions()).isEqualTo(2);
  }

  @Test
  void a_restart_lets_redelivered_records_through_and_drops_their_duplicates() {
    TaskScope scope = scope();
    Deduplicate<SinkRecord> first = transform();
    passes(first, event(0, "a"));
    passes(first, event(1, "b"));
    scope.flush();
    first.close();

    Deduplicate<SinkRecord> second = transform();
    assertThat(passes(second, event(0, "a"))).isTrue();
    assertThat(passes(second, event(1, "b"))).isTrue();
    assertThat(passes(second, event(2, "a"))).isFalse();
    assertThat(metric("records-redelivered-total")).isEqualTo(2);
  }

  @Test
  void a_kill_that_loses_marks_loses_no_record() {
    scope();
    Deduplicate<SinkRecord> killed = transform();
    passes(killed, event(0, "a"));
    passes(killed, event(1, "a"));
    cluster.loseInFlight();

    Deduplicate<SinkRecord> next = transform();
    assertThat(passes(next, event(0, "a"))).isTrue();
    assertThat(passes(next, event(1, "a"))).isFalse();
  }

  @Test
  void a_partition_that_comes_back_is_read_again() {
    TaskScope scope = scope();
    Deduplicate<SinkRecord> here = transform();
    passes(here, event(0, "a"));
    scope.flush();
    scope.closed(List.of(ORDERS_0));
    assertThat(metric("keys-held")).isZero();

    Deduplicate<SinkRecord> there = transform();
    passes(there, event(1, "b"));
    scope.flush();
    scope.closed(List.of(ORDERS_0));

    assertThat(passes(here, event(2, "b"))).isFalse();
    assertThat(passes(here, event(3, "a"))).isFalse();
    assertThat(passes(here, event(4, "c"))).isTrue();
  }

  @Test
  void a_failed_write_stops_the_task_and_the_commit() {
    TaskScope scope = scope();
    Deduplicate<SinkRecord> dedup = transform();
    passes(dedup, event(0, "a"));
    scope.flush();
    cluster.sendFailure = new TimeoutException("Expiring 1 record(s)");
    assertThat(passes(dedup, event(1, "b"))).isTrue();
    assertThatThrownBy(scope::flush)
        .isInstanceOf(StateUnavailableError.class)
        .hasMessageContaining("Expiring 1 record(s)");
    assertThatThrownBy(() -> dedup.apply(event(2, "c"))).isInstanceOf(StateUnavailableError.class);
  }

  @Test
  void no_record_passes_while_the_state_cannot_be_read() {
    scope();
    cluster.withTopic("shop-state", 2, Map.of("cleanup.policy", "delete"));
    Deduplicate<SinkRecord> dedup = transform();
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> dedup.apply(event(0, "a")))
          .isInstanceOf(StateUnavailableError.class)
          .hasMessageContaining("cleanup.policy");
    }
  }

  @Test
  void without_any_bootstrap_servers_the_error_names_the_key() {
    Deduplicate<SinkRecord> dedup =
        new Deduplicate<>(cluster.factory(), Map.of(), new ManualTime());
    dedup.configure(Map.of());
    dedup.withPluginMetrics(
        new PluginMetricsImpl(
            metrics, Map.of("connector", "c", "task", "0", "transformation", "t")));
    assertThatThrownBy(() -> dedup.apply(event(0, "a")))
        .isInstanceOf(StateUnavailableError.class)
        .hasMessageContaining("state.bootstrap.servers");
  }

  @Test
  void another_key_definition_and_another_alias_start_clean_and_a_window_does_not() {
    TaskScope scope = scope();
    passes(transform(), event(0, "a"));
    scope.flush();
    assertThat(passes(transform("window", "5m"), event(1, "a"))).isFalse();
    assertThat(passes(transform("key.fields", "key:,id"), event(2, "a"))).isTrue();
    assertThat(passes(transform("time", "processing"), event(3, "a"))).isTrue();
  }

  @Test
  void a_recreated_source_topic_starts_clean() {
    TaskScope scope = scope();
    Deduplicate<SinkRecord> dedup = transform();
    passes(dedup, event(0, "a"));
    passes(dedup, event(1, "b"));
    scope.flush();
    scope.closed(List.of(ORDERS_0));
    cluster.withTopic("orders", 2, Map.of());
    assertThat(passes(dedup, event(0, "b"))).isTrue();
    assertThat(passes(dedup, event(1, "a"))).isTrue();
    assertThat(metric("records-redelivered-total")).isZero();
  }

  @Test
  void a_mark_that_was_not_sent_does_not_carry_over_to_the_recreated_topic() {
    for (boolean closed : new boolean[] {false, true}) {
      TaskScope scope = scope();
      Deduplicate<SinkRecord> dedup = transform();
      passes(dedup, event(0, "a"));
      scope.flush();
      passes(dedup, event(1, "x"));
      if (closed) {
        scope.closed(List.of(ORDERS_0));
      }
      cluster.withTopic("orders", 2, Map.of());
      assertThat(passes(dedup, event(0, "p"))).isTrue();
      assertThat(passes(dedup, event(1, "q"))).isTrue();
      scope.flush();

      Deduplicate<SinkRecord> next = transform();
      assertThat(passes(next, event(2, "x"))).isTrue();
      assertThat(passes(next, event(3, "p"))).isFalse();
      assertThat(passes(next, event(4, "x"))).isFalse();
      scope.close();
    }
  }

  @Test
  void two_source_topics_share_a_state_topic() {
    scope();
    cluster.withTopic("returns", 4, Map.of());
    Deduplicate<SinkRecord> dedup = transform();
    assertThat(passes(dedup, event(0, "a"))).isTrue();
    assertThat(passes(dedup, Records.at("returns", 3, 0, T, null, Records.map("id", "a"))))
        .isTrue();
    assertThat(cluster.describe("shop-state").orElseThrow().partitions()).isEqualTo(4);
  }

  @Test
  void a_record_without_a_key_passes_is_dropped_or_fails() {
    scope();
    SinkRecord nullKey = event(0, null);
    SinkRecord tombstone = Records.at("orders", 0, 1, T, "key", null);
    assertThat(passes(transform(), nullKey)).isTrue();
    assertThat(passes(transform(), tombstone)).isTrue();
    assertThat(passes(transform("on.missing.key", "drop"), nullKey)).isFalse();
    assertThatThrownBy(() -> transform("on.missing.key", "fail").apply(tombstone))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("orders-0@1")
        .hasMessageContaining("'id' is missing");
    assertThat(metric("records-missing-key-total")).isEqualTo(4);
    assertThat(metric("records-dropped-total")).isZero();
  }

  @Test
  void tombstones_are_deduplicated_by_the_record_key() {
    scope();
    Deduplicate<SinkRecord> dedup = transform("key.fields", "");
    assertThat(passes(dedup, Records.at("orders", 0, 0, T, "k", null))).isTrue();
    assertThat(passes(dedup, Records.at("orders", 0, 1, T, "k", null))).isFalse();
    assertThat(passes(dedup, Records.at("orders", 0, 2, T, "l", null))).isTrue();
  }

  @Test
  void the_event_time_of_a_field_decides() {
    scope();
    Deduplicate<SinkRecord> dedup = transform("time", "field:at", "on.missing.time", "drop");
    assertThat(passes(dedup, timed(0, "2024-03-20 10:00:00"))).isTrue();
    assertThat(passes(dedup, timed(1, "2024-03-20 10:00:59"))).isFalse();
    assertThat(passes(dedup, timed(2, "2024-03-20 10:01:00"))).isTrue();
    assertThat(passes(dedup, timed(3, null))).isFalse();
    assertThat(metric("records-missing-time-total")).isEqualTo(1);
    assertThat(metric("records-dropped-total")).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void json_text_is_the_record_that_it_is_to_the_sink(boolean asBytes) {
    Deduplicate<SinkRecord> transform =
        transform("key.fields", "id", "window", "1m", "time", "field:at");
    String[] texts = {
      "{\"id\":1,\"at\":1700000000}",
      "{\"at\":1700000001,\"id\":1}", // a duplicate
      "{\"id\":\"1\",\"at\":1700000000}",
      "{\"id\":1,\"at\":1700000200}", // beyond the window
      "no JSON at all",
      "[1]"
    };
    List<Integer> passed = new ArrayList<>();
    for (int offset = 0; offset < texts.length; offset++) {
      Object text = asBytes ? texts[offset].getBytes(UTF_8) : texts[offset];
      if (passes(transform, Records.at("orders", 0, offset, 1_700_000_200_000L, "k", text))) {
        passed.add(offset);
      }
    }
    assertThat(passed).containsExactly(0, 2, 3, 4, 5);
    assertThat(metric("records-missing-key-total")).isEqualTo(2);
  }

  private static SinkRecord timed(long offset, @Nullable Object at) {
    return Records.at("orders", 0, offset, T, "key", Records.map("id", "a", "at", at));
  }

  @Test
  void a_time_in_the_far_future_is_stored_as_one_that_moves_nothing() {
    TaskScope scope = scope();
    Deduplicate<SinkRecord> dedup = transform("time", "field:at");
    passes(dedup, Records.at("orders", 0, 0, T, "key", Records.map("id", "x", "at", T)));
    passes(
        dedup,
        Records.at("orders", 0, 1, T, "key", Records.map("id", "y", "at", "2099-01-01 00:00:00")));
    scope.flush();
    Deduplicate<SinkRecord> restarted = transform("time", "field:at");
    assertThat(
            passes(
                restarted, Records.at("orders", 0, 2, T, "key", Records.map("id", "x", "at", T))))
        .isFalse();
  }

  /** By the clock it could move stream time by now; the mark says that it did not. */
  @Test
  void a_time_that_was_not_believed_stays_so_when_it_has_come() {
    TaskScope scope = scope();
    long soon = clock.milliseconds() + 2 * 3_600_000;
    Deduplicate<SinkRecord> dedup = transform();
    assertThat(passes(dedup, event(0, 0, "x", soon))).isTrue();
    assertThat(passes(dedup, event(0, 1, "a", T))).isTrue();
    scope.flush();
    clock.advance(24 * 3_600_000);

    assertThat(passes(dedup, event(0, 0, "x", soon))).isTrue();
    Deduplicate<SinkRecord> restarted = transform();
    assertThat(passes(restarted, event(0, 0, "x", soon))).isTrue();
    for (Deduplicate<SinkRecord> one : List.of(dedup, restarted)) {
      assertThat(passes(one, event(0, 1, "a", T))).isTrue();
      assertThat(passes(one, event(0, 2, "a", T))).isFalse();
    }
    assertThat(metric("records-late-total")).isZero();
  }

  @Test
  void purging_waits_for_commits_and_keeps_memory_flat_with_them() {
    TaskScope scope = scope();
    Deduplicate<SinkRecord> dedup = transform("window", "1s");
    for (long offset = 0; offset < 200_000; offset++) {
      passes(dedup, event(offset, offset));
      if (offset % 1000 == 0) {
        scope.flush();
        scope.committed(Map.of(ORDERS_0, offset, new TopicPartition("gone", 1), 7L));
      }
    }
    assertThat(metric("keys-held")).isLessThan(8000);
  }

  @Test
  void beyond_its_memory_the_task_stops_and_resumes_there_with_more() {
    TaskScope scope = scope();
    Deduplicate<SinkRecord> small = transform("window", "1h", "state.max.bytes", "1048576");
    long[] offset = {0};
    assertThatThrownBy(
            () -> {
              for (; ; offset[0]++) {
                assertThat(passes(small, event(offset[0], offset[0]))).isTrue();
              }
            })
        .isInstanceOf(StateUnavailableError.class)
        .hasMessageContaining("Deduplicate{shop-0/dedup}")
        .hasMessageContaining("'state.max.bytes' = 1048576")
        .hasMessageContaining("window of 3600000 ms");
    assertThat(offset[0]).isGreaterThan(30_000);
    assertThat(metric("bytes-held")).isBetween(1_000_000L, 1_100_000L);
    assertThat(metric("marks-evicted-total")).isZero();
    scope.flush();
    small.close();

    Deduplicate<SinkRecord> larger = transform("window", "1h", "state.max.bytes", "2097152");
    for (long again = 0; again <= offset[0]; again++) {
      assertThat(passes(larger, event(again, again))).isTrue();
    }
    assertThat(metric("records-redelivered-total")).isEqualTo(offset[0]);
    assertThat(passes(larger, event(offset[0] + 1, 0L))).isFalse();
  }

  @Test
  void beyond_its_memory_it_evicts_and_counts_when_configured_to() {
    scope();
    Deduplicate<SinkRecord> dedup =
        transform("window", "1h", "state.max.bytes", "1048576", "state.on.overflow", "evict");
    for (long offset = 0; offset < 100_000; offset++) {
      assertThat(passes(dedup, event(offset, offset))).isTrue();
    }
    assertThat(metric("bytes-held")).isLessThan(1_060_000);
    assertThat(metric("marks-evicted-total")).isBetween(60_000L, 80_000L);
    assertThat(passes(dedup, event(100_000, 99_999L))).isFalse();
    assertThat(passes(dedup, event(100_001, 0L))).isTrue();
  }

  @Test
  void restores_before_deciding_again_when_offsets_step_back_below_the_purged() {
    TaskScope scope = scope();
    Deduplicate<SinkRecord> dedup = transform("window", "1s");
    for (long offset = 0; offset < 50_000; offset++) {
      passes(dedup, event(offset, offset));
    }
    scope.flush();
    scope.committed(Map.of(ORDERS_0, 50_000L));
    assertThat(passes(dedup, event(0, 10, 10L, T + 10))).isTrue();
    assertThat(passes(dedup, event(0, 11, 10L, T + 10))).isFalse();
    assertThat(cluster.readings).isEqualTo(2);
  }

  @Test
  void before_a_foreign_sink_marks_of_another_task_are_read_at_a_gap() {
    Deduplicate<SinkRecord> here = transform();
    Deduplicate<SinkRecord> there = transform();
    passes(here, event(0, "a"));
    cluster.land();
    passes(there, event(1, "b"));
    cluster.land();
    assertThat(passes(here, event(2, "b"))).isFalse();
    assertThat(passes(here, event(3, "a"))).isFalse();
  }

  @Test
  void before_a_foreign_sink_a_step_back_reads_the_state_again() {
    Deduplicate<SinkRecord> here = transform();
    Deduplicate<SinkRecord> there = transform();
    passes(here, event(0, "a"));
    cluster.land();
    passes(there, event(1, "b"));
    passes(here, event(1, "x"));
    cluster.land();
    assertThat(passes(here, event(1, "x"))).isTrue();
    assertThat(passes(here, event(2, "b"))).isFalse();
  }

  @Test
  void before_a_foreign_sink_nothing_is_read_while_offsets_follow_each_other() {
    Deduplicate<SinkRecord> dedup = transform();
    passes(dedup, event(0, "a"));
    passes(dedup, event(1, null));
    passes(dedup, event(2, "b"));
    assertThat(cluster.readings).isEqualTo(1);
    // A gap asks for the end, but reads none of its own marks again.
    passes(dedup, event(10, "c"));
    assertThat(cluster.readings).isEqualTo(2);
    assertThat(passes(dedup, event(11, "a"))).isFalse();
  }

  @Test
  void before_a_foreign_sink_memory_stays_flat_without_commits() {
    Deduplicate<SinkRecord> dedup = transform("window", "1s");
    for (long offset = 0; offset < 200_000; offset++) {
      passes(dedup, event(offset, offset));
    }
    assertThat(metric("keys-held")).isLessThan(8000);
  }

  @Test
  void source_records_are_refused() {
    Deduplicate<SourceRecord> dedup = new Deduplicate<>();
    dedup.configure(Map.of());
    assertThatThrownBy(() -> dedup.apply(new SourceRecord(Map.of(), Map.of(), "t", null, "v")))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("SourceRecord");
  }

  @Test
  void a_wrong_setting_is_one_clear_error() {
    try (Deduplicate<SinkRecord> dedup = new Deduplicate<>()) {
      assertThatThrownBy(() -> dedup.configure(Map.of("window", "25x")))
          .isInstanceOf(ConfigException.class)
          .hasMessageStartingWith("Invalid value 25x for configuration window: must be");
      assertThatThrownBy(() -> dedup.configure(Map.of("key.fields", "a..b")))
          .hasMessageContaining("key.fields");
      assertThatThrownBy(() -> dedup.configure(Map.of("time", "field:")))
          .hasMessageContaining("configuration time");
      assertThatThrownBy(() -> dedup.configure(Map.of("scope", "global")))
          .hasMessageContaining("scope");
      assertThatThrownBy(() -> dedup.configure(Map.of("on.missing.key", "ignore")))
          .hasMessageContaining("on.missing.key");
      assertThatThrownBy(() -> dedup.configure(Map.of("state.max.bytes", "1000")))
          .hasMessageContaining("state.max.bytes: must be 0 for no bound, or at least 1048576");
      assertThatThrownBy(() -> dedup.configure(Map.of("state.on.overflow", "drop")))
          .hasMessageContaining("state.on.overflow");
    }
  }

  @Test
  void every_setting_is_documented_grouped_and_has_a_default() {
    Deduplicate.CONFIG_DEF
        .configKeys()
        .values()
        .forEach(
            key -> {
              assertThat(key.documentation).as(key.name).isNotBlank();
              assertThat(key.group).as(key.name).isNotNull();
              assertThat(key.displayName).as(key.name).isNotBlank();
              assertThat(key.hasDefault()).as(key.name).isTrue();
            });
    try (Deduplicate<SinkRecord> dedup = new Deduplicate<>()) {
      assertThatCode(() -> dedup.configure(Map.of())).doesNotThrowAnyException();
    }
  }

  @Test
  void a_metric_in_the_way_fails_nothing() {
    scope();
    PluginMetricsImpl taken =
        new PluginMetricsImpl(
            metrics, Map.of("connector", "shop", "task", "0", "transformation", "dedup"));
    taken.addMetric(
        taken.metricName("records-dropped-total", "", new LinkedHashMap<>()),
        (Gauge<Long>) (config, now) -> 0L);
    Deduplicate<SinkRecord> dedup = transform();
    assertThat(passes(dedup, event(0, "a"))).isTrue();
    assertThat(metric("records-passed-total")).isEqualTo(1);
  }

  @Test
  void shows_its_metrics_under_its_own_tags() {
    TaskScope scope = scope();
    Deduplicate<SinkRecord> dedup = transform();
    passes(dedup, event(0, "a"));
    passes(dedup, event(1, "a"));
    scope.flush();
    assertThat(metric("records-passed-total")).isEqualTo(1);
    assertThat(metric("records-dropped-total")).isEqualTo(1);
    assertThat(metric("keys-held")).isEqualTo(1);
    assertThat(metric("marks-written-total")).isEqualTo(1);
    KafkaMetric dropped =
        metrics.metrics().values().stream()
            .filter(m -> m.metricName().name().equals("records-dropped-total"))
            .findFirst()
            .orElseThrow();
    assertThat(dropped.metricName().tags())
        .containsEntry("connector", "shop")
        .containsEntry("task", "0")
        .containsEntry("transformation", "dedup");
  }

  @Test
  void leaves_the_scope_when_it_is_closed() {
    TaskScope scope = scope();
    Deduplicate<SinkRecord> dedup = transform();
    passes(dedup, event(0, "a"));
    cluster.sendFailure = new TimeoutException("gone");
    passes(dedup, event(1, "b"));
    dedup.close();
    assertThatCode(scope::flush).doesNotThrowAnyException();
  }

  @Test
  void is_found_by_the_service_loader() {
    assertThat(
            ServiceLoader.load(Transformation.class).stream()
                .map(ServiceLoader.Provider::type)
                .map(Class::getName))
        .contains(Deduplicate.class.getName());
    assertThat(new Deduplicate<SinkRecord>().version()).isEqualTo(Version.get());
  }
}
