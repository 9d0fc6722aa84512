package dev.tributary.bench;

import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Server;
import dev.tributary.stack.Stack;
import dev.tributary.stack.WorkerMetrics;
import dev.tributary.stack.WorkerMetrics.LiveThread;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What the servers have used up to a moment.
 *
 * @param worker seconds of processor time, likewise the next two; NaN for a server of the user's
 * @param threads the worker's threads
 */
record Probe(double worker, double broker, double clickHouse, List<LiveThread> threads) {

  private static final Duration PATIENCE = Duration.ofMinutes(10);

  /**
   * What they have used between two moments.
   *
   * @param worker seconds of processor time, likewise the next two
   * @param taskBytes allocated by the threads of sink tasks
   * @param workerBytes allocated by all threads of the worker that still live
   */
  record Use(double worker, double broker, double clickHouse, long taskBytes, long workerBytes) {}

  static Probe of(Stack stack, WorkerMetrics metrics) {
    return new Probe(
        cpuSeconds(stack.worker()),
        cpuSeconds(stack.broker()),
        cpuSeconds(stack.clickHouse()),
        metrics.threads());
  }

  Use since(Probe before) {
    Map<Long, Long> then =
        before.threads.stream().collect(Collectors.toMap(LiveThread::id, LiveThread::allocated));
    return new Use(
        worker - before.worker,
        broker - before.broker,
        clickHouse - before.clickHouse,
        allocated(then, thread -> thread.name().startsWith("task-thread-")),
        allocated(then, thread -> true));
  }

  private long allocated(Map<Long, Long> then, Predicate<LiveThread> which) {
    return threads.stream()
        .filter(which)
        .mapToLong(thread -> thread.allocated() - then.getOrDefault(thread.id(), 0L))
        .sum();
  }

  /** The processor time that a server has had, in seconds; NaN for a server of the user's. */
  static double cpuSeconds(Server server) {
    if (!server.isEmbedded()) {
      return Double.NaN;
    }
    return ProcessHandle.of(server.pid())
        .flatMap(process -> process.info().totalCpuDuration())
        .map(duration -> duration.toNanos() / 1e9)
        .orElse(Double.NaN);
  }

  /**
   * Waits until the pipeline's table has at least {@code rows} rows; returns how many it has then.
   */
  static long awaitRows(Pipeline pipeline, long rows) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      long count = pipeline.count("count()");
      if (count >= rows) {
        return count;
      }
      BenchRun.pause(10, deadline, "Only " + count + " rows arrived");
    }
  }
}
