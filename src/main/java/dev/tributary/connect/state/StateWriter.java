package dev.tributary.connect.state;

import dev.tributary.connect.kafka.StateUnavailableError;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/**
 * Writes state without waiting; {@link #flush} waits for all of it.
 *
 * <p>A failed send is remembered and fails every later call: from then on state is missing in the
 * topic, and nothing that depends on it may be decided or committed.
 *
 * <p>Used on the task thread; acknowledgements arrive on the producer's.
 */
public final class StateWriter implements AutoCloseable {

  /** Called for each record that is durable, on the producer's thread. */
  @FunctionalInterface
  public interface Acknowledged {
    void at(long offset);
  }

  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  /** The sends between two calls of {@link #durable}. */
  private static final class Phase {
    final CompletableFuture<Void> over = new CompletableFuture<>();
    int inFlight;
    boolean closed;
  }

  private final Producer<byte[], byte[]> producer;
  private final String topic;
  private Phase phase = new Phase();
  private CompletableFuture<Void> before = CompletableFuture.completedFuture(null);
  private volatile @Nullable Exception failure;

  public StateWriter(Producer<byte[], byte[]> producer, String topic) {
    this.producer = producer;
    this.topic = topic;
  }

  /**
   * Sends one record of state.
   *
   * @throws StateUnavailableError if this or an earlier record cannot be written
   */
  public void send(int partition, byte[] key, byte[] value, Acknowledged acknowledged) {
    check();
    Phase its = phase;
    synchronized (its) {
      its.inFlight++;
    }
    try {
      // The callback is called for every failure.
      Future<RecordMetadata> unused =
          producer.send(
              new ProducerRecord<>(topic, partition, key, value),
              (metadata, exception) -> {
                if (exception != null) {
                  failure = exception;
                } else {
                  acknowledged.at(metadata.offset());
                }
                arrived(its);
              });
    } catch (RuntimeException e) { // also of a producer that is closed: the state is missing
      failure = e;
      check();
    }
  }

  private void arrived(Phase its) {
    boolean last;
    synchronized (its) {
      its.inFlight--;
      last = its.closed && its.inFlight == 0;
    }
    if (last) {
      end(its);
    }
  }

  private void end(Phase ended) {
    try {
      check();
      ended.over.complete(null);
    } catch (StateUnavailableError e) {
      ended.over.completeExceptionally(e);
    }
  }

  /**
   * Completes once everything sent so far is durable, on the producer's thread; fails with {@link
   * StateUnavailableError} if it is not. Does not wait itself.
   */
  public CompletableFuture<Void> durable() {
    check();
    Phase closing = phase;
    boolean idle;
    synchronized (closing) {
      closing.closed = true;
      idle = closing.inFlight == 0;
    }
    if (idle) {
      end(closing);
    }
    phase = new Phase();
    before =
        before.isDone() && !before.isCompletedExceptionally()
            ? closing.over
            : CompletableFuture.allOf(before, closing.over);
    return before;
  }

  /**
   * Fails if a record could not be written.
   *
   * @throws StateUnavailableError with the reason
   */
  public void check() {
    Exception e = failure;
    if (e != null) {
      throw new StateUnavailableError(
          "State cannot be written to topic '"
              + topic
              + "': "
              + e.getMessage()
              + ". The task stops before it commits anything that depends on it; no record is"
              + " lost. Check that the topic exists and can be written, and the broker's"
              + " logs; then restart the task.",
          e);
    }
  }

  /**
   * Returns once everything sent so far is durable.
   *
   * @throws StateUnavailableError if it is not
   */
  public void flush() {
    check();
    try {
      producer.flush();
    } catch (KafkaException e) {
      failure = e;
    }
    check();
  }

  @Override
  public void close() {
    producer.close(CLOSE_TIMEOUT);
  }
}
