package dev.tributary.connect.sink;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.kafka.connect.errors.ConnectException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends batches on threads of its own and retries each until ClickHouse has taken it.
 *
 * <p>Every batch has a random token that it keeps over its retries, so that on a table with a
 * deduplication window a retry of an insert that had arrived after all adds nothing.
 *
 * <p>Threading: used by the task thread only; the sender threads stay inside.
 */
final class InsertSender implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(InsertSender.class);

  private record InFlight(Batch batch, Future<?> done) {}

  private final String name;
  private final ClickHouse clickHouse;
  private final RetryPolicy retry;
  private final int maxInFlight;
  private final ExecutorService threads;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Deque<InFlight> inFlight = new ArrayDeque<>();

  /**
   * @param name who speaks, in logs and thread names
   */
  InsertSender(String name, ClickHouse clickHouse, RetryPolicy retry, int maxInFlight) {
    this.name = name;
    this.clickHouse = clickHouse;
    this.retry = retry;
    this.maxInFlight = maxInFlight;
    this.threads =
        Executors.newFixedThreadPool(
            maxInFlight,
            task -> {
              Thread thread = new Thread(task, "tributary-insert-" + name);
              thread.setDaemon(true);
              return thread;
            });
  }

  boolean hasRoom() {
    return inFlight.size() < maxInFlight;
  }

  boolean isIdle() {
    return inFlight.isEmpty();
  }

  /** Starts to insert the batch, which belongs to the sender until it is taken back. */
  void send(Batch batch) {
    inFlight.add(new InFlight(batch, threads.submit(() -> insert(batch))));
  }

  /** The batches under way. */
  List<Batch> batches() {
    return inFlight.stream().map(InFlight::batch).toList();
  }

  /**
   * Hands back the batches that ClickHouse has taken.
   *
   * @throws ConnectException when a batch cannot be inserted however often it is sent; it stays in
   *     {@link #batches()}, so that its offsets are never committed
   */
  void takeAcknowledged(Consumer<Batch> acknowledged) {
    ConnectException failure = null;
    Iterator<InFlight> all = inFlight.iterator();
    while (all.hasNext()) {
      InFlight one = all.next();
      if (one.done.isDone()) {
        ConnectException failed = failureOf(one.done);
        if (failed == null) {
          all.remove();
          acknowledged.accept(one.batch);
        } else if (failure == null) {
          failure = failed;
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** Waits until an insert has ended, at most so many milliseconds; returns whether one has. */
  boolean awaitOne(long ms) {
    InFlight oldest = inFlight.peek();
    if (oldest == null) {
      return true;
    }
    try {
      oldest.done.get(ms, TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (ExecutionException | CancellationException e) {
      return true; // told by takeAcknowledged
    }
  }

  private static @Nullable ConnectException failureOf(Future<?> done) {
    try {
      done.get();
      return null;
    } catch (ExecutionException e) {
      return e.getCause() instanceof ConnectException failure
          ? failure
          : new ConnectException("An insert failed", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new ConnectException("Interrupted", e);
    }
  }

  private void insert(Batch batch) {
    String token = UUID.randomUUID().toString();
    long started = System.nanoTime();
    for (int attempt = 1; ; attempt++) {
      try {
        clickHouse.insert(batch.table().id().sql(), batch.columnNames(), token, batch::writeTo);
        log.debug("{} inserted {}", name, batch);
        return;
      } catch (Exception e) {
        Failure failure = Failure.of(e);
        long elapsedMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started);
        if (!failure.isRetried() || retry.givesUpAfter(elapsedMs) || closed.getCount() == 0) {
          throw new ConnectException(failureMessage(batch, failure, elapsedMs, e), e);
        }
        if (failure == Failure.UNREACHABLE) {
          clickHouse.failOver();
        }
        long delayMs = retry.delayMs(attempt);
        log.warn(
            "{} could not insert {} (attempt {}), trying again in {} ms: {}",
            name,
            batch,
            attempt,
            delayMs,
            e.getMessage());
        awaitRetry(delayMs);
      }
    }
  }

  private void awaitRetry(long delayMs) {
    try {
      closed.await(delayMs, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String failureMessage(Batch batch, Failure failure, long elapsedMs, Exception e) {
    String advice =
        switch (failure) {
          case DENIED ->
              "check "
                  + SinkConfig.USERNAME
                  + " and "
                  + SinkConfig.PASSWORD
                  + ", and that the user has the right to INSERT";
          case NO_DATABASE, NO_TABLE -> "create it, then restart the task";
          case UNREACHABLE, TRANSIENT ->
              "gave up after " + elapsedMs + " ms, see " + SinkConfig.RETRY_TIMEOUT;
          case PERMANENT ->
              "nothing of the batch is committed; mend the cause and restart the task";
        };
    return "ClickHouse did not take " + batch + ": " + e.getMessage() + " — " + advice;
  }

  /** Ends the threads without waiting; what is under way may still arrive. */
  @Override
  public void close() {
    closed.countDown();
    threads.shutdownNow();
  }
}
