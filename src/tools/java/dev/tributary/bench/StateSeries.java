package dev.tributary.bench;

import dev.tributary.bench.BenchRun.Result;
import dev.tributary.stack.Stack;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Runs of a connector with {@code Deduplicate} that holds a number of keys already, and all the
 * time: there is a new key in each millisecond of event time, a window is half as many milliseconds
 * as there are to be keys, and marks live two windows.
 *
 * <p>The keys come first, as records that have nothing else. A run then reads what its round has
 * added: events, every tenth with a repeated key of the window. So the first rows are there when
 * the state has been restored; from then on the rows a second are counted.
 */
final class StateSeries extends ScaleSeries {

  private static final RowShape KEYS =
      new RowShape(
          "event_id UUID",
          "count(), uniqExact(event_id)",
          number -> "{\"event_id\":\"" + BenchEvents.id(number) + "\"}");

  /** Beyond the numbers of the events. */
  private static final long FIRST_KEY = 1L << 40;

  private static final long START = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();
  private static final int ONE_REPEATS_OF = 10;

  private final ExpectedRows reference;
  private final Map<Point, Integer> rounds = new HashMap<>();

  /** Rows of points must be a multiple of 9. */
  StateSeries(Stack stack, String id, String title, String axis, List<Point> points) {
    super(stack, id, title, axis, points);
    this.reference = new ExpectedRows(stack, BenchEvents.SHAPE, PREFIX + "reference");
  }

  @Override
  void fill() {
    for (Point point : points()) {
      String name = topic(point);
      long keys = point.size();
      BenchTopic.create(stack, name, BenchEvents.PARTITIONS);
      long bytes =
          BenchTopic.append(stack, keys, key -> record(name, key, KEYS.json(FIRST_KEY + key), key));
      BenchTopic topic = new BenchTopic(name, KEYS, keys, bytes, keys, keys + "\t" + keys);
      BenchRow row = deduplicating(point);
      // The last batch need not wait.
      row = row.with(row.id(), row.title(), Map.of("batch.max.delay.ms", "500"));
      new BenchRun(stack, row, topic, connector(point)).run();
      rounds.put(point, 0);
    }
  }

  @Override
  BenchRun next(Point point, int round) {
    int ownRound = rounds.merge(point, 1, Integer::sum) - 1;
    String name = topic(point);
    long first = ownRound * point.rows();
    long records = point.rows() * ONE_REPEATS_OF / (ONE_REPEATS_OF - 1);
    long bytes =
        BenchTopic.append(
            stack, records, record -> event(name, point.size(), first, record, ownRound));
    String check = reference.check(first, first + point.rows());
    return new BenchRun(
        stack,
        deduplicating(point),
        new BenchTopic(name, BenchEvents.SHAPE, records, bytes, point.rows(), check),
        connector(point));
  }

  /** One of a round's records. */
  private static ProducerRecord<byte[], byte[]> event(
      String topic, long keys, long first, long record, int round) {
    long now = keys + first + record - record / ONE_REPEATS_OF;
    long key = now;
    if (record % ONE_REPEATS_OF == ONE_REPEATS_OF - 1) {
      // A record is a duplicate within less than a window.
      key = now - 1 - new SplittableRandom(record + round).nextLong(window(keys) - 1);
    }
    long number = key < keys ? FIRST_KEY + key : key - keys;
    return record(topic, key, BenchEvents.json(number), now);
  }

  /** In the partition of its key. */
  private static ProducerRecord<byte[], byte[]> record(
      String topic, long key, byte[] value, long now) {
    return new ProducerRecord<>(topic, BenchEvents.partitionOf(key), START + now, null, value);
  }

  private static long window(long keys) {
    return keys / 2;
  }

  private BenchRow deduplicating(Point point) {
    BenchRow row = row("dedup", point);
    return row.with(
        row.id(), row.title(), Map.of("transforms.dedup.window", window(point.size()) + "ms"));
  }

  private String topic(Point point) {
    return PREFIX + id() + "_" + point.size();
  }

  /** The same in all rounds, so that it continues with its own state. */
  private String connector(Point point) {
    return CONNECTORS + id() + "-" + point.size();
  }

  @Override
  double rate(Result result) {
    return (result.late().rows() - result.first().rows())
        / (result.late().seconds() - result.first().seconds());
  }
}
