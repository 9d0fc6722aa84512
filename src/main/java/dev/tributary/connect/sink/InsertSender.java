package dev.tributary.connect.sink;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.apache.kafka.connect.errors.ConnectException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends batches on threads of its own, and retries each until ClickHouse has taken it or has said
 * that it cannot be inserted as it is.
 *
 * <p>Threading: used by the task thread only; the sender threads stay inside.
 */
final class InsertSender implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(InsertSender.class);

  /** After so many times of pressure a batch is handed back, to be made smaller. */
  private static final int PATIENCE_UNDER_PRESSURE = 3;

  /** One batch on its way; {@code abandoned} is open until nobody wants it to arrive any more. */
  private record InFlight(Batch batch, CountDownLatch abandoned) {
    boolean isAbandoned() {
      return abandoned.getCount() == 0;
    }
  }

  private record Sending(InFlight what, Future<Outcome> outcome) {}

  private final String name;
  private final InsertTarget target;
  private final Delivery delivery;
  private final RetryPolicy retry;
  private final int maxInFlight;
  private final ExecutorService threads;
  private final RetryLog retries;
  private final Deque<Sending> inFlight = new ArrayDeque<>();

  /**
   * @param name who speaks, in logs and thread names
   */
  InsertSender(
      String name, InsertTarget target, Delivery delivery, RetryPolicy retry, int maxInFlight) {
    this.name = name;
    this.target = target;
    this.delivery = delivery;
    this.retry = retry;
    this.maxInFlight = maxInFlight;
    this.retries = new RetryLog(name);
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

  /** Whether inserts fail at the moment, so that waiting for one is of no use. */
  boolean isFailing() {
    return retries.isFailing();
  }

  /** Starts to insert the batch, which belongs to the sender until its outcome is taken. */
  void send(Batch batch) {
    InFlight what = new InFlight(batch, new CountDownLatch(1));
    inFlight.add(new Sending(what, threads.submit(() -> insert(what))));
  }

  /** The batches under way. */
  List<Batch> batches() {
    return inFlight.stream().map(sending -> sending.what.batch).toList();
  }

  /** Sends these batches no more; their outcomes come all the same. */
  void abandon(Predicate<Batch> which) {
    for (Sending sending : inFlight) {
      if (which.test(sending.what.batch)) {
        sending.what.abandoned.countDown();
      }
    }
  }

  /**
   * Hands over the batches whose sending has ended, in the order in which they were sent.
   *
   * @throws ConnectException when one was not sent because of a fault of our own; it stays in
   *     {@link #batches}
   */
  List<Outcome> takeOutcomes() {
    List<Outcome> outcomes = new ArrayList<>();
    Iterator<Sending> all = inFlight.iterator();
    while (all.hasNext()) {
      Sending sending = all.next();
      if (sending.outcome.isDone()) {
        if (!outcomes.isEmpty() && hasThrown(sending.outcome)) {
          return outcomes; // next time it throws, and stays in flight
        }
        Outcome outcome = result(sending.outcome);
        outcomes.add(sending.what.isAbandoned() ? outcome.abandon() : outcome);
        all.remove();
      }
    }
    return outcomes;
  }

  private static boolean hasThrown(Future<Outcome> done) {
    try {
      done.get();
      return false;
    } catch (ExecutionException e) {
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  private static Outcome result(Future<Outcome> done) {
    try {
      return done.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw e.getCause() instanceof ConnectException failure
          ? failure
          : new ConnectException("An insert failed", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ConnectException("Interrupted", e);
    }
  }

  /** Waits until an insert has ended, at most so many milliseconds; returns whether one has. */
  boolean awaitOne(long ms) {
    Sending oldest = inFlight.peek();
    if (oldest == null) {
      return true;
    }
    try {
      oldest.outcome.get(ms, TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (ExecutionException e) {
      return true; // told by takeOutcomes
    }
  }

  private Outcome insert(InFlight what) {
    Batch batch = what.batch;
    boolean uncertain = false;
    int pressed = 0;
    long started = System.nanoTime();
    for (int attempt = 1; ; attempt++) {
      try {
        if (delivery.beforeAttempt(batch, attempt, uncertain)) {
          target.insert(batch);
          delivery.afterAnswer(batch, uncertain);
        }
        retries.succeeded();
        log.debug("{} inserted {}", name, batch);
        return Outcome.acknowledged(batch, uncertain);
      } catch (InsertException e) {
        uncertain |= e.isUncertain();
        pressed += e.failure() == Failure.PRESSURE ? 1 : 0;
        long elapsedMs = elapsedMs(started);
        boolean givesUp = retry.givesUpAfter(elapsedMs);
        if (what.isAbandoned() || (givesUp && e.failure() != Failure.PRESSURE)) {
          return Outcome.failed(batch, e, uncertain);
        }
        if (!e.failure().isRetried() || givesUp || pressed >= PATIENCE_UNDER_PRESSURE) {
          Optional<Outcome> outcome = handBack(batch, e, uncertain);
          if (outcome.isPresent()) {
            return outcome.get();
          }
        }
        boolean elsewhere = e.failure() == Failure.UNREACHABLE && target.hasAnotherServer();
        long delayMs = elsewhere ? 0 : retry.delayMs(attempt);
        retries.failed(batch, attempt, delayMs, e);
        if (isAbandonedWithin(what, delayMs)) {
          return Outcome.failed(batch, e, uncertain);
        }
      }
    }
  }

  /** Empty when it is not known at the moment what of the batch is there. */
  private Optional<Outcome> handBack(Batch batch, InsertException failure, boolean uncertain) {
    try {
      delivery.beforeHandBack(batch, uncertain);
      return Optional.of(Outcome.failed(batch, failure, uncertain));
    } catch (InsertException e) {
      return e.failure().isRetried()
          ? Optional.empty()
          : Optional.of(Outcome.failed(batch, e, true));
    }
  }

  private static long elapsedMs(long startedNs) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startedNs);
  }

  private static boolean isAbandonedWithin(InFlight what, long ms) {
    try {
      return what.abandoned.await(ms, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true; // the sender is being closed
    }
  }

  /** Ends the threads without waiting for what is under way. */
  @Override
  public void close() {
    abandon(batch -> true);
    threads.shutdownNow();
  }
}
