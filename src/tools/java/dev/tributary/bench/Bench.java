package dev.tributary.bench;

import dev.tributary.bench.BenchRow.Source;
import dev.tributary.stack.KafkaAdmin;
import dev.tributary.stack.Stack;
import dev.tributary.stack.StackException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Runs every line in turn, round after round, every other one backwards so that none always comes
 * after the same, and prints the table of what they took.
 */
final class Bench {

  /** The topic of the events, and the table that they go into. */
  static final String EVENTS = "tributary_bench_events";

  private static final String REPEATED = "tributary_bench_repeated";
  private static final String REFERENCE = "tributary_bench_reference";
  private static final String RESUMED = "tributary_bench_resumed";
  private static final String TRICKLE = "tributary_bench_trickle";

  private final Stack stack;
  private final PrintStream out;
  private final long records;
  private final int rounds;
  private final int trickle;
  private final ExpectedRows reference;
  private final Map<Source, BenchTopic> topics = new EnumMap<>(Source.class);
  private final Map<BenchRow, List<BenchRun.Result>> results = new LinkedHashMap<>();
  private final Map<BenchRow, List<Latency.Result>> latencies = new LinkedHashMap<>();

  /**
   * @param records in each topic
   * @param rounds that count; one more goes before them to warm the servers up, unless there is one
   *     only
   * @param trickle events to measure latency with
   */
  Bench(Stack stack, PrintStream out, long records, int rounds, int trickle) {
    this.stack = stack;
    this.out = out;
    this.records = records;
    this.rounds = rounds;
    this.trickle = trickle;
    this.reference = new ExpectedRows(stack, BenchEvents.SHAPE, REFERENCE);
  }

  /**
   * @throws WrongRowsException as soon as a run has left wrong rows
   */
  void run(List<BenchRow> rows) {
    fill(rows);
    try {
      rows.forEach(this::check);
      for (int round = rounds == 1 ? 1 : 0; round <= rounds; round++) {
        List<BenchRow> order = new ArrayList<>(rows);
        if (round % 2 == 0) {
          Collections.reverse(order);
        }
        for (BenchRow row : order) {
          run(round, row);
        }
      }
      new BenchTable(records, results, latencies).print(out);
    } finally {
      clean();
    }
  }

  private void fill(List<BenchRow> rows) {
    out.printf(Locale.ROOT, "Filling topics of %,d records …%n", records);
    topics.put(
        Source.EVENTS,
        BenchTopic.fill(
            stack, EVENTS, BenchEvents.PARTITIONS, reference, BenchEvents.SHAPE, records));
    if (rows.stream().anyMatch(row -> row.source() == Source.REPEATED)) {
      topics.put(Source.REPEATED, BenchTopic.fillRepeating(stack, REPEATED, reference, records));
    }
    if (rows.stream().anyMatch(row -> row.config().containsValue(BenchRows.JOIN))) {
      BenchTopic.fillUsers(stack, BenchRows.USERS);
    }
  }

  /** Refused settings are reported before the first round, which takes a while. */
  private void check(BenchRow row) {
    BenchTopic topic = topics.get(row.source());
    if (topic == null || row.resumed()) {
      return;
    }
    BenchRun.createTable(stack, topic.name(), topic.shape());
    Map<String, String> config = new LinkedHashMap<>(row.config());
    config.put("topics", topic.name());
    Map<String, List<String>> errors =
        stack.worker().rest().validate(row.config().getOrDefault("connector.class", ""), config);
    if (!errors.isEmpty()) {
      throw new StackException(row.title() + " refuses its settings: " + errors);
    }
  }

  private void run(int round, BenchRow row) {
    String name = "bench-" + row.id() + "-" + round;
    String when = round == 0 ? "warm-up" : "round " + round;
    BenchTopic topic = topics.get(row.source());
    if (topic == null) {
      Latency.Result result =
          new Latency(stack, row, TRICKLE + "_" + round, reference, trickle).run();
      out.printf(Locale.ROOT, "%-8s %-16s p99 %.0f ms%n", when, row.id(), result.p99());
      if (round > 0) {
        latencies.computeIfAbsent(row, key -> new ArrayList<>()).add(result);
      }
      return;
    }
    if (row.resumed()) {
      topic = topic.renamed(RESUMED);
    }
    BenchRun.Result result = new BenchRun(stack, row, topic, name).run();
    out.printf(Locale.ROOT, "%-8s %-16s %.2f s", when, row.id(), result.seconds());
    if (result.waited() > 0) {
      out.printf(Locale.ROOT, ", without %,d rows that waited for more", result.waited());
    }
    out.println();
    if (round > 0) {
      results.computeIfAbsent(row, key -> new ArrayList<>()).add(result);
    }
  }

  private void clean() {
    reference.drop();
    try (KafkaAdmin admin = stack.broker().admin()) {
      List<String> made = new ArrayList<>(List.of(EVENTS, REPEATED, RESUMED, BenchRows.USERS));
      made.retainAll(admin.topics());
      admin.deleteTopics(made);
    }
    for (String table : List.of(EVENTS, REPEATED, RESUMED)) {
      stack.clickHouse().sql().execute("DROP TABLE IF EXISTS " + table);
    }
  }
}
