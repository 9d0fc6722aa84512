package dev.tributary.connect.join.right;

import dev.tributary.connect.kafka.KafkaAccess;
import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.record.StreamTime;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.connect.errors.DataException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads all partitions of the right topic into the right table, on a thread of its own, from the
 * beginning until it is closed.
 *
 * <p>{@link #run} belongs to that thread; everything else may be called on any.
 */
public final class RightReader implements Runnable {

  private static final Logger log = LoggerFactory.getLogger(RightReader.class);

  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);
  private static final long ABSENT_PAUSE_MS = 100;
  private static final long REPORT_MS = 5_000;
  private static final long WARN_INTERVAL_MS = 60_000;

  private final String owner;
  private final String topic;
  private final KafkaAccess cluster;
  private final RightRecords records;
  private final RightTable table;
  private final Schemas schemas;
  private final boolean failOnError;
  private final Purge purge;
  private final Time clock;

  private final RightPartitions partitions;

  /** By partition; only what the reading thread needs. */
  private final Map<TopicPartition, Long> streamTimes = new HashMap<>();

  private final Object lock = new Object();

  /** Guarded by the lock; null while no other thread may wake it up. */
  private @Nullable Consumer<byte[], byte[]> reading;

  private final AtomicBoolean closed = new AtomicBoolean();

  /** For the end offsets that the topic has at the start. */
  private final EndOffsetRequest load = new EndOffsetRequest();

  private final EndOffsetRequests requests;
  private volatile long streamTime = StreamTime.NONE;
  private volatile long lag;

  private final AtomicLong errors = new AtomicLong();

  private volatile @Nullable StateUnavailableError failure;

  private long started;
  private long reported;
  private long warned = -WARN_INTERVAL_MS;
  private long purged = StreamTime.NONE;
  private long count;

  /** What bounds the table by time. */
  public interface Purge {
    /** Versions older than this are not needed; {@link StreamTime#NONE} if all are needed. */
    long limit();

    /** Whether a limit that has moved from one to the other is worth a pass over the table. */
    boolean isWorthwhile(long from, long to);
  }

  /**
   * @param owner prefix of errors and log lines
   * @param schemas of the rows that the records become
   * @param failOnError whether a bad right record is an error and not skipped
   */
  public RightReader(
      String owner,
      String topic,
      KafkaAccess cluster,
      RightRecords records,
      RightTable table,
      Schemas schemas,
      boolean failOnError,
      Purge purge,
      Time clock) {
    this.owner = owner;
    this.topic = topic;
    this.cluster = cluster;
    this.partitions = new RightPartitions(owner, topic, cluster);
    this.records = records;
    this.table = table;
    this.schemas = schemas;
    this.failOnError = failOnError;
    this.purge = purge;
    this.clock = clock;
    this.requests = new EndOffsetRequests(load, this::wakeUp);
  }

  /** Whether the topic has been read to the end that it had at the start. */
  public boolean isLoaded() {
    return load.isDone() && failure == null;
  }

  /** Whether reading has ended, for whatever reason. */
  boolean hasEnded() {
    return closed.get();
  }

  /** Requests that the topic be read to the end offsets that it has from now on. */
  public EndOffsetRequest requestEndOffsets() {
    return requests.request();
  }

  private void wakeUp() {
    synchronized (lock) {
      if (reading != null) {
        reading.wakeup();
      }
    }
  }

  /**
   * Fails if reading has failed.
   *
   * @throws StateUnavailableError with the reason
   */
  public void check() {
    StateUnavailableError e = failure;
    if (e != null) {
      throw new StateUnavailableError(String.valueOf(e.getMessage()), e.getCause());
    }
  }

  /** Stream time of the slowest partition; {@link StreamTime#NONE} while one has none. */
  public long streamTime() {
    return streamTime;
  }

  /** Records that are in the topic and not read yet, as far as is known. */
  public long lag() {
    return lag;
  }

  /** Bad records that were skipped. */
  public long errors() {
    return errors.get();
  }

  /** Ends the thread, without waiting for it. */
  public void close() {
    closed.set(true);
    requests.close();
    wakeUp();
  }

  @Override
  public void run() {
    Consumer<byte[], byte[]> consumer = null;
    try {
      consumer = cluster.reader();
      synchronized (lock) {
        reading = consumer;
      }
      read(consumer);
    } catch (StateUnavailableError e) {
      failure = e;
    } catch (Throwable e) { // whatever it is, the tasks have to be notified
      failure =
          new StateUnavailableError(
              owner
                  + " cannot read the right topic '"
                  + topic
                  + "': "
                  + e
                  + ". The task stops, nothing is lost. Check that the topic exists, that the user"
                  + " of the state clients ('state.kafka.*') may read it, and 'right.bootstrap"
                  + ".servers'; then restart the task.",
              e);
    } finally {
      endAll(consumer);
    }
  }

  private void endAll(@Nullable Consumer<byte[], byte[]> consumer) {
    load.end();
    closed.set(true);
    synchronized (lock) {
      reading = null;
    }
    requests.endAll();
    if (consumer != null) {
      consumer.close(CloseOptions.timeout(CLOSE_TIMEOUT));
    }
  }

  private void read(Consumer<byte[], byte[]> consumer) {
    started = clock.milliseconds();
    reported = started;
    while (!closed.get()) {
      try {
        if (requests.takeUp()) {
          if (follow(consumer)) {
            requests.lookUp(consumer, clock.milliseconds());
            endReached(consumer);
          } else {
            partitions.checkAbsence(clock.milliseconds());
          }
        } else if (partitions.isDue(clock.milliseconds())) {
          lookForPartitions(consumer);
        }
        if (consumer.assignment().isEmpty()) {
          clock.sleep(ABSENT_PAUSE_MS); // a broker that has just started may not know the topic
          continue;
        }
        ConsumerRecords<byte[], byte[]> polled = consumer.poll(POLL);
        for (ConsumerRecord<byte[], byte[]> record : polled) {
          accept(record);
        }
        count += polled.count();
        streamTime = slowest(consumer);
        lag = lagOf(consumer);
        bound();
        endReached(consumer);
        report();
      } catch (WakeupException e) {
        // A request was made, or it is closed. What was polled is in the table: only a poll, or
        // asking for a position, is interrupted.
      }
    }
  }

  /** Without requests the topic is looked at too, but nothing depends on it. */
  private void lookForPartitions(Consumer<byte[], byte[]> consumer) {
    try {
      follow(consumer);
    } catch (RetriableException e) {
      log.debug("{}: the right topic '{}' cannot be looked at now", owner, topic, e);
    }
  }

  /** Reads all partitions that the topic has now; returns false while there is no such topic. */
  private boolean follow(Consumer<byte[], byte[]> consumer) {
    long now = clock.milliseconds();
    RightPartitions.Found found = partitions.follow(consumer, now);
    if (found == RightPartitions.Found.RECREATED) {
      log.warn(
          "{}: the right topic '{}' was deleted and created again. The {} versions read so far are"
              + " dropped, and it is read from its beginning.",
          owner,
          topic,
          table.rows());
      streamTimes.clear();
      purged = StreamTime.NONE;
      table.clear();
      schemas.clearValues();
      requests.restart();
    }
    if (found == RightPartitions.Found.RECREATED || found == RightPartitions.Found.ADDED) {
      streamTime = slowest(consumer);
    }
    return found != RightPartitions.Found.ABSENT;
  }

  private void accept(ConsumerRecord<byte[], byte[]> record) {
    try {
      if (!records.read(record)) {
        errors.incrementAndGet();
        return;
      }
    } catch (DataException e) {
      reject(record, e);
      return;
    }
    table.put(records.key(), records.time(), records.row());
    if (records.movesStreamTime()) {
      streamTimes.merge(new TopicPartition(topic, record.partition()), records.time(), Math::max);
    }
  }

  private void reject(ConsumerRecord<byte[], byte[]> record, DataException cause) {
    String what =
        owner
            + ": the right record at topic "
            + topic
            + " partition "
            + record.partition()
            + " offset "
            + record.offset()
            + " is not a right row: "
            + cause.getMessage();
    if (failOnError) {
      throw new StateUnavailableError(
          what
              + ". The task stops because 'right.on.error' is 'fail'; correct the converter, the"
              + " key or the topic, or choose 'skip', then restart the task.");
    }
    errors.incrementAndGet();
    long now = clock.milliseconds();
    if (now - warned >= WARN_INTERVAL_MS) {
      warned = now;
      log.warn(
          "{}. It is skipped, {} skipped so far; left records are joined without it. Correct"
              + " the converter, the key or the topic, or set 'right.on.error' to 'fail' to stop at"
              + " such records.",
          what,
          errors.get());
    }
  }

  private long slowest(Consumer<byte[], byte[]> consumer) {
    long slowest = Long.MAX_VALUE;
    for (TopicPartition partition : consumer.assignment()) {
      slowest = Math.min(slowest, streamTimes.getOrDefault(partition, StreamTime.NONE));
    }
    return slowest == Long.MAX_VALUE ? StreamTime.NONE : slowest;
  }

  private static long lagOf(Consumer<byte[], byte[]> consumer) {
    long sum = 0;
    for (TopicPartition partition : consumer.assignment()) {
      sum += consumer.currentLag(partition).orElse(0);
    }
    return sum;
  }

  /** Keeps the table inside its bounds. */
  private void bound() {
    long limit = purge.limit();
    boolean full = table.isFull();
    if (limit > purged && (full || purge.isWorthwhile(purged, limit))) {
      purged = limit;
      table.purge(limit);
      full = table.isFull();
    }
    if (full) {
      throw new StateUnavailableError(
          owner
              + ": the right table needs more memory than 'state.max.bytes': "
              + table.rows()
              + " rows of topic '"
              + topic
              + "' take "
              + table.bytes()
              + " bytes. Nothing is lost; raise the bound (and the worker's heap with it), select"
              + " fewer fields in 'right.fields', or set or shorten 'right.ttl', then restart the"
              + " task.");
    }
  }

  private void endReached(Consumer<byte[], byte[]> consumer) {
    for (EndOffsetRequest request : requests.takeReached(consumer)) {
      if (request == load) {
        log.info(
            "{}: read the right topic '{}' to its end: {} records, {} versions in {} bytes, in {}"
                + " ms",
            owner,
            topic,
            count,
            table.rows(),
            table.bytes(),
            clock.milliseconds() - started);
      }
      request.end();
    }
  }

  private void report() {
    long now = clock.milliseconds();
    if (!load.isDone() && now - reported >= REPORT_MS) {
      reported = now;
      log.info(
          "{}: reading the right topic '{}': {} records, {} a second, {} to go",
          owner,
          topic,
          count,
          count * 1000 / Math.max(1, now - started),
          lag);
    }
  }
}
