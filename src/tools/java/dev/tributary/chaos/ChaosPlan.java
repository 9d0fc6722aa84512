package dev.tributary.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** The faults of a run, a function of the seed: what is injected, when, and on whom. */
record ChaosPlan(List<Step> steps) {

  private static final long LEAST_GAP_MS = 1_000;
  private static final int MORE_GAP_MS = 4_000;
  private static final long TAIL_MS = 2_000;
  private static final int CHOICES = 12;

  /** A way to make trouble. */
  enum Kind {
    KILL_WORKER("worker killed", 3),
    STOP_WORKER("worker stopped and started", 1),
    CHANGE_TASKS("tasks.max changed", 1),
    KILL_SERVER("ClickHouse killed", 3),
    REFUSE("connections refused", 1),
    HANG("insert hangs", 1),
    RESET_REQUEST("insert reset in the middle", 2),
    RESET_ANSWER("insert applied, answer reset", 3),
    UNAVAILABLE("insert answered 503", 1),
    TOO_MANY_QUERIES("insert answered error 202", 1),
    MEMORY_LIMIT("insert answered error 241", 1),
    READ_ONLY("insert answered error 242", 1),
    TOO_MANY_PARTS("insert answered error 252", 1),
    EMPTY_ANSWER("insert answered 200, no text", 1),
    MAINTENANCE_PAGE("insert answered 200, a web page", 1),
    REDIRECT("insert answered 302", 1),
    HIDDEN_ERROR("insert answered 200, an error", 1),
    HOLD("insert lost, arrives later", 1),
    HOLD_HALF("insert lost, half arrives later", 1),
    REPEAT("insert applied, arrives again", 1),
    SPLIT("insert split, arrives later", 1),
    REFUSING_VIEW("view refuses every insert", 1),
    FENCE("partition claimed by a stranger", 1);

    private final String text;
    private final int weight;

    Kind(String text, int weight) {
      this.text = text;
      this.weight = weight;
    }

    String text() {
      return text;
    }
  }

  /**
   * One fault.
   *
   * @param at from the start of the load
   * @param choice from 0 to 11: which worker or partition, how many tasks, how many inserts or how
   *     long
   */
  record Step(Duration at, Kind kind, int choice) {

    int worker() {
      return choice % Chaos.WORKERS;
    }

    int tasks() {
      return 1 + choice % 4;
    }

    int inserts() {
      return 1 + choice % 3;
    }

    int partition() {
      return choice % ChaosTopic.PARTITIONS;
    }

    /** How much later a held insert arrives: up to twice the request timeout. */
    Duration delay() {
      return Duration.ofMillis(500L * (1 + choice));
    }

    /** How long a view refuses inserts at least. */
    Duration refusal() {
      return Duration.ofSeconds(1 + choice % 4);
    }

    Duration outage() {
      return Duration.ofMillis(200L * (1 + choice));
    }
  }

  /**
   * Deals the kinds from a shuffled deck, so that a run of two minutes has seen each of them. The
   * last one strikes while inserts are left that it can happen to.
   */
  static ChaosPlan of(long seed, Duration duration) {
    Random random = new Random(seed);
    List<Step> steps = new ArrayList<>();
    List<Kind> deck = new ArrayList<>();
    long at = gap(random);
    while (at < duration.toMillis() - TAIL_MS) {
      if (deck.isEmpty()) {
        for (Kind kind : Kind.values()) {
          deck.addAll(Collections.nCopies(kind.weight, kind));
        }
        Collections.shuffle(deck, random);
      }
      Kind kind = deck.remove(deck.size() - 1);
      steps.add(new Step(Duration.ofMillis(at), kind, random.nextInt(CHOICES)));
      at += gap(random);
    }
    return new ChaosPlan(List.copyOf(steps));
  }

  /** The kinds that are planned and have not happened. */
  List<Kind> missing(Map<Kind, Long> happened) {
    return steps.stream()
        .map(Step::kind)
        .distinct()
        .filter(kind -> happened.getOrDefault(kind, 0L) == 0)
        .toList();
  }

  private static long gap(Random random) {
    return LEAST_GAP_MS + random.nextInt(MORE_GAP_MS);
  }
}
