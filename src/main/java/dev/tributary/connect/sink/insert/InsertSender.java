package dev.tributary.connect.sink.insert;

import dev.tributary.connect.sink.batch.Batch;
import dev.tributary.connect.sink.clickhouse.ClickHouse;
import dev.tributary.connect.sink.clickhouse.InsertException;
import dev.tributary.connect.sink.clickhouse.InsertRequest;
import dev.tributary.connect.sink.clickhouse.Remedy;
import dev.tributary.connect.sink.clickhouse.RetryPolicy;
import dev.tributary.connect.util.Background;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.connect.errors.ConnectException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends batches in the background and retries each one until ClickHouse has acknowledged it or has
 * rejected it with an error that a retry cannot fix.
 *
 * <p>Threading: used by the task thread only; the sender threads stay inside. Each insert is used
 * by one thread at a time.
 */
public final class InsertSender implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(InsertSender.class);

  /** A batch is handed back to be halved after this many failures under pressure. */
  private static final int PATIENCE_UNDER_PRESSURE = 3;

  private final String name;
  private final ClickHouse clickHouse;
  private final RetryPolicy retry;
  private final int maxInFlight;
  private final Background threads;
  private final Time time;
  private final RetryLog retries;
  private final Deque<Sending> inFlight = new ArrayDeque<>();

  /**
   * @param name prefix of log lines
   * @param threads closed with this
   */
  public InsertSender(
      String name,
      ClickHouse clickHouse,
      RetryPolicy retry,
      int maxInFlight,
      Background threads,
      Time time) {
    this.name = name;
    this.clickHouse = clickHouse;
    this.retry = retry;
    this.maxInFlight = maxInFlight;
    this.threads = threads;
    this.time = time;
    this.retries = new RetryLog(name, time);
  }

  public boolean hasRoom() {
    return inFlight.size() < maxInFlight;
  }

  public boolean isIdle() {
    return inFlight.isEmpty();
  }

  /** Whether inserts are currently failing, so that waiting for one is of no use. */
  public boolean isFailing() {
    return retries.isFailing();
  }

  /** Starts an insert, which the sender owns until its outcome is taken. */
  public void send(Insert insert) {
    Sending sending = new Sending(insert);
    inFlight.add(sending);
    sending.attemptIn(0);
  }

  /** The inserts in flight. */
  public List<Insert> inserts() {
    return inFlight.stream().map(sending -> sending.insert).toList();
  }

  /** Stops sending these inserts; their outcomes are delivered nevertheless. */
  public void abandon(Predicate<Batch> which) {
    for (Sending sending : inFlight) {
      if (which.test(sending.insert.batch())) {
        sending.abandon();
      }
    }
  }

  /**
   * Takes the outcomes of inserts that have ended, in the order in which they were sent.
   *
   * @throws ConnectException if an insert failed because of a bug or of unavailable state; it stays
   *     in {@link #inserts}
   */
  public List<Outcome> takeOutcomes() {
    List<Outcome> outcomes = new ArrayList<>();
    Iterator<Sending> all = inFlight.iterator();
    while (all.hasNext()) {
      Sending sending = all.next();
      if (sending.outcome.isDone()) {
        if (!outcomes.isEmpty() && sending.outcome.isCompletedExceptionally()) {
          return outcomes; // next time it throws, and stays in flight
        }
        Outcome outcome = result(sending.outcome);
        outcomes.add(sending.isAbandoned() ? outcome.abandon() : outcome);
        all.remove();
      }
    }
    return outcomes;
  }

  private static Outcome result(CompletableFuture<Outcome> done) {
    try {
      return done.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw e.getCause() instanceof ConnectException failure
          ? failure
          : new ConnectException("An insert failed", e.getCause());
    }
  }

  /** Waits at most {@code ms} milliseconds until an insert has ended; returns whether one has. */
  public boolean awaitOne(long ms) {
    Sending oldest = inFlight.peek();
    return oldest == null || threads.await(oldest.outcome, ms);
  }

  /** One insert in flight. */
  private final class Sending {
    final Insert insert;
    final CompletableFuture<Outcome> outcome = new CompletableFuture<>();
    private final long startedNs = time.nanoseconds();
    private int attempts;
    private int pressed;
    private boolean uncertain;

    /**
     * Whether the next attempt is scheduled or waits to be ready, so that no thread uses the
     * insert.
     */
    private boolean waiting;

    /** Whether the rows are no longer needed, since their partitions are revoked. */
    private boolean abandoned;

    /** Why the last attempt failed; null before the first one. */
    private @Nullable InsertException lastFailure;

    Sending(Insert insert) {
      this.insert = insert;
    }

    synchronized boolean isAbandoned() {
      return abandoned;
    }

    /** An attempt in flight is not interrupted; no further one is made. */
    synchronized void abandon() {
      abandoned = true;
      if (waiting) {
        waiting = false;
        endAbandoned();
      }
    }

    private void endAbandoned() {
      InsertException reason = lastFailure;
      outcome.complete(
          Outcome.failed(
              insert,
              reason == null
                  ? InsertException.notSent("its partitions have been revoked", null)
                  : reason));
    }

    void attemptIn(long delayMs) {
      synchronized (this) {
        if (abandoned) {
          endAbandoned();
          return;
        }
        waiting = true;
      }
      if (delayMs > 0) {
        threads.schedule(this::attemptWhenReady, delayMs);
      } else {
        attemptWhenReady();
      }
    }

    private void attemptWhenReady() {
      var unused = insert.whenReady().whenComplete((ready, e) -> threads.execute(this::attempt));
    }

    private void attempt() {
      synchronized (this) {
        if (!waiting) {
          return; // abandoned meanwhile
        }
        waiting = false;
      }
      try {
        attemptNow();
      } catch (Throwable e) { // a bug, or state that cannot be written
        outcome.completeExceptionally(e);
      }
    }

    private void attemptNow() {
      attempts++;
      try {
        if (insert.beforeAttempt(uncertain)) {
          Batch batch = insert.batch();
          clickHouse.insert(
              new InsertRequest(
                  batch.table().id(),
                  batch.columnNames(),
                  insert.token(),
                  insert.lastCheck(),
                  batch::writeTo));
          insert.verify(uncertain);
        }
        retries.succeeded();
        log.debug("{} inserted {}", name, insert.batch());
        outcome.complete(Outcome.acknowledged(insert));
      } catch (InsertException e) {
        afterFailure(e);
      }
    }

    private void afterFailure(InsertException e) {
      lastFailure = e;
      uncertain |= e.isUncertain();
      Remedy remedy = e.kind().remedy();
      boolean halvable = remedy == Remedy.RETRY_THEN_HALVE;
      pressed += halvable ? 1 : 0;
      boolean givesUp =
          retry.givesUpAfter(TimeUnit.NANOSECONDS.toMillis(time.nanoseconds() - startedNs));
      if (isAbandoned() || (givesUp && remedy.isRetry() && !halvable)) {
        outcome.complete(Outcome.failed(insert, e));
        return;
      }
      InsertException again = e;
      if (!remedy.isRetry() || givesUp || (halvable && pressed >= PATIENCE_UNDER_PRESSURE)) {
        try {
          outcome.complete(Outcome.failed(insert, insert.beforeHandBack(e, uncertain)));
          return;
        } catch (InsertException notNow) {
          if ((givesUp && notNow.isOnlyWhole()) || !notNow.kind().isRetried()) {
            outcome.complete(Outcome.failed(insert, notNow));
            return;
          }
          again = notNow;
        }
      }
      boolean elsewhere =
          again.kind().remedy() == Remedy.RETRY_ELSEWHERE && clickHouse.hasAnotherServer();
      long delayMs = elsewhere ? 0 : retry.delayMs(attempts);
      retries.failed(insert.batch(), attempts, delayMs, again);
      attemptIn(delayMs);
    }
  }

  /** Ends the threads without waiting for inserts in flight. */
  @Override
  public void close() {
    abandon(batch -> true);
    threads.close();
  }
}
