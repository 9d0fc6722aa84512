package dev.tributary.connect.dedup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.dedup.ReferenceDedup.Event;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;

/**
 * However a log is replayed, every delivery of a record is decided as in one reading without a
 * fault.
 *
 * <p>A run reads the log, commits now and then, steps back to what is committed, and crashes. After
 * a crash it resumes from the committed offset or below with the marks that are durable: all of
 * those below the committed offset, and any of the others.
 */
class ReplayTest {

  private static final long WINDOW = 100;

  /** Times wander forward by up to a window in three steps, with late and absurd ones between. */
  @Provide
  Arbitrary<List<Event>> logs() {
    Arbitrary<Long> keys = Arbitraries.longs().between(0, 7);
    Arbitrary<Long> jitters =
        Arbitraries.frequencyOf(
            Tuple.of(8, Arbitraries.longs().between(0, 20)),
            Tuple.of(4, Arbitraries.longs().between(-150, 0)),
            Tuple.of(1, Arbitraries.longs().between(-450, -150)),
            Tuple.of(1, Arbitraries.longs().between(90, 130)),
            Tuple.of(1, Arbitraries.just(4_000_000_000L)));
    Arbitrary<Long> steps = Arbitraries.longs().between(0, 30);
    return Combinators.combine(keys, jitters, steps)
        .as((key, jitter, step) -> new long[] {key, jitter, step})
        .list()
        .ofMinSize(1)
        .ofMaxSize(120)
        .map(ReplayTest::log);
  }

  private static List<Event> log(List<long[]> draws) {
    List<Event> log = new ArrayList<>();
    long now = 10_000;
    for (long[] draw : draws) {
      now += draw[2];
      log.add(new Event(draw[0], now + draw[1], draw[1] < 1_000_000));
    }
    return log;
  }

  @Property(tries = 3000, edgeCases = EdgeCasesMode.NONE)
  void every_delivery_is_decided_as_in_a_faultless_run(
      @ForAll("logs") List<Event> log,
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 9) int spacing) {
    new Run(log, new Random(seed), spacing).replay();
  }

  /** One run of a task over a log, with its crashes. */
  private static final class Run {
    private final List<Event> log;
    private final List<Boolean> expected;
    private final Random random;
    private final int spacing;

    /** Offsets of the marks sent since the start; their content follows from the log. */
    private final boolean[] sent;

    private PartitionMarks marks;
    private int committed;

    Run(List<Event> log, Random random, int spacing) {
      this.log = log;
      this.expected = ReferenceDedup.passes(log, WINDOW);
      this.random = random;
      this.spacing = spacing;
      this.sent = new boolean[log.size()];
      this.marks = new PartitionMarks(WINDOW, 0, spacing);
    }

    void replay() {
      int position = 0;
      int faults = 20;
      while (position < log.size()) {
        deliver(position++);
        switch (faults > 0 ? random.nextInt(12) : 0) {
          case 1, 2 -> commit(position);
          case 3 -> {
            faults--;
            position = committed;
          }
          case 4 -> {
            faults--;
            position = crash();
          }
          default -> {}
        }
        marks.index().checkStructure();
      }
    }

    private void deliver(int offset) {
      Event event = log.get(offset);
      Decision decision =
          marks.decide(0, event.key(), offset, event.time(), event.movesStreamTime());
      assertThat(decision.passes())
          .as("record at offset %d, decided %s", offset, decision)
          .isEqualTo(expected.get(offset));
      if (decision.isMarked()) {
        sent[offset] = true;
      }
    }

    private void commit(int position) {
      committed = committed + random.nextInt(position - committed + 1);
      marks.committed(random.nextBoolean() ? committed : random.nextInt(committed + 1));
    }

    private int crash() {
      for (int offset = committed; offset < sent.length; offset++) {
        sent[offset] &= random.nextBoolean();
      }
      // A user's reset or a lost commit makes it start lower than what was committed.
      int resume = random.nextInt(4) == 0 ? random.nextInt(committed + 1) : committed;
      marks = new PartitionMarks(WINDOW, resume, spacing);
      List<Integer> order = new ArrayList<>(IntStream.range(0, sent.length).boxed().toList());
      if (random.nextBoolean()) {
        Collections.shuffle(order, random);
      }
      for (int offset : order) {
        if (sent[offset]) {
          Event event = log.get(offset);
          marks.restore(0, event.key(), offset, event.time(), event.movesStreamTime());
        }
      }
      committed = resume;
      return resume;
    }
  }
}
