package dev.tributary.demo;

import dev.tributary.demo.DemoVerdict.Check;
import dev.tributary.stack.ConnectRest;
import dev.tributary.stack.KafkaAdmin;
import dev.tributary.stack.Poll;
import dev.tributary.stack.Stack;
import dev.tributary.stack.StackException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;

/**
 * The main job, checked: events with duplicates go into Kafka, the connector of {@code
 * connectors/dedup-demo.json} moves them, and SQL counts what has arrived.
 */
public final class Demo {

  private static final int PARTITIONS = 4;
  private static final Duration RUNNING_TIMEOUT = Duration.ofMinutes(1);
  private static final Duration LOOK_INTERVAL = Duration.ofMillis(200);
  private static final Duration NO_PROGRESS_TIMEOUT = Duration.ofMinutes(2);
  private static final int EQUAL_LOOKS = 8;

  private final Stack stack;
  private final DemoNames names;
  private final DemoOptions options;
  private final PrintStream out;
  private final boolean terminal;

  public Demo(
      Stack stack, DemoNames names, DemoOptions options, PrintStream out, boolean terminal) {
    this.stack = stack;
    this.names = names;
    this.options = options;
    this.out = out;
    this.terminal = terminal;
  }

  /** Runs it all and prints the verdict. */
  public DemoVerdict run() {
    create();
    Instant start = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    DemoEvents events = new DemoEvents(options.seed(), options.duplicates(), start);
    DemoFeed feed =
        new DemoFeed(stack.broker(), names.topic(), events, options.events(), options.rate());
    feed.start();
    try (DemoWatch watch = new DemoWatch(stack, names, feed)) {
      DemoVerdict verdict = verdict(events, feed, settle(watch, feed));
      out.println();
      out.println(verdict.text());
      return verdict;
    }
  }

  /** The last look, and when the last row was first seen. */
  private record Settled(DemoProgress.Snapshot last, long lastRowAt) {}

  private void create() {
    stack.clickHouse().sql().executeScript(names.ddl());
    try (KafkaAdmin admin = stack.broker().admin()) {
      admin.createTopic(names.topic(), PARTITIONS);
    }
    ConnectRest rest = stack.worker().rest();
    rest.createConnector(names.connectorJson());
    rest.awaitRunning(names.connector(), RUNNING_TIMEOUT);
    awaitAllTasks(rest);
    out.printf(
        "Created topic %s, table %s, connector %s%n",
        names.topic(), names.table(), names.connector());
  }

  /**
   * Returns when every task has its partitions. A task that joins later would have the others read
   * again what they have not committed, and the figures would count that twice.
   */
  private void awaitAllTasks(ConnectRest rest) {
    String config = "/connectors/" + names.connector() + "/config";
    int tasks = rest.request("GET", config, "").path("tasks.max").asInt();
    try (KafkaAdmin admin = stack.broker().admin()) {
      boolean shared =
          Poll.until(
              RUNNING_TIMEOUT,
              Duration.ofMillis(100),
              () -> admin.sinkMembers(names.connector()) == Math.min(tasks, PARTITIONS));
      if (!shared) {
        throw new StackException(names.connector() + " does not share its partitions out");
      }
    }
  }

  /** Returns when everything is sent, read and committed and the count of rows has come to rest. */
  private Settled settle(DemoWatch watch, DemoFeed feed) {
    DemoProgress progress = new DemoProgress(out, terminal, feed.startedAt());
    DemoProgress.Snapshot last = new DemoProgress.Snapshot(0, 0, 0, 0, 0);
    long movedAt = System.nanoTime();
    long lastRowAt = movedAt;
    int equalLooks = 0;
    while (!(feed.isDone() && last.uncommitted() == 0 && equalLooks >= EQUAL_LOOKS)) {
      DemoProgress.Snapshot now = watch.look();
      long time = System.nanoTime();
      equalLooks = now.rows() == last.rows() ? equalLooks + 1 : 0;
      lastRowAt = now.rows() == last.rows() ? lastRowAt : time;
      movedAt = now.equals(last) ? movedAt : time;
      last = now;
      progress.show(now, time);
      watch.throwOnFailure();
      if (time - movedAt > NO_PROGRESS_TIMEOUT.toNanos()) {
        progress.finish(now, time);
        throw new StackException(
            "Nothing has moved for " + NO_PROGRESS_TIMEOUT.toSeconds() + " s: giving up");
      }
      Poll.pause(LOOK_INTERVAL);
    }
    progress.finish(last, System.nanoTime());
    return new Settled(last, lastRowAt);
  }

  private DemoVerdict verdict(DemoEvents events, DemoFeed feed, Settled settled) {
    List<String> counts =
        stack
            .clickHouse()
            .sql()
            .queryTsv("SELECT count(), uniqExact(event_id) FROM " + names.table())
            .get(0);
    return new DemoVerdict(
        List.of(
            new Check("count()", Long.parseLong(counts.get(0)), events.uniques()),
            new Check("uniqExact(event_id)", Long.parseLong(counts.get(1)), events.uniques()),
            new Check("dropped as duplicates", settled.last().dropped(), events.duplicates()),
            new Check("read", settled.last().read(), options.events())),
        (settled.lastRowAt() - feed.startedAt()) / 1e9);
  }

  /** The headline of a run. */
  static String title(DemoOptions options) {
    String rate =
        options.rate() == 0
            ? "unthrottled"
            : String.format(Locale.ROOT, "%,d a second", options.rate());
    return String.format(
        Locale.ROOT,
        "Demo: %,d events, %s, %s duplicates per unique event, seed %d",
        options.events(),
        rate,
        options.duplicates().compareTo(BigDecimal.ZERO) == 0 ? "no" : options.duplicates(),
        options.seed());
  }
}
