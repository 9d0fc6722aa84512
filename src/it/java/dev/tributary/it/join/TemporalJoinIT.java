package dev.tributary.it.join;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tributary.it.fixture.SideTopic;
import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Which right row a left gets, and that none is missing or twice. */
@ExtendWith(StackExtension.class)
class TemporalJoinIT {

  private static final Instant START = Instant.parse("2025-09-21T10:00:00Z");
  private static final Duration SOON = Duration.ofSeconds(60);

  /** A record of one of the two topics, {@code atMs} milliseconds after the start. */
  private record Sent(boolean right, long atMs, String json) {}

  private static Sent profile(long atMs, String user, String name, String tier) {
    return new Sent(
        true,
        atMs,
        "{\"user_id\":\"%s\",\"name\":\"%s\",\"tier\":\"%s\"}".formatted(user, name, tier));
  }

  private static Sent transaction(long atMs, String id, String user) {
    return new Sent(
        false, atMs, "{\"transaction_id\":\"%s\",\"user_id\":\"%s\"}".formatted(id, user));
  }

  /** GFlow's example, sixty times as fast: a second stands for its minute. */
  private static final List<Sent> EXAMPLE =
      List.of(
          profile(0, "user_1", "Jane Smith", "gold"),
          transaction(1_000, "t1", "user_1"),
          transaction(1_033, "t1", "user_1"),
          transaction(1_500, "t2", "user_2"),
          profile(3_000, "user_2", "Mike Brown", "silver"),
          transaction(3_000, "t4", "user_3"),
          profile(4_000, "user_1", "Jane Smith", "platinum"),
          transaction(4_000, "t6", "user_2"),
          transaction(4_500, "t3", "user_1"),
          transaction(5_500, "t5", "user_9"),
          profile(9_500, "user_3", "Emma Jones", "bronze"));

  private static final String[] MATCHED = {
    "t1 Jane Smith gold", "t2 Mike Brown silver", "t3 Jane Smith platinum", "t6 Mike Brown silver"
  };

  private static Pipeline transactions(Stack stack, String name, SideTopic users, String type) {
    return new Pipeline(
            stack,
            name,
            1,
            "transaction_id String, user_name Nullable(String), user_tier Nullable(String)")
        .deduplicating("transaction_id", "12h")
        .joining("join", users.name(), "user_id", "name:user_name,tier:user_tier")
        .with("transforms.join.window", "5s")
        .with("transforms.join.join.type", type);
  }

  private static List<Sent> inOrder(String order) {
    List<Sent> sent = new ArrayList<>(EXAMPLE);
    switch (order) {
      case "rights" -> sent.sort(Comparator.comparing(one -> !one.right));
      case "lefts" -> sent.sort(Comparator.comparing(one -> one.right));
      default -> {} // as it happened
    }
    return sent;
  }

  /** Whichever topic is there first, running or not; t5 has to come without a further record. */
  @Test
  void transactions_get_the_profile_of_their_time_whatever_comes_first(Stack stack) {
    List<AutoCloseable> open = new ArrayList<>();
    Map<String, Pipeline> pipelines = new TreeMap<>();
    try {
      for (String type : List.of("inner", "left")) {
        for (String order : List.of("rights", "lefts", "time", "backlog")) {
          String name = "join_" + type + "_" + order;
          SideTopic users = new SideTopic(stack, name + "_users");
          Pipeline pipeline = transactions(stack, name, users, type);
          open.add(users);
          open.add(pipeline);
          pipelines.put(name, pipeline);
          if (!order.equals("backlog")) {
            pipeline.start();
          }
          send(inOrder(order), pipeline, users, order.equals("lefts"));
          if (order.equals("backlog")) {
            pipeline.start();
          }
        }
      }
      pipelines.forEach(
          (name, pipeline) -> {
            pipeline.awaitDone();
            List<String> expected = new ArrayList<>(List.of(MATCHED));
            if (name.startsWith("join_left")) {
              expected.add("t4  ");
              expected.add("t5  ");
            }
            assertThat(
                    pipeline.select(
                        "transaction_id || ' ' || ifNull(user_name, '') || ' ' ||"
                            + " ifNull(user_tier, '')",
                        "ORDER BY transaction_id"))
                .as(name)
                .containsExactlyInAnyOrderElementsOf(expected);
            assertThat(pipeline.joinMetric("join", "lefts-seen-total")).isEqualTo(6);
            assertThat(pipeline.joinMetric("join", "join-rate")).isEqualTo(4.0 / 6);
            assertThat(pipeline.joinMetric("join", "lefts-held")).isZero();
          });
    } finally {
      for (int i = open.size() - 1; i >= 0; i--) {
        closeQuietly(open.get(i));
      }
    }
  }

  /** Each record is there before one of the other topic is sent; or all lefts have been read. */
  private static void send(
      List<Sent> records, Pipeline pipeline, SideTopic users, boolean leftsAreRead) {
    boolean right = records.get(0).right;
    for (Sent one : records) {
      if (one.right != right) {
        right = one.right;
        users.flush();
        pipeline.flush();
        if (leftsAreRead) {
          await().atMost(SOON).until(() -> pipeline.joinMetric("join", "lefts-seen-total") == 6);
        }
      }
      Instant time = START.plusMillis(one.atMs);
      if (one.right) {
        users.send(time, null, one.json);
      } else {
        pipeline.send(0, time, null, one.json);
      }
    }
    users.flush();
    pipeline.flush();
  }

  private static void closeQuietly(AutoCloseable one) {
    try {
      one.close();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /**
   * Of 1,000 users 950 are known; before the transactions, or two seconds after them. While lefts
   * of the others are held, a rebalance repeats rows (at_least_once), so distinct ones are counted.
   */
  @Test
  void ten_thousand_transactions_find_their_users(Stack stack) {
    for (boolean late : new boolean[] {false, true}) {
      String name = "join_rate_" + (late ? "late" : "first");
      try (SideTopic users = new SideTopic(stack, name + "_users", 3, Map.of());
          Pipeline pipeline =
              new Pipeline(stack, name, 4, "id UInt32, user_name String")
                  .joining("join", users.name(), "user", "name:user_name")
                  .with("transforms.join.window", "5m")
                  .with("tasks.max", "2")) {
        Instant now = Instant.now();
        if (!late) {
          sendUsers(users, now.minusSeconds(1));
        }
        pipeline.start();
        for (int i = 0; i < 10_000; i++) {
          String json = "{\"id\":%d,\"user\":%d}".formatted(i, i % 1000 + 1);
          pipeline.send(i % 4, now, null, json);
        }
        pipeline.flush();
        if (late) {
          await().atMost(SOON).until(() -> pipeline.joinMetric("join", "lefts-held") == 10_000);
          assertThat(pipeline.count("count()")).isZero();
          sendUsers(users, now.plusSeconds(2));
        }
        await()
            .atMost(SOON)
            .pollInterval(Duration.ofMillis(100))
            .untilAsserted(
                () -> {
                  assertThat(pipeline.count("uniqExact(id)")).isEqualTo(9_500);
                  assertThat(pipeline.joinMetric("join", "lefts-held")).isEqualTo(500);
                });
        assertThat(pipeline.count("uniqExact(id, user_name)")).isEqualTo(9_500);
        assertThat(pipeline.count("countIf(user_name != concat('u', toString(id % 1000 + 1)))"))
            .isZero();
        if (!late) {
          assertThat(pipeline.joinMetric("join", "lefts-matched-late-total")).isZero();
        }
      }
    }
  }

  private static void sendUsers(SideTopic users, Instant time) {
    for (int user = 1; user <= 1000; user++) {
      if (user % 20 != 0) {
        users.send(user % 3, time, null, "{\"user\":%d,\"name\":\"u%d\"}".formatted(user, user));
      }
    }
    users.flush();
  }

  /** What a search through all versions finds, after both topics have piled up. */
  @Test
  void a_cold_start_gives_what_the_order_of_time_gives(Stack stack) {
    Random random = new Random(11);
    Map<Integer, TreeMap<Long, Integer>> versions = new HashMap<>();
    try (SideTopic users = new SideTopic(stack, "join_cold_users", 3, Map.of());
        Pipeline pipeline =
            new Pipeline(stack, "join_cold", 2, "id UInt32, v Nullable(Int32)")
                .joining("join", users.name(), "user", "v")
                .with("transforms.join.window.before", "20m")
                .with("transforms.join.window.after", "2m")
                .with("transforms.join.join.type", "left")) {
      for (int v = 0; v < 20_000; v++) {
        long at = v * 200L;
        int user = random.nextInt(600);
        versions.computeIfAbsent(user, key -> new TreeMap<>()).put(at, v);
        users.send(
            user % 3, START.plusMillis(at), null, "{\"user\":%d,\"v\":%d}".formatted(user, v));
      }
      users.flush();
      Map<Integer, Integer> expected = new HashMap<>();
      for (int id = 0; id < 20_000; id++) {
        long at = id * 150L + 7;
        int user = random.nextInt(700);
        Integer v = asOf(versions.getOrDefault(user, new TreeMap<>()), at);
        expected.put(id, v == null ? -1 : v);
        pipeline.send(
            id % 2, START.plusMillis(at), null, "{\"id\":%d,\"user\":%d}".formatted(id, user));
      }
      pipeline.flush();
      pipeline.start();
      pipeline.awaitDone();

      Map<Integer, Integer> found = new HashMap<>();
      for (String row : pipeline.select("id, ifNull(v, -1)", "")) {
        String[] pair = row.split("\t", -1);
        found.put(Integer.parseInt(pair[0]), Integer.parseInt(pair[1]));
      }
      assertThat(pipeline.count("count()")).isEqualTo(20_000);
      assertThat(found).isEqualTo(expected);
      assertThat(expected.values()).contains(-1);
    }
  }

  private static @Nullable Integer asOf(NavigableMap<Long, Integer> versions, long at) {
    var before = versions.floorEntry(at);
    if (before != null && at - before.getKey() <= 1_200_000) {
      return before.getValue();
    }
    var after = versions.higherEntry(at);
    return after != null && after.getKey() - at <= 120_000 ? after.getValue() : null;
  }
}
