package dev.tributary.connect.join.right;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The end-offset requests of a right topic, from being made until they are fulfilled. Those made
 * while another one is being looked up are looked up together.
 *
 * <p>{@link #request} and {@link #close} may be called on any thread; everything else belongs to
 * the thread that reads the topic.
 */
final class EndOffsetRequests {

  private final Runnable wakeup;

  /** Guarded by this: made, and not taken up by the reading thread. */
  private @Nullable EndOffsetRequest made;

  /** Guarded by this. */
  private boolean closed;

  /** Taken up; their end offsets are not known yet. */
  private final List<EndOffsetRequest> pending = new ArrayList<>();

  /** Their end offsets are known and not reached. */
  private final List<EndOffsetRequest> unreached = new ArrayList<>();

  /**
   * @param first looked up before any other
   * @param wakeup interrupts the poll of the reading thread
   */
  EndOffsetRequests(EndOffsetRequest first, Runnable wakeup) {
    this.pending.add(first);
    this.wakeup = wakeup;
  }

  /** A request for the end offsets that the topic has from now on; done at once when closed. */
  EndOffsetRequest request() {
    EndOffsetRequest request;
    synchronized (this) {
      if (made != null) {
        return made;
      }
      request = new EndOffsetRequest();
      made = request;
      if (closed) {
        request.end();
        return request;
      }
    }
    wakeup.run();
    return request;
  }

  /**
   * Takes up what was requested: everything that is looked up from now on is newer than it.
   *
   * @return whether anything waits for {@link #lookUp}
   */
  boolean takeUp() {
    synchronized (this) {
      if (made != null) {
        pending.add(made);
        made = null;
      }
    }
    return !pending.isEmpty();
  }

  /** Looks up the end offsets for what was taken up; if that fails, the next call does. */
  void lookUp(Consumer<byte[], byte[]> consumer, long nowMs) {
    Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
    pending.forEach(request -> request.lookedUp(nowMs, ends));
    unreached.addAll(pending);
    pending.clear();
  }

  /** The end offsets of all requests are looked up again, since the topic is another one. */
  void restart() {
    pending.addAll(unreached);
    unreached.clear();
  }

  /**
   * Takes out the requests whose end offsets the consumer has reached; if it is woken up meanwhile,
   * none.
   */
  List<EndOffsetRequest> takeReached(Consumer<byte[], byte[]> consumer) {
    List<EndOffsetRequest> reached = new ArrayList<>();
    for (EndOffsetRequest request : unreached) {
      if (isReached(request, consumer)) {
        reached.add(request);
      }
    }
    unreached.removeAll(reached);
    return reached;
  }

  private static boolean isReached(EndOffsetRequest request, Consumer<byte[], byte[]> consumer) {
    for (Map.Entry<TopicPartition, Long> end : request.ends().entrySet()) {
      // A position, not a record: the last offsets may be control records or compacted away.
      if (consumer.position(end.getKey()) < end.getValue()) {
        return false;
      }
    }
    return true;
  }

  /** Ends the request that is not taken up, and every later one. */
  synchronized void close() {
    closed = true;
    if (made != null) {
      made.end();
    }
  }

  /** Closes, and ends every request. */
  void endAll() {
    close();
    unreached.forEach(EndOffsetRequest::end);
    pending.forEach(EndOffsetRequest::end);
  }
}
