package dev.tributary.connect.record;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.foreign.MatrixValues;
import dev.tributary.foreign.OddValues;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.connect.errors.DataException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;

/** Odd values for tests, and what must hold of all code that meets one. */
public final class OddValue {

  /** How many values a property tries; {@code -Dtributary.odd.values=50000} is the long run. */
  private static final int COUNT = Integer.getInteger("tributary.odd.values", 2_000);

  private static final long SEED = Long.getLong("tributary.odd.seed", 15);
  private static final long MOST_CPU_NS = 50_000_000;
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private OddValue() {}

  /** One of every kind, then random ones. */
  public static List<MatrixValues.Value> some() {
    List<MatrixValues.Value> all = OddValues.all();
    List<MatrixValues.Value> some = new ArrayList<>(all);
    Random random = new Random(SEED);
    while (some.size() < COUNT) {
      some.add(OddValues.random(random, all));
    }
    return some;
  }

  /**
   * Runs code on a value: it ends within 50 ms of processor time, and throws nothing or a {@code
   * refusal}.
   *
   * @return what was thrown
   */
  public static @Nullable Throwable meets(
      String what, Class<? extends Throwable> refusal, ThrowingCallable code) {
    long spent = 0;
    for (int attempt = 0; attempt < 3; attempt++) { // the first may pay for the compiler
      long before = THREADS.getCurrentThreadCpuTime();
      Throwable thrown = null;
      try {
        code.call();
      } catch (Throwable e) {
        thrown = e;
      }
      spent = THREADS.getCurrentThreadCpuTime() - before;
      if (thrown != null && !refusal.isInstance(thrown)) {
        throw new AssertionError(what + ": " + thrown, thrown);
      }
      if (spent <= MOST_CPU_NS) {
        return thrown;
      }
    }
    return failed(what + " takes " + spent / 1_000_000 + " ms of processor time");
  }

  /** The same of code whose refusal is an error of its record. */
  public static @Nullable Throwable meets(String what, ThrowingCallable code) {
    return meets(what, DataException.class, code);
  }

  private static @Nullable Throwable failed(String message) {
    assertThat(message).isEmpty();
    return null;
  }
}
