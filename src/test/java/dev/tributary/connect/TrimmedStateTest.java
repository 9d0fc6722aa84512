package dev.tributary.connect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.record.Records;
import dev.tributary.connect.state.TaskScope;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.metrics.internals.PluginMetricsImpl;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.Test;

/** When the front of the state topic is cut off, and what stays. */
class TrimmedStateTest extends ScopedTransformsFixture {

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
