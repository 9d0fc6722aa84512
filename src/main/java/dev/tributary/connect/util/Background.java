package dev.tributary.connect.util;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Runs what may block, away from the task thread, and waits for it. Work that is submitted after
 * closing is dropped.
 *
 * <p>Thread-safe.
 */
public interface Background extends Executor, AutoCloseable {

  /** Starts threads. */
  @FunctionalInterface
  interface Factory {
    Background start(String name, int threads);
  }

  /** Runs work after a delay in milliseconds. */
  void schedule(Runnable work, long delayMs);

  /** Waits at most {@code ms} milliseconds until the work is done; returns whether it is. */
  boolean await(CompletableFuture<?> work, long ms);

  /** Interrupts what is running and drops what is not. */
  @Override
  void close();

  /** Daemon threads that end when they have had nothing to do for a while. */
  static Background threads(String name, int threads) {
    ScheduledThreadPoolExecutor pool =
        new ScheduledThreadPoolExecutor(
            threads, DaemonThreads.named(name), new ThreadPoolExecutor.DiscardPolicy());
    pool.setRemoveOnCancelPolicy(true);
    pool.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    pool.setKeepAliveTime(10, TimeUnit.SECONDS);
    pool.allowCoreThreadTimeOut(true);
    return new Background() {
      @Override
      public void execute(Runnable work) {
        pool.execute(work);
      }

      @Override
      @SuppressWarnings("FutureReturnValueIgnored") // the work reports its outcome itself
      public void schedule(Runnable work, long delayMs) {
        pool.schedule(work, delayMs, TimeUnit.MILLISECONDS);
      }

      @Override
      public boolean await(CompletableFuture<?> work, long ms) {
        try {
          work.get(ms, TimeUnit.MILLISECONDS);
          return true;
        } catch (TimeoutException e) {
          return false;
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return false;
        } catch (ExecutionException e) {
          return true;
        }
      }

      @Override
      public void close() {
        pool.shutdownNow();
      }
    };
  }
}
