package dev.tributary.connect.sink.exactly;

import dev.tributary.connect.kafka.KafkaAccess;
import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.exactly.OwnedPartition.Claimed;
import dev.tributary.connect.sink.progress.FencedException;
import dev.tributary.connect.sink.progress.FencedRecord;
import dev.tributary.connect.sink.progress.InsertedOffsets;
import dev.tributary.connect.sink.progress.KafkaFencedRecord;
import dev.tributary.connect.sink.progress.ProgressTopic;
import dev.tributary.connect.sink.progress.ProgressWriter;
import dev.tributary.connect.sink.progress.ProgressWriter.Commit;
import dev.tributary.connect.sink.progress.SourceId;
import dev.tributary.connect.state.TaskScope;
import dev.tributary.connect.util.Background;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.connect.errors.ConnectException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Claims source partitions in the background, several at a time: fences the previous owner, reads
 * the intents it left open, and queries the target tables for their rows.
 *
 * <p>Fencing takes about 0.1 s. So the fenced records of released partitions are kept: most
 * partitions are assigned to the same task again by the rebalance, and then one write proves that
 * no other task has claimed them.
 *
 * <p>Thread-safe.
 */
public final class PartitionClaims implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(PartitionClaims.class);

  /** The number of partitions claimed at a time. */
  public static final int THREADS = 8;

  private static final int MAX_KEPT = 64;
  private static final long COMMIT_POLL_MS = 50;
  private static final long PAUSE_MS = 200;
  private static final long LONGEST_PAUSE_MS = 5_000;

  private final String name;
  private final TaskScope scope;
  private final KafkaAccess kafka;
  private final ProgressTopic topic;
  private final InsertedOffsets insertedOffsets;
  private final Background threads;
  private final Time time;
  private final Random random = new SecureRandom();
  private final Map<String, FencedRecord> kept = new HashMap<>();
  private final Map<ProgressWriter, String> keys = new HashMap<>();
  private int topicPartitions;
  private volatile boolean closed;

  /**
   * @param name prefix of log lines
   * @param threads closed with this
   */
  public PartitionClaims(
      String name,
      TaskScope scope,
      KafkaAccess kafka,
      ProgressTopic topic,
      InsertedOffsets insertedOffsets,
      Background threads,
      Time time) {
    this.name = name;
    this.scope = scope;
    this.kafka = kafka;
    this.topic = topic;
    this.insertedOffsets = insertedOffsets;
    this.threads = threads;
    this.time = time;
  }

  /** Starts to claim a partition that the framework resumes at a position. */
  CompletableFuture<Claimed> claim(TopicPartition partition, long position) {
    Claim claim = new Claim(partition, position);
    threads.execute(claim);
    return claim.done;
  }

  /** The claim of one partition. */
  private final class Claim implements Runnable {
    final CompletableFuture<Claimed> done = new CompletableFuture<>();
    private final TopicPartition partition;
    private final long position;
    private long pauseMs = PAUSE_MS;

    Claim(TopicPartition partition, long position) {
      this.partition = partition;
      this.position = position;
    }

    @Override
    public void run() {
      try {
        fencePrevious();
      } catch (KafkaException e) {
        done.completeExceptionally(
            new ConnectException(
                partition + " cannot be claimed, Kafka says: " + e.getMessage(), e));
      } catch (ClickHouseException e) {
        lookUpLater(e, this);
      } catch (Throwable e) {
        done.completeExceptionally(e);
      }
    }

    private void fencePrevious() throws ClickHouseException {
      int partitions = prepared();
      Uuid topicId =
          kafka
              .describe(partition.topic())
              .orElseThrow(() -> new StateUnavailableError(missingTopic(partition)))
              .id();
      SourceId source = new SourceId(scope.connector(), partition, topicId);
      Optional<FencedRecord> returned = takeKept(source.key());
      if (returned.isPresent()) {
        try {
          claim(source, returned.get());
          return;
        } catch (FencedException | StateUnavailableError e) {
          // The kept record is stale only if another task has claimed the partition.
          log.debug("{}: another task has claimed {} meanwhile", name, partition, e);
        }
      }
      try {
        claim(
            source,
            KafkaFencedRecord.open(
                kafka, topic.name(), partitions, source.key(), partition.partition(), time));
      } catch (FencedException e) {
        log.warn(
            "{}: another task is claiming {} at the same time, claiming it again in {} ms; nothing"
                + " needs to be done unless this repeats, then check whether another Connect"
                + " cluster runs a connector of this name",
            name,
            partition,
            LONGEST_PAUSE_MS);
        threads.schedule(this, LONGEST_PAUSE_MS);
      }
    }

    private void claim(SourceId source, FencedRecord record)
        throws FencedException, ClickHouseException {
      try {
        OffsetAndMetadata committed =
            kafka.commits(scope.group(), List.of(partition)).get(partition);
        // The offset of a deleted topic means nothing in a recreated one.
        boolean rewound = committed != null && source.isOfAnotherTopic(committed.metadata());
        Optional<Commit> commit =
            Optional.ofNullable(rewound ? null : committed)
                .map(one -> new Commit(one.offset(), one.metadata()));
        ProgressWriter progress =
            ProgressWriter.claim(
                source,
                record,
                commit,
                insertedOffsets,
                threads,
                time::nanoseconds,
                random.nextLong());
        synchronized (PartitionClaims.this) {
          if (closed) {
            throw new ConnectException("The task has ended");
          }
          keys.put(progress, source.key());
        }
        restore(progress, rewound);
      } catch (FencedException | ClickHouseException | RuntimeException | Error e) {
        record.close();
        throw e;
      }
    }

    /** Queries the tables of open intents, and retries without limit. */
    private void restore(ProgressWriter progress, boolean rewound) {
      try {
        done.complete(
            new Claimed(
                progress,
                progress.restored(rewound ? 0 : position),
                rewound ? 0 : position,
                rewound));
      } catch (ClickHouseException e) {
        lookUpLater(e, () -> restoreAgain(progress, rewound));
      }
    }

    private void lookUpLater(ClickHouseException e, Runnable again) {
      if (!e.kind().isRetried()) {
        done.completeExceptionally(
            new ConnectException(
                "The open inserts from "
                    + partition
                    + " could not be looked up in their tables: "
                    + e.getMessage()
                    + ". Fix this and restart the task; nothing is lost.",
                e));
        return;
      }
      log.warn(
          "{}: the open inserts from {} could not be looked up in their tables, trying again in"
              + " {} ms; the partition is paused until then, check ClickHouse if this"
              + " persists: {}",
          name,
          partition,
          pauseMs,
          e.getMessage());
      threads.schedule(again, pauseMs);
      pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * pauseMs);
    }

    private void restoreAgain(ProgressWriter progress, boolean rewound) {
      try {
        restore(progress, rewound);
      } catch (Throwable e) {
        done.completeExceptionally(e);
      }
    }
  }

  private static String missingTopic(TopicPartition partition) {
    return "Topic '"
        + partition.topic()
        + "' is not in the Kafka cluster of the state. With delivery=exactly_once progress must be"
        + " stored in the cluster that the connector reads from: set 'state.bootstrap.servers' to"
        + " it and restart the task.";
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

  /** Fences the inserts that previous owners may have sent under a token, in the background. */
  CompletableFuture<Void> fence(ExactlyOnce.Targets targets, String token) {
    CompletableFuture<Void> fenced = new CompletableFuture<>();
    threads.execute(
        () -> {
          try {
            targets.fence(token, true);
            fenced.complete(null);
          } catch (Throwable e) {
            fenced.completeExceptionally(e);
          }
        });
    return fenced;
  }

  /** Completes when the committed offset of a partition has this metadata. */
  CompletableFuture<Void> whenCommitted(TopicPartition partition, String metadata) {
    CompletableFuture<Void> committed = new CompletableFuture<>();
    lookForCommit(partition, metadata, committed);
    return committed;
  }

  /** Polls without occupying a thread: the commit waits for all other partitions to be claimed. */
  private void lookForCommit(
      TopicPartition partition, String metadata, CompletableFuture<Void> committed) {
    threads.schedule(
        () -> {
          try {
            if (isCommitted(partition, metadata)) {
              committed.complete(null);
              return;
            }
          } catch (KafkaException e) {
            log.debug("{}: could not read the commit of {}, trying again", name, partition, e);
          }
          if (!closed) {
            lookForCommit(partition, metadata, committed);
          }
        },
        COMMIT_POLL_MS);
  }

  private boolean isCommitted(TopicPartition partition, String metadata) {
    OffsetAndMetadata commit = kafka.commits(scope.group(), List.of(partition)).get(partition);
    return commit != null && commit.metadata().equals(metadata);
  }

  /** Releases a partition, whether its claim is complete or not. */
  void release(CompletableFuture<Claimed> claim) {
    var unused = claim.thenAcceptAsync(claimed -> keep(claimed.progress()), threads);
  }

  private void keep(ProgressWriter progress) {
    boolean usable = !progress.isFenced();
    FencedRecord record = progress.release();
    FencedRecord surplus;
    synchronized (this) {
      String key = keys.remove(progress);
      surplus =
          usable && !closed && key != null && kept.size() < MAX_KEPT
              ? kept.put(key, record)
              : record;
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
    threads.close();
    records.forEach(record -> Utils.closeQuietly(record, "progress"));
  }
}
