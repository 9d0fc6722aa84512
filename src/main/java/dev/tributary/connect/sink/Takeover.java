package dev.tributary.connect.sink;

import dev.tributary.connect.sink.ExactPartition.Taken;
import dev.tributary.connect.sink.exactly.PartitionProgress;
import dev.tributary.connect.sink.exactly.PartitionProgress.Commit;
import dev.tributary.connect.sink.exactly.PartitionProgress.Restored;
import dev.tributary.connect.sink.exactly.SourceId;
import dev.tributary.connect.sink.exactly.TableRows;
import dev.tributary.connect.state.FencedException;
import dev.tributary.connect.state.FencedRecord;
import dev.tributary.connect.state.KafkaFencedRecord;
import dev.tributary.connect.state.KafkaStateCluster;
import dev.tributary.connect.state.ProgressTopic;
import dev.tributary.connect.state.StateUnavailableError;
import dev.tributary.connect.state.TaskScope;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.connect.errors.ConnectException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes source partitions over from their last owners, several at a time, on threads of its own:
 * shuts the last owner out, reads what it has left, and asks the tables what has become of that.
 *
 * <p>To shut others out takes a tenth of a second. So the records of partitions that go are kept
 * for a while: most come back in the next moment, and then a write is enough to know that nobody
 * else has had them.
 *
 * <p>Thread-safe.
 */
final class Takeover implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Takeover.class);

  private static final int THREADS = 8;
  private static final int KEPT = 64;
  private static final long LOOK_MS = 50;
  private static final long PAUSE_MS = 200;
  private static final long LONGEST_PAUSE_MS = 5_000;

  private final String name;
  private final TaskScope scope;
  private final KafkaStateCluster cluster;
  private final ProgressTopic topic;
  private final TableRows rows;
  private final ExecutorService threads;
  private final Random random = new SecureRandom();
  private final Map<String, FencedRecord> kept = new HashMap<>();
  private final Map<PartitionProgress, String> keys = new HashMap<>();
  private int topicPartitions;
  private boolean closed;

  /**
   * @param cluster is closed with this
   */
  Takeover(
      String name,
      TaskScope scope,
      KafkaStateCluster cluster,
      ProgressTopic topic,
      TableRows rows) {
    this.name = name;
    this.scope = scope;
    this.cluster = cluster;
    this.topic = topic;
    this.rows = rows;
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, "tributary-progress-" + name);
              thread.setDaemon(true);
              return thread;
            });
    pool.allowCoreThreadTimeOut(true);
    threads = pool;
  }

  /** Begins to take a partition over, of which the framework says where it goes on. */
  CompletableFuture<Taken> begin(TopicPartition partition, long position) {
    return CompletableFuture.supplyAsync(() -> take(partition, position), threads);
  }

  private Taken take(TopicPartition partition, long position) {
    try {
      int partitions = prepared();
      Uuid topicId =
          cluster
              .describe(partition.topic())
              .orElseThrow(() -> new StateUnavailableError(notThere(partition)))
              .id();
      SourceId source = new SourceId(scope.connector(), partition, topicId);
      Optional<FencedRecord> returned = takeKept(source.key());
      while (true) {
        FencedRecord record =
            returned.isPresent()
                ? returned.get()
                : KafkaFencedRecord.open(
                    cluster, topic.name(), partitions, source.key(), partition.partition());
        try {
          return take(source, record, position);
        } catch (FencedException e) {
          record.close();
          if (returned.isEmpty()) {
            log.warn("{}: another task is also taking {} over", name, partition);
            TimeUnit.MILLISECONDS.sleep(LONGEST_PAUSE_MS);
          }
          returned = Optional.empty();
        } catch (InterruptedException | RuntimeException | Error e) {
          record.close();
          throw e;
        }
      }
    } catch (KafkaException e) {
      throw new ConnectException(
          partition + " cannot be taken over, Kafka says: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ConnectException("Interrupted", e);
    }
  }

  private static String notThere(TopicPartition partition) {
    return "Topic '"
        + partition.topic()
        + "' is not in the Kafka cluster of the state. With delivery=exactly_once progress has to"
        + " be kept in the cluster that the connector reads from: point 'state.bootstrap.servers'"
        + " there.";
  }

  private synchronized int prepared() {
    if (topicPartitions == 0) {
      topicPartitions = topic.prepare();
    }
    return topicPartitions;
  }

  private synchronized Optional<FencedRecord> takeKept(String key) {
    return Optional.ofNullable(kept.remove(key));
  }

  private Taken take(SourceId source, FencedRecord record, long position)
      throws FencedException, InterruptedException {
    TopicPartition partition = source.partition();
    OffsetAndMetadata committed = cluster.commits(scope.group(), List.of(partition)).get(partition);
    // The offset of a topic that is gone means nothing in another one of its name.
    boolean rewound = committed != null && source.isOfAnotherTopic(committed.metadata());
    Optional<Commit> commit =
        Optional.ofNullable(rewound ? null : committed)
            .map(one -> new Commit(one.offset(), one.metadata()));
    PartitionProgress progress =
        PartitionProgress.takeOver(
            source, record, commit, rows, threads, System::nanoTime, random.nextLong());
    synchronized (this) {
      if (closed) {
        throw new InterruptedException("the task has ended");
      }
      keys.put(progress, source.key());
    }
    return new Taken(progress, restored(progress, partition), rewound ? 0 : position, rewound);
  }

  /** Asks the tables, for as long as that takes. */
  private Restored restored(PartitionProgress progress, TopicPartition partition)
      throws InterruptedException {
    long pauseMs = PAUSE_MS;
    while (true) {
      try {
        return progress.restored();
      } catch (SQLException e) {
        if (!Failure.of(e).isRetried()) {
          throw new ConnectException(
              "What has become of the last inserts from "
                  + partition
                  + " cannot be found out: "
                  + e.getMessage(),
              e);
        }
        log.warn(
            "{}: what has become of the last inserts from {} is asked again in {} ms: {}",
            name,
            partition,
            pauseMs,
            e.getMessage());
        TimeUnit.MILLISECONDS.sleep(pauseMs);
        pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * pauseMs);
      }
    }
  }

  /** Completes when the group's commit for a partition carries this. */
  CompletableFuture<Void> whenCommitted(TopicPartition partition, String metadata) {
    CompletableFuture<Void> committed = new CompletableFuture<>();
    lookForCommit(partition, metadata, committed);
    return committed;
  }

  /** Looks again and again, without a thread of its own: the commit needs all other partitions. */
  private void lookForCommit(
      TopicPartition partition, String metadata, CompletableFuture<Void> committed) {
    CompletableFuture.delayedExecutor(LOOK_MS, TimeUnit.MILLISECONDS, threads)
        .execute(
            () -> {
              try {
                if (isCommitted(partition, metadata)) {
                  committed.complete(null);
                  return;
                }
              } catch (KafkaException e) {
                log.debug("{}: the commit of {} is looked for again", name, partition, e);
              }
              if (!threads.isShutdown()) {
                lookForCommit(partition, metadata, committed);
              }
            });
  }

  private boolean isCommitted(TopicPartition partition, String metadata) {
    OffsetAndMetadata commit = cluster.commits(scope.group(), List.of(partition)).get(partition);
    return commit != null && commit.metadata().equals(metadata);
  }

  /** Gives a partition up, whether it has been taken over or is about to be. */
  void giveBack(CompletableFuture<Taken> taking) {
    var unused = taking.thenAcceptAsync(taken -> keep(taken.progress()), threads);
  }

  private void keep(PartitionProgress progress) {
    boolean usable = !progress.isFenced();
    FencedRecord record = progress.release();
    FencedRecord surplus;
    synchronized (this) {
      String key = keys.remove(progress);
      surplus =
          usable && !closed && key != null && kept.size() < KEPT ? kept.put(key, record) : record;
    }
    if (surplus != null) {
      surplus.close();
    }
  }

  @Override
  public void close() {
    List<FencedRecord> records;
    synchronized (this) {
      closed = true;
      records = new ArrayList<>(kept.values());
      kept.clear();
      keys.keySet().forEach(progress -> records.add(progress.release()));
      keys.clear();
    }
    threads.shutdownNow();
    records.forEach(record -> Utils.closeQuietly(record, "progress"));
    Utils.closeQuietly(cluster, "progress cluster");
  }
}
