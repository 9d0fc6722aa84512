package dev.tributary.connect;

import dev.tributary.connect.DeliveryFaults.Fault;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.config.Configurator;

/**
 * Runs schedules of {@link DeliveryModel} with successive seeds, as many at a time as there are
 * processors. {@code ./tributary model} runs a million.
 */
public final class DeliverySchedules {

  private static final int MOST_FAILURES = 5;

  private final long first;
  private final int count;
  private final AtomicInteger begun = new AtomicInteger();
  private final List<String> failures = new ArrayList<>();

  /** How often two faults happened in one schedule; one fault alone on the diagonal. */
  private final Map<Fault, Map<Fault, Integer>> together = new EnumMap<>(Fault.class);

  private long ms;

  DeliverySchedules(long first, int count) {
    this.first = first;
    this.count = count;
  }

  static long randomSeed() {
    return new SecureRandom().nextInt(Integer.MAX_VALUE);
  }

  DeliverySchedules run() throws InterruptedException {
    Level level = LogManager.getRootLogger().getLevel();
    Configurator.setRootLevel(Level.OFF);
    long startedNs = System.nanoTime();
    int threads = Runtime.getRuntime().availableProcessors();
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      for (int thread = 0; thread < threads; thread++) {
        pool.execute(this::runSome);
      }
      pool.shutdown();
      while (!pool.awaitTermination(1, TimeUnit.MINUTES)) {}
    } finally {
      pool.shutdownNow();
      Configurator.setRootLevel(level);
    }
    ms = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startedNs);
    return this;
  }

  private void runSome() {
    for (int i = begun.getAndIncrement(); i < count && !isFailed(); i = begun.getAndIncrement()) {
      long seed = first + i;
      try {
        DeliveryModel model = new DeliveryModel(seed);
        try {
          model.run();
        } catch (Throwable e) {
          failed(seed, model.happened(), e);
        }
        count(model.happened());
      } catch (Throwable e) {
        failed(seed, Set.of(), e);
      }
    }
  }

  private synchronized boolean isFailed() {
    return failures.size() >= MOST_FAILURES;
  }

  private synchronized void failed(long seed, Set<Fault> happened, Throwable e) {
    failures.add("seed " + seed + " with " + happened + ": " + e);
  }

  private synchronized void count(Set<Fault> happened) {
    for (Fault one : happened) {
      Map<Fault, Integer> row = together.computeIfAbsent(one, key -> new EnumMap<>(Fault.class));
      happened.forEach(other -> row.merge(other, 1, Integer::sum));
    }
  }

  /** The schedules that ended with other rows than they should, with their seeds. */
  List<String> failures() {
    return failures;
  }

  /** The pairs of faults that never happened in one schedule. */
  List<String> missing() {
    List<String> missing = new ArrayList<>();
    for (Fault one : Fault.values()) {
      for (Fault other : Fault.values()) {
        if (times(one, other) == 0) {
          missing.add(one + " with " + other);
        }
      }
    }
    return missing;
  }

  private int times(Fault one, Fault other) {
    return together.getOrDefault(one, Map.of()).getOrDefault(other, 0);
  }

  String report() {
    StringBuilder text =
        new StringBuilder(
            "%d schedules of %d steps and %d partitions from seed %d in %d s; in how many of them"
                .formatted(
                    Math.min(count, begun.get()),
                    DeliveryModel.STEPS,
                    DeliveryModel.PARTITIONS,
                    first,
                    ms / 1_000));
    text.append(" two faults happened:%n%-9s".formatted(""));
    for (Fault column : Fault.values()) {
      text.append("%9s".formatted(column));
    }
    for (Fault fault : Fault.values()) {
      text.append("%n%-9s".formatted(fault));
      for (Fault other : Fault.values()) {
        text.append("%9d".formatted(times(fault, other)));
      }
    }
    return text.toString();
  }

  /** Takes {@code --schedules N} and {@code --seed N}; exits with 1 if a schedule fails. */
  public static void main(String[] args) throws InterruptedException {
    int count = 1_000_000;
    long first = randomSeed();
    for (int i = 0; i < args.length; i += 2) {
      String value = i + 1 < args.length ? args[i + 1] : "";
      if (!value.matches("\\d{1,9}")) {
        usage();
      } else if (args[i].equals("--schedules")) {
        count = Integer.parseInt(value);
      } else if (args[i].equals("--seed")) {
        first = Long.parseLong(value);
      } else {
        usage();
      }
    }
    DeliverySchedules schedules = new DeliverySchedules(first, count).run();
    System.out.println(schedules.report());
    schedules.failures().forEach(System.out::println);
    System.exit(schedules.failures().isEmpty() ? 0 : 1);
  }

  private static void usage() {
    System.err.println("tributary: options of model are --schedules N and --seed N");
    System.exit(2);
  }
}
