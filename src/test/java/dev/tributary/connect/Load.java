package dev.tributary.connect;

import dev.tributary.stack.DemoEvents;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Sends the demo's events, every eleventh a duplicate, at a steady rate until it is told to stop.
 * The field {@code seen} is the event's number in the stream and tells a repetition of an event
 * from the event itself. Records with the same key go to the same partition.
 */
final class Load implements AutoCloseable {

  private static final long TICK_MS = 20;

  private final DemoEvents events = new DemoEvents(7, new BigDecimal("0.1"), Instant.now());
  private final Pipeline pipeline;
  private final int partitions;
  private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
  private final ScheduledFuture<?> sending;
  private long sent;

  private Load(Pipeline pipeline, int partitions, int perSecond) {
    this.pipeline = pipeline;
    this.partitions = partitions;
    long perTick = perSecond * TICK_MS / 1000;
    this.sending =
        thread.scheduleAtFixedRate(() -> send(perTick), 0, TICK_MS, TimeUnit.MILLISECONDS);
  }

  static Load on(Pipeline pipeline, int partitions, int perSecond) {
    return new Load(pipeline, partitions, perSecond);
  }

  private synchronized void send(long count) {
    for (int i = 0; i < count; i++) {
      DemoEvents.Event event = events.next();
      String json = event.json().replaceFirst("}$", ",\"seen\":" + sent++ + "}");
      int partition = Math.floorMod(event.id().hashCode(), partitions);
      pipeline.send(partition, Instant.now(), event.id(), json);
    }
  }

  /** How many different events have been sent so far. */
  synchronized long uniques() {
    return events.uniques();
  }

  synchronized long sent() {
    return sent;
  }

  /** Stops sending; returns how many different events have been sent. */
  long stop() {
    if (!sending.cancel(false)) {
      throw new AssertionError("The load has ended by itself: a record could not be sent");
    }
    return uniques();
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
