package dev.tributary.connect;

import dev.tributary.connect.util.ManualBackground;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTaskContext;
import org.jspecify.annotations.Nullable;

/**
 * One real sink task and the framework's part around it, as {@code WorkerSinkTask} of Kafka 4.3
 * plays it: what is polled and transformed, when offsets advance, what is committed, and what a
 * rebalance, a rewind and a failed commit do.
 */
final class SimulatedTask {

  private final SimulatedConnect connect;
  final ManualBackground background;
  final ClickHouseSinkTask task;

  /**
   * The transforms in their order, at first those of the settings; a record for which one returns
   * null is dropped.
   */
  final List<Function<SinkRecord, @Nullable SinkRecord>> transforms = new ArrayList<>();

  private final ConfiguredTransforms configured;

  private final Map<TopicPartition, OffsetAndMetadata> current = new HashMap<>();
  private final Map<TopicPartition, OffsetAndMetadata> lastCommitted = new HashMap<>();
  private final Map<TopicPartition, Long> rewinds = new HashMap<>();
  final Set<TopicPartition> paused = new HashSet<>();

  /** Set: reports to the dead letter queue stay open until the test completes them. */
  boolean holdsReports;

  final List<CompletableFuture<Void>> reports = new ArrayList<>();
  boolean commitRequested;
  long timeoutMs;

  SimulatedTask(SimulatedConnect connect) {
    this.connect = connect;
    this.background = new ManualBackground(connect.time);
    this.task = new ClickHouseSinkTask(connect.ports(background));
    task.initialize(context());
    this.configured = new ConfiguredTransforms(connect);
    configured.chain().forEach(transform -> transforms.add(transform::apply));
    task.start(connect.properties);
  }

  private SinkTaskContext context() {
    return (SinkTaskContext)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {SinkTaskContext.class},
            (proxy, method, arguments) -> {
              switch (method.getName()) {
                case "pause" -> paused.addAll(List.of((TopicPartition[]) arguments[0]));
                case "resume" -> List.of((TopicPartition[]) arguments[0]).forEach(paused::remove);
                case "requestCommit" -> commitRequested = true;
                case "timeout" -> timeoutMs = (Long) arguments[0];
                case "offset" -> rewinds.put((TopicPartition) arguments[0], (Long) arguments[1]);
                case "errantRecordReporter" -> {
                  return reporter();
                }
                case "configs" -> {
                  return connect.properties;
                }
                default -> throw new UnsupportedOperationException(method.getName());
              }
              return null;
            });
  }

  private @Nullable ErrantRecordReporter reporter() {
    if (!connect.hasDeadLetterQueue()) {
      return null;
    }
    return (record, error) -> {
      CompletableFuture<Void> report = new CompletableFuture<>();
      reports.add(report);
      connect.deadLetters.add(record);
      if (!holdsReports) {
        report.complete(null);
      }
      return report;
    };
  }

  /** A metric of one of the transforms. */
  long metric(String alias, String name) {
    return configured.metric(alias, name);
  }

  Set<TopicPartition> assigned() {
    return current.keySet();
  }

  long position(TopicPartition partition) {
    OffsetAndMetadata position = current.get(partition);
    if (position == null) {
      throw new IllegalArgumentException(partition + " is not assigned");
    }
    return position.offset();
  }

  void assign(Collection<TopicPartition> partitions) {
    for (TopicPartition partition : partitions) {
      OffsetAndMetadata start = new OffsetAndMetadata(connect.committed(partition));
      current.put(partition, start);
      lastCommitted.put(partition, start);
    }
    task.open(partitions);
  }

  /** The partitions go to another task, after a last commit. */
  void revoke(Collection<TopicPartition> partitions) {
    commit(partitions);
    task.close(partitions);
    current.keySet().removeAll(partitions);
    lastCommitted.keySet().removeAll(partitions);
    rewinds.keySet().removeAll(partitions);
  }

  /** An iteration of the task's loop: a commit if the task has asked for it, then a poll. */
  void iterate(int maxRecords) {
    if (commitRequested) {
      commit();
    }
    poll(maxRecords);
  }

  /** Polls up to this many records of each partition that is not paused, and gives them over. */
  void poll(int maxRecords) {
    poll(List.copyOf(current.keySet()), maxRecords);
  }

  /** The same for these partitions, in their order, as a broker may have them first. */
  void poll(List<TopicPartition> fetched, int maxRecords) {
    rewinds.forEach(this::seek);
    rewinds.clear();
    List<SinkRecord> batch = new ArrayList<>();
    Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
    for (TopicPartition partition : fetched) {
      if (paused.contains(partition)) {
        continue;
      }
      long from = position(partition);
      long end = Math.min(connect.log(partition).size(), from + maxRecords);
      for (long offset = from; offset < end; offset++) {
        SinkRecord record = transformed(connect.record(partition, offset));
        if (record != null) {
          batch.add(record);
        }
        next.put(partition, new OffsetAndMetadata(offset + 1));
      }
    }
    task.put(batch);
    current.putAll(next);
  }

  /** What becomes of a record; one that a transform refuses is skipped if errors are tolerated. */
  private @Nullable SinkRecord transformed(SinkRecord record) {
    try {
      return throughTransforms(record);
    } catch (RuntimeException e) {
      if (!connect.toleratesErrors()) {
        throw e;
      }
      if (connect.hasDeadLetterQueue()) {
        connect.deadLetters.add(record);
      }
      return null;
    }
  }

  private @Nullable SinkRecord throughTransforms(SinkRecord record) {
    SinkRecord result = record;
    for (Function<SinkRecord, @Nullable SinkRecord> transform : transforms) {
      result = transform.apply(result);
      if (result == null) {
        return null;
      }
    }
    return result;
  }

  /** The consumer continues at an offset, as after a rewind. */
  void seek(TopicPartition partition, long offset) {
    if (current.containsKey(partition)) {
      current.put(partition, new OffsetAndMetadata(offset));
      lastCommitted.put(partition, new OffsetAndMetadata(offset));
    }
  }

  /** Random partitions are revoked and come back. */
  void rebalance(Random random) {
    List<TopicPartition> gone = new ArrayList<>(assigned());
    gone.removeIf(partition -> random.nextBoolean());
    if (!gone.isEmpty()) {
      revoke(gone);
      if (random.nextBoolean()) {
        background.runDue();
      }
      assign(gone);
    }
  }

  /** The consumer of random partitions steps back, not below what is committed. */
  void stepBack(Random random, ToLongFunction<TopicPartition> committed) {
    for (TopicPartition partition : List.copyOf(assigned())) {
      long least = committed.applyAsLong(partition);
      long position = position(partition);
      if (random.nextInt(4) == 0 && position > least) {
        seek(partition, least + random.nextInt((int) (position - least)));
      }
    }
  }

  void commit() {
    commit(current.keySet());
  }

  /** Asks the task for offsets and commits those that the framework accepts. */
  private void commit(Collection<TopicPartition> partitions) {
    commitRequested = false;
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>(current);
    offsets.keySet().retainAll(partitions);
    task.preCommit(offsets)
        .forEach(
            (partition, offset) -> {
              if (partitions.contains(partition) && offset.offset() <= position(partition)) {
                connect.cluster.commit(SimulatedConnect.GROUP, partition, offset);
                lastCommitted.put(partition, offset);
              }
            });
  }

  /** The offsets that the task would have committed, without a commit. */
  Map<TopicPartition, OffsetAndMetadata> preCommit() {
    return task.preCommit(new HashMap<>(current));
  }

  /** The offsets that the task would have committed, without a commit. */
  Map<TopicPartition, Long> done() {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    preCommit().forEach((partition, offset) -> offsets.put(partition, offset.offset()));
    return offsets;
  }

  /**
   * Polls, commits when asked to and at the end, runs the background and moves the clock by a tenth
   * of a second, {@code iterations} times.
   */
  void run(int iterations) {
    for (int i = 0; i < iterations; i++) {
      iterate(100);
      background.runDue();
      connect.time.advance(100);
    }
    commit();
  }

  /** Ends it in order: a last commit, then close and stop. */
  void stop() {
    revoke(List.copyOf(current.keySet()));
    kill();
  }

  /** Its process is gone: nothing is committed, and its clients are closed as they are. */
  void kill() {
    task.stop();
    configured.close();
  }
}
