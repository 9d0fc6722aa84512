package dev.tributary.chaos;

import dev.tributary.connect.sink.progress.SourceId;
import dev.tributary.stack.ConnectRest;
import dev.tributary.stack.ConnectWorker;
import dev.tributary.stack.KafkaAdmin;
import dev.tributary.stack.KafkaBroker;
import dev.tributary.stack.Poll;
import dev.tributary.stack.StackException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;

/** The connector of a chaos run, while any of its workers may be down. Thread-safe. */
final class ChaosConnector {

  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final Duration INTERVAL = Duration.ofMillis(200);

  /** How long after its cause a task may fail: longer than an insert and its retries take. */
  private static final Duration AFTERMATH = Duration.ofSeconds(10);

  private final List<ConnectWorker> workers;
  private final KafkaBroker broker;
  private final String clickHouseUrl;
  private final PrintStream out;

  /**
   * @param workers of one group
   */
  ChaosConnector(
      List<ConnectWorker> workers, KafkaBroker broker, String clickHouseUrl, PrintStream out) {
    this.workers = workers;
    this.broker = broker;
    this.clickHouseUrl = clickHouseUrl;
    this.out = out;
  }

  /** Creates the connector; returns when its tasks run. */
  void start(int tasks) {
    setTasks(tasks);
    workers.get(0).rest().awaitRunning(Chaos.NAME, PATIENCE);
  }

  /** Creates the connector, or gives it another {@code tasks.max}. */
  void setTasks(int tasks) {
    Map<String, String> config = new HashMap<>();
    String settings =
        """
    connector.class=dev.tributary.connect.ClickHouseSinkConnector
    tasks.max=%d
    topics=%s
    key.converter=org.apache.kafka.connect.storage.StringConverter
    value.converter=dev.tributary.connect.JsonConverter
    transforms=dedup
    transforms.dedup.type=dev.tributary.connect.Deduplicate
    transforms.dedup.key.fields=n
    transforms.dedup.window=24h
    clickhouse.url=%s
    clickhouse.username=${env:CLICKHOUSE_USER}
    clickhouse.password=${env:CLICKHOUSE_PASSWORD}
    clickhouse.request.timeout.ms=3000
    delivery=exactly_once
    metadata.columns=topic:_topic,partition:_partition,offset:_offset
    batch.max.rows=1000
    batch.max.delay.ms=200
    insert.max.in.flight=2
    retry.backoff.ms=50
    retry.backoff.max.ms=1000
    errors.tolerance=all
    errors.deadletterqueue.topic.name=%s
    errors.deadletterqueue.topic.replication.factor=1
    """
            .formatted(tasks, Chaos.NAME, clickHouseUrl, Chaos.DEAD_LETTERS);
    settings.lines().map(line -> line.split("=", 2)).forEach(pair -> config.put(pair[0], pair[1]));
    ask(
        rest -> {
          rest.putConfig(Chaos.NAME, config);
          return true;
        });
  }

  /** Claims a partition from the task that reads it, as another Connect cluster would. */
  void fence(int partition) {
    try (KafkaAdmin admin = broker.admin()) {
      TopicPartition source = new TopicPartition(Chaos.NAME, partition);
      broker.fence(new SourceId(Chaos.NAME, source, admin.topicId(Chaos.NAME)).key());
    }
  }

  /** Restarts tasks that have failed, until none fails for a while. */
  void restartFailed() {
    long[] quietSince = {System.nanoTime()};
    boolean quiet =
        Poll.until(
            PATIENCE,
            INTERVAL,
            () -> {
              List<ConnectRest.Failure> failures = ask(rest -> rest.failures(Chaos.NAME));
              if (!failures.isEmpty()) {
                ask(
                    rest -> {
                      rest.restartFailed(Chaos.NAME);
                      return true;
                    });
                failures.forEach(this::print);
                quietSince[0] = System.nanoTime();
              }
              return System.nanoTime() - quietSince[0] > AFTERMATH.toNanos();
            });
    if (!quiet) {
      throwOnFailure();
      throw new StackException(Chaos.NAME + " fails again and again");
    }
  }

  private void print(ConnectRest.Failure failure) {
    String cause =
        failure
            .trace()
            .lines()
            .filter(line -> line.startsWith("Caused by:"))
            .findFirst()
            .orElse(failure.trace());
    out.println("           restarted " + failure.who() + ". " + cause);
  }

  /** Throws when the connector or a task has failed. */
  void throwOnFailure() {
    for (ConnectRest.Failure failure : ask(rest -> rest.failures(Chaos.NAME))) {
      throw new StackException(failure.who() + " has failed: " + failure.trace());
    }
  }

  /** Asks one worker after the other until one answers: each may be down, or lead nobody yet. */
  private <T> T ask(Function<ConnectRest, T> question) {
    List<T> answers = new ArrayList<>();
    int[] asked = {0};
    Poll.until(
        PATIENCE,
        INTERVAL,
        () -> {
          try {
            answers.add(question.apply(workers.get(asked[0]++ % workers.size()).rest()));
            return true;
          } catch (StackException e) {
            return false;
          }
        });
    if (answers.isEmpty()) {
      throw new StackException("No worker answers");
    }
    return answers.get(0);
  }
}
