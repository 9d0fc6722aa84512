package dev.tributary.connect.sink.progress;

import dev.tributary.connect.kafka.KafkaAccess;
import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.util.Causes;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A record of a {@link ProgressTopic}, written in transactions under a transactional id of its own.
 *
 * <p>Opening initializes the id, which fences previous owners and aborts their open transactions;
 * then it looks up the end offset of the partition, and then reads committed records up to there.
 * That is the end of all records, not the last stable offset: a transaction of another id in the
 * same partition may still be open below what was committed under this one.
 *
 * <p>If the outcome of a write is unknown, the producer is replaced. That could fence the current
 * owner, so the record is read again: if it holds the value that this owner wrote last or was
 * writing, no other owner has written and this one continues; otherwise it is fenced.
 *
 * <p>Confined to one thread at a time, except {@link #close}.
 */
public final class KafkaFencedRecord implements FencedRecord {

  private static final Logger log = LoggerFactory.getLogger(KafkaFencedRecord.class);

  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);
  private static final Duration POLL = Duration.ofMillis(100);
  private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(120);
  private static final long PAUSE_MS = 200;

  private final KafkaAccess kafka;
  private final Time time;
  private final TopicPartition target;
  private final byte[] key;
  private final String id;
  private @Nullable Producer<byte[], byte[]> producer;
  private volatile byte @Nullable [] value;
  private volatile boolean closed;

  /**
   * @param partitions the number of partitions of the topic
   * @param id the record's key, and the transactional id of its owner
   * @param source the number of the source partition
   */
  public KafkaFencedRecord(
      KafkaAccess kafka, String topic, int partitions, String id, int source, Time time) {
    this.time = time;
    this.kafka = kafka;
    this.target = new TopicPartition(topic, source % partitions);
    this.id = id;
    this.key = id.getBytes(StandardCharsets.UTF_8);
  }

  /** The record's key. */
  public String id() {
    return id;
  }

  /**
   * Opens the record, which fences its previous owners. Blocks.
   *
   * @throws StateUnavailableError when Kafka does not answer within two minutes of {@code time}
   * @throws KafkaException when the record is closed before it is open
   */
  public void open() {
    long deadline = time.nanoseconds() + PATIENCE_NS;
    while (true) {
      try {
        fenceOthers();
        return;
      } catch (KafkaException e) {
        giveUpAfter(deadline, e);
      } catch (Throwable e) {
        close();
        throw e;
      }
    }
  }

  private void fenceOthers() {
    closeProducer(CLOSE_TIMEOUT);
    startProducer().initTransactions();
    value = read();
  }

  private Producer<byte[], byte[]> startProducer() {
    checkOpen();
    Producer<byte[], byte[]> started = kafka.transactionalProducer(id);
    synchronized (this) {
      producer = started;
    }
    checkOpen(); // the thread that closes it may not have seen the producer
    return started;
  }

  private void checkOpen() {
    if (closed) {
      throw new KafkaException("the record is closed");
    }
  }

  private byte @Nullable [] read() {
    long end = kafka.endOffsets(target.topic()).getOrDefault(target.partition(), 0L);
    Consumer<byte[], byte[]> consumer = kafka.reader();
    try {
      consumer.assign(List.of(target));
      consumer.seekToBeginning(List.of(target));
      byte[] last = null;
      long deadline = time.nanoseconds() + PATIENCE_NS;
      while (consumer.position(target) < end) {
        checkOpen();
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          if (record.value() != null && Arrays.equals(key, record.key())) {
            last = record.value();
          }
        }
        if (time.nanoseconds() > deadline) {
          throw new KafkaException("the end of " + target + " is not reached");
        }
      }
      return last;
    } finally {
      Utils.closeQuietly(
          () -> consumer.close(CloseOptions.timeout(CLOSE_TIMEOUT)), "progress consumer");
    }
  }

  @Override
  public Optional<byte[]> value() {
    return Optional.ofNullable(value);
  }

  @Override
  public void write(byte[] next) throws FencedException {
    byte[] before = value;
    long deadline = time.nanoseconds() + PATIENCE_NS;
    while (true) {
      try {
        if (current() == null) {
          fenceOthers();
          if (Arrays.equals(value, next)) {
            return;
          } else if (!Arrays.equals(value, before)) {
            throw new FencedException("another task has written it meanwhile", null);
          }
        }
        send(next);
        value = next;
        return;
      } catch (ProducerFencedException | InvalidProducerEpochException e) {
        closeProducer(CLOSE_TIMEOUT);
        value = before;
        throw new FencedException("another task has claimed it", e);
      } catch (KafkaException e) {
        if (isFencing(e)) {
          closeProducer(CLOSE_TIMEOUT);
          throw new FencedException("another task has claimed it", e);
        }
        giveUpAfter(deadline, e);
      }
    }
  }

  private void send(byte[] next) {
    Producer<byte[], byte[]> started = current();
    if (started == null) {
      throw new KafkaException("the producer is closed");
    }
    started.beginTransaction();
    // commitTransaction reports the outcome.
    var unused = started.send(new ProducerRecord<>(target.topic(), target.partition(), key, next));
    started.commitTransaction();
  }

  private static boolean isFencing(Throwable thrown) {
    return Causes.find(thrown, ProducerFencedException.class).isPresent()
        || Causes.find(thrown, InvalidProducerEpochException.class).isPresent();
  }

  private void giveUpAfter(long deadline, KafkaException e) {
    closeProducer(CLOSE_TIMEOUT);
    if (closed || e instanceof InterruptException) {
      throw e;
    }
    if (time.nanoseconds() > deadline
        || e instanceof AuthorizationException
        || e.getCause() instanceof AuthorizationException
        || e.getCause() instanceof RecordTooLargeException) {
      throw new StateUnavailableError(
          "Progress cannot be kept in topic '"
              + target.topic()
              + "' under '"
              + id
              + "': "
              + e.getMessage()
              + ". The task stops before it inserts anything that depends on it; nothing is lost."
              + " Check that the topic can be read and written, with transactions, and the broker's"
              + " logs; then restart the task.",
          e);
    }
    log.warn(
        "Progress of {} could not be read or written, trying again in {} ms and for at most 2"
            + " minutes; inserts of the partition wait until then, check the brokers if this"
            + " persists: {}",
        id,
        PAUSE_MS,
        e.toString());
    time.sleep(PAUSE_MS);
    if (Thread.currentThread().isInterrupted()) {
      throw new InterruptException("interrupted between two writes of " + id);
    }
  }

  private synchronized @Nullable Producer<byte[], byte[]> current() {
    return producer;
  }

  private void closeProducer(Duration timeout) {
    Producer<byte[], byte[]> open;
    synchronized (this) {
      open = producer;
      producer = null;
    }
    if (open != null) {
      Utils.closeQuietly(() -> open.close(timeout), "progress producer");
    }
  }

  @Override
  public void close() {
    closed = true;
    closeProducer(Duration.ZERO);
  }
}
