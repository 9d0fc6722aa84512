package dev.tributary.connect.sink.exactly;

import dev.tributary.connect.kafka.KafkaAccess;
import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.exactly.OwnedPartition.Claimed;
import dev.tributary.connect.sink.progress.FencedException;
import dev.tributary.connect.sink.progress.InsertedOffsets;
import dev.tributary.connect.sink.progress.KafkaFencedRecord;
import dev.tributary.connect.sink.progress.ProgressTopic;
import dev.tributary.connect.sink.progress.ProgressWriter;
import dev.tributary.connect.sink.progress.ProgressWriter.Commit;
import dev.tributary.connect.sink.progress.SourceId;
import dev.tributary.connect.state.TaskScope;
import dev.tributary.connect.util.Background;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.connect.errors.ConnectException;
import org.jspecify.annotations.Nullable;
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
 * <p>A claim that is released before it is complete is cancelled: it fences nobody, writes nothing
 * and queries nothing from then on. Releasing and closing wait for no request.
 *
 * <p>Thread-safe.
 */
public final class PartitionClaims implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(PartitionClaims.class);

  /** The number of partitions claimed at a time. */
  public static final int THREADS = 8;

  private static final int MAX_KEPT = 64;
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
  private final CommitWatch commits;
  private final IdentityHashMap<CompletableFuture<Claimed>, Claim> claims = new IdentityHashMap<>();
  private final Map<String, KafkaFencedRecord> kept = new HashMap<>();
  private boolean closed;

  /** Held while the progress topic is prepared. */
  private final Object preparing = new Object();

  private int topicPartitions;

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
    this.commits = new CommitWatch(kafka, scope.group(), threads);
  }

  /** Starts to claim a partition that the framework resumes at a position. */
  CompletableFuture<Claimed> claim(TopicPartition partition, long position) {
    Claim claim = new Claim(partition, position);
    synchronized (this) {
      claims.put(claim.done, claim);
    }
    threads.execute(claim);
    return claim.done;
  }

  /** The claim of one partition, from {@link #claim} to {@link #release}. */
  private final class Claim implements Runnable {
    final CompletableFuture<Claimed> done = new CompletableFuture<>();
    private final TopicPartition partition;
    private final long position;
    private long pauseMs = PAUSE_MS;
    private @Nullable PartitionLease lease;
    private @Nullable CompletableFuture<Void> committed;

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
      checkWanted();
      Uuid topicId =
          kafka
              .describe(partition.topic())
              .orElseThrow(() -> new StateUnavailableError(missingTopic(partition)))
              .id();
      SourceId source = new SourceId(scope.connector(), partition, topicId);
      Optional<KafkaFencedRecord> returned = takeKept(source.key());
      if (returned.isPresent()) {
        try {
          claim(source, leaseOf(returned.get(), true));
          return;
        } catch (FencedException | StateUnavailableError e) {
          // The kept record is stale only if another task has claimed the partition.
          log.debug("{}: another task has claimed {} meanwhile", name, partition, e);
        }
      }
      try {
        PartitionLease opening =
            leaseOf(
                new KafkaFencedRecord(
                    kafka, topic.name(), partitions, source.key(), partition.partition(), time),
                false);
        opening.open();
        claim(source, opening);
      } catch (FencedException e) {
        checkWanted();
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

    private int prepared() {
      synchronized (preparing) {
        checkWanted();
        if (topicPartitions == 0) {
          topicPartitions = topic.prepare();
        }
        return topicPartitions;
      }
    }

    private void checkWanted() {
      if (done.isCancelled()) {
        throw new CancellationException(partition + " was released");
      }
    }

    /**
     * Only a claim that is not cancelled gets a lease, through which it writes and queries, and
     * {@link #cancel} ends it.
     */
    private PartitionLease leaseOf(KafkaFencedRecord record, boolean open) {
      PartitionLease begun = new PartitionLease(record, open, insertedOffsets);
      synchronized (this) {
        if (!done.isCancelled()) {
          lease = begun;
          return begun;
        }
      }
      begun.end().ifPresent(PartitionClaims.this::keep);
      throw new CancellationException(partition + " was released");
    }

    private void claim(SourceId source, PartitionLease held)
        throws FencedException, ClickHouseException {
      try {
        OffsetAndMetadata last = kafka.commits(scope.group(), List.of(partition)).get(partition);
        // The offset of a deleted topic means nothing in a recreated one.
        boolean rewound = last != null && source.isOfAnotherTopic(last.metadata());
        Optional<Commit> commit =
            Optional.ofNullable(rewound ? null : last)
                .map(one -> new Commit(one.offset(), one.metadata()));
        ProgressWriter progress =
            ProgressWriter.claim(
                source, held, commit, held, threads, time::nanoseconds, random.nextLong());
        restore(progress, rewound);
      } catch (FencedException | ClickHouseException | RuntimeException | Error e) {
        held.close();
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
      if (done.isCancelled()) {
        return;
      } else if (!e.kind().isRetried()) {
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

    /** Completes when the group's commit has the metadata of the claim. */
    synchronized CompletableFuture<Void> whenCommitted() {
      String metadata = done.join().progress().metadata();
      CompletableFuture<Void> awaited = commits.whenCommitted(partition, metadata);
      committed = awaited;
      return awaited;
    }

    /** Ends the claim, complete or not; nothing is done for it from then on. */
    void cancel() {
      PartitionLease held;
      synchronized (this) {
        done.cancel(false);
        held = lease;
        if (committed != null) {
          commits.forget(committed);
        }
      }
      if (!done.isCompletedExceptionally()) {
        done.join().progress().release();
      }
      if (held != null) {
        held.end().ifPresent(PartitionClaims.this::keep);
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

  private synchronized Optional<KafkaFencedRecord> takeKept(String key) {
    return Optional.ofNullable(kept.remove(key));
  }

  /** Completes when the group's commit has the metadata of a complete claim; never if released. */
  @SuppressWarnings("CollectionUndefinedEquality") // by identity
  synchronized CompletableFuture<Void> whenCommitted(CompletableFuture<Claimed> claim) {
    Claim complete = claims.get(claim);
    return complete == null ? new CompletableFuture<>() : complete.whenCommitted();
  }

  /** Releases a partition; cancels its claim if that is not complete. Does not wait. */
  @SuppressWarnings("CollectionUndefinedEquality") // by identity
  void release(CompletableFuture<Claimed> claim) {
    Claim released;
    synchronized (this) {
      released = claims.remove(claim);
    }
    if (released != null) {
      released.cancel();
    }
  }

  private void keep(KafkaFencedRecord record) {
    KafkaFencedRecord surplus;
    synchronized (this) {
      surplus = !closed && kept.size() < MAX_KEPT ? kept.put(record.id(), record) : record;
    }
    if (surplus != null) {
      surplus.close();
    }
  }

  /** Cancels all claims and closes their records. Does not wait for requests in flight. */
  @Override
  public void close() {
    List<Claim> open;
    List<KafkaFencedRecord> idle;
    synchronized (this) {
      closed = true;
      open = List.copyOf(claims.values());
      claims.clear();
      idle = List.copyOf(kept.values());
      kept.clear();
    }
    open.forEach(Claim::cancel);
    threads.close();
    idle.forEach(KafkaFencedRecord::close);
  }
}
