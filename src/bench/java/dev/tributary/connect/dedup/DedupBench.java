package dev.tributary.connect.dedup;

import static dev.tributary.connect.dedup.KeyStream.mix;
import static dev.tributary.connect.dedup.KeyStream.time;

import dev.tributary.bench.Machine;
import dev.tributary.connect.dedup.index.MarkIndex;
import dev.tributary.connect.dedup.index.MarkSegment;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongConsumer;
import org.apache.kafka.common.Uuid;

/**
 * What deduplication costs: memory of a mark, decisions a second on one thread, marks restored a
 * second, bytes of a mark in the state topic.
 *
 * <p>Run it with
 *
 * <pre>
 *   mvn -q -Pbench test-compile exec:exec@bench
 *   mvn -q -Pbench test-compile exec:exec@bench -Dbench.heap=7g -Dbench.args="--keys 200000000"
 * </pre>
 *
 * A stream of new keys fills the window and its grace with the given number of marks, then
 * continues with one duplicate in ten records while marks expire as fast as they are made. Hashes
 * are random, as those of keys are; making them is part of each figure. Rates are per second of
 * processor time of the one thread, so that other programs on the machine matter less; the
 * collector's threads come on top. The heap is measured after a collection, at points a fortieth of
 * the way apart, so that all stages of growing are met. The rival is a {@link HashMap} from hash to
 * mark.
 */
final class DedupBench {

  private static final int COMMIT_EVERY = 10_000;
  private static final int HEAP_SAMPLES = 20;
  private static final int RESTORE_CHUNK = 100_000;
  private static final long RIVAL_KEYS = 2_000_000;

  private final long keys;
  private final PrintStream out;
  private final KeyStream stream;

  private record Hash(long high, long low) {}

  private record Mark(long offset, long time, boolean movesStreamTime) {}

  private DedupBench(long keys, PrintStream out) {
    this.keys = keys;
    this.out = out;
    this.stream = new KeyStream(keys);
  }

  public static void main(String[] args) {
    long keys = 10_000_000;
    if (args.length == 2 && args[0].equals("--keys")) {
      keys = Long.parseLong(args[1]);
    } else if (args.length > 0) {
      throw new IllegalArgumentException("The one option is --keys <number>");
    }
    new DedupBench(Math.min(keys, 1_000_000), silent()).run();
    run(keys, System.out);
  }

  /** Runs everything with the given number of keys. */
  static void run(long keys, PrintStream out) {
    out.print(Machine.describe());
    new DedupBench(keys, out).run();
  }

  private static PrintStream silent() {
    return new PrintStream(PrintStream.nullOutputStream(), false, StandardCharsets.UTF_8);
  }

  private void run() {
    out.printf(Locale.ROOT, "marks    %,d%n", keys);
    live();
    restore();
    wire();
    rival();
  }

  /** In a method of its own, so that the marks are gone before others are restored. */
  private void live() {
    PartitionMarks marks = new PartitionMarks(stream.window(), 0);
    memory(marks);
    decisions(marks);
  }

  private void memory(PartitionMarks marks) {
    long before = heap();
    double measured = 0;
    double counted = 0;
    double nanos = 0;
    long from = 0;
    for (int sample = 0; sample <= HEAP_SAMPLES; sample++) {
      // From a half of the marks on, so that every segment goes through all stages.
      long to = keys / 2 + keys / 2 * sample / HEAP_SAMPLES;
      long start = now();
      for (long i = from; i < to; i++) {
        accept(marks, i);
      }
      nanos += now() - start;
      from = to;
      measured = Math.max(measured, (double) (heap() - before) / to);
      counted = Math.max(counted, (double) (marks.bytes() + largestSegment()) / to);
    }
    row("bytes per mark, heap after a collection", (double) (heap() - before) / from, "%.1f");
    row("bytes per mark, heap, most while growing", measured, "%.1f");
    row("bytes per mark, own count", (double) marks.bytes() / from, "%.1f");
    row("bytes per mark, own count, most while growing", counted, "%.1f");
    row("new keys into a growing index, decisions/s", from / nanos * 1e9, "%,.0f");
  }

  private static long largestSegment() {
    return MarkSegment.bytes(8192, 32);
  }

  private void decisions(PartitionMarks marks) {
    long records = Math.max(1000, Math.min(keys, 20_000_000));
    long[] next = {marks.next()};
    rate(
        "9 new, 1 duplicate, moving window, decisions/s",
        records,
        i -> {
          long offset = next[0]++;
          boolean duplicate = stream.isDuplicate(offset);
          long key = duplicate ? stream.earlier(offset) : offset;
          Decision decision =
              marks.decide(mix(2 * key), mix(2 * key + 1), offset, time(offset), true);
          expect(decision == (duplicate ? Decision.DUPLICATE : Decision.ACCEPTED));
          if (offset % COMMIT_EVERY == 0) {
            marks.committed(offset);
          }
        });
    long dropped = next[0];
    rate(
        "duplicates of random marks, decisions/s",
        records,
        i -> {
          long key = stream.earlier(dropped);
          Decision decision =
              marks.decide(mix(2 * key), mix(2 * key + 1), next[0]++, time(dropped), true);
          expect(decision == Decision.DUPLICATE);
        });
    MarkIndex index = marks.index();
    rate(
        "look-ups of random keys that are not there/s",
        records,
        i -> {
          index.seek(mix(-2 * i - 2), mix(-2 * i - 1));
          expect(!index.next());
        });
    row("bytes per mark, own count, moving window", (double) marks.bytes() / keys, "%.1f");
  }

  private void restore() {
    MarkCodec codec = new MarkCodec("connector", "dedup", Uuid.ZERO_UUID, List.of("id"));
    PartitionMarks restored = new PartitionMarks(stream.window(), keys);
    long marks = Math.min(keys, 10_000_000);
    double nanos = 0;
    double bytes = 0;
    MarkBlock block = new MarkBlock();
    List<ByteBuffer> recordKeys = new ArrayList<>();
    List<ByteBuffer> values = new ArrayList<>();
    for (long from = 0; from < marks; from += RESTORE_CHUNK) {
      recordKeys.clear();
      values.clear();
      long to = Math.min(marks, from + RESTORE_CHUNK);
      for (long key = from; key < to; key++) {
        block.add(mix(2 * key), mix(2 * key + 1), key, time(key), true);
        if (block.isFull() || key == to - 1) {
          byte[] value = block.take();
          byte[] recordKey = codec.key(0, value);
          bytes += recordKey.length + value.length;
          recordKeys.add(ByteBuffer.wrap(recordKey));
          values.add(ByteBuffer.wrap(value));
        }
      }
      long start = now();
      for (int i = 0; i < values.size(); i++) {
        if (codec.isOwn(recordKeys.get(i), 0)) {
          MarkCodec.read(values.get(i), restored::restore);
        }
      }
      nanos += now() - start;
    }
    expect(restored.size() == marks);
    restored.release();
    row("marks decoded and restored/s", marks / nanos * 1e9, "%,.0f");
    row("bytes of a mark in the state topic", bytes / marks, "%.1f");
  }

  /** In front of a sink that is not Tributary's. */
  private void wire() {
    MarkCodec codec = new MarkCodec("connector", "dedup", Uuid.ZERO_UUID, List.of("id"));
    MarkBlock block = new MarkBlock();
    block.add(1, 2, 1_000_000_000, time(0), true);
    byte[] value = block.take();
    row("... of one in a record of its own", codec.key(3, value).length + value.length, "%.0f");
  }

  private void rival() {
    long number = Math.min(keys, RIVAL_KEYS);
    long before = heap();
    Map<Hash, Mark> map = new HashMap<>();
    double nanos = now();
    for (long i = 0; i < number; i++) {
      map.putIfAbsent(new Hash(mix(2 * i), mix(2 * i + 1)), new Mark(i, time(i), true));
    }
    nanos = now() - nanos;
    out.printf(Locale.ROOT, "rival    HashMap, %,d marks%n", number);
    row("bytes per mark, heap after a collection", (double) (heap() - before) / number, "%.1f");
    row("new keys into a growing map/s", number / nanos * 1e9, "%,.0f");
    expect(map.size() == number);
  }

  private static void accept(PartitionMarks marks, long offset) {
    Decision decision =
        marks.decide(mix(2 * offset), mix(2 * offset + 1), offset, time(offset), true);
    expect(decision == Decision.ACCEPTED);
    if (offset % COMMIT_EVERY == 0) {
      marks.committed(offset);
    }
  }

  private void rate(String what, long records, LongConsumer record) {
    long start = now();
    for (long i = 0; i < records; i++) {
      record.accept(i);
    }
    double nanos = now() - start;
    row(what, records / nanos * 1e9, "%,.0f");
  }

  private void row(String what, double value, String format) {
    out.printf(Locale.ROOT, "  %-48s %16s%n", what, String.format(Locale.ROOT, format, value));
  }

  /** The heap in use after a collection. */
  private static long heap() {
    Runtime runtime = Runtime.getRuntime();
    System.gc();
    long used = runtime.totalMemory() - runtime.freeMemory();
    return used;
  }

  /** The time this thread has had a processor, as other programs may want it too. */
  private static long now() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private static void expect(boolean holds) {
    if (!holds) {
      throw new IllegalStateException("Deduplication decided wrongly");
    }
  }
}
