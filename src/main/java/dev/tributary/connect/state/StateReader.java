package dev.tributary.connect.state;

import dev.tributary.connect.kafka.StateUnavailableError;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Time;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads partitions of the state topic to the end offsets that they have when the reading starts.
 *
 * <p>An owner of state may truncate a partition while it is read, after it has appended again what
 * is still needed. So a reading that finds its partition truncated when it reaches the end
 * continues to the end offset that the partition has by then.
 *
 * <p>Confined to one thread at a time.
 */
public final class StateReader implements AutoCloseable {

  /** A partition to be read. */
  public interface Reading {

    int partition();

    /** The first offset to read; if it has been truncated, reading starts at the first one left. */
    long from();

    /**
     * A record of state, in the order of the topic. The buffers are valid during this call only.
     */
    void visit(ByteBuffer key, ByteBuffer value);

    /** Everything has been visited; a later reading may continue from this end. */
    void ended(long end);

    /**
     * Whether the result is no longer wanted; it then ends soon, and {@link #ended} is not called.
     */
    default boolean isCancelled() {
      return false;
    }
  }

  /** A reading in progress. */
  private static final class Running {
    final TopicPartition target;
    final Reading reading;

    /** The beginning of the partition when {@link #end} was looked up. */
    long beginning;

    /** A position, not a record: the last offsets may be control records or compacted away. */
    long end;

    long position;

    Running(TopicPartition target, Reading reading, long beginning, long end) {
      this.target = target;
      this.reading = reading;
      this.beginning = beginning;
      this.end = end;
      this.position = Math.max(beginning, reading.from());
    }
  }

  private static final Logger log = LoggerFactory.getLogger(StateReader.class);

  /** Also how long a cancelled reading continues at most while the broker does not answer. */
  private static final Duration POLL = Duration.ofMillis(100);

  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);
  private static final long REPORT_MS = 3_000;

  /** Half of the time after which the task would lose its partitions. */
  private static final long STALLED_MS = 150_000;

  private final Consumer<ByteBuffer, ByteBuffer> consumer;
  private final String topic;
  private final Time time;
  private final String owner;
  private final LongConsumer remaining;

  private final Map<TopicPartition, Running> running = new HashMap<>();
  private long count;
  private long start;
  private long progressed;
  private long reported;

  /**
   * A reader of a topic.
   *
   * @param owner prefix of log lines
   * @param remaining receives the number of offsets that are still to be read
   */
  public StateReader(
      Consumer<ByteBuffer, ByteBuffer> consumer,
      String topic,
      Time time,
      String owner,
      LongConsumer remaining) {
    this.consumer = consumer;
    this.topic = topic;
    this.time = time;
    this.owner = owner;
    this.remaining = remaining;
  }

  /**
   * Reads partitions, side by side.
   *
   * @param readings at most one for each partition
   * @throws StateUnavailableError if the end cannot be reached
   */
  public void read(Collection<? extends Reading> readings) {
    try {
      begin(readings);
      readToEnds();
      consumer.unsubscribe();
    } catch (KafkaException e) {
      throw new StateUnavailableError(
          "State cannot be read from topic '"
              + topic
              + "', partitions "
              + readings.stream().map(Reading::partition).sorted().toList()
              + ": "
              + e.getMessage()
              + ". The task stops, nothing is lost. Check that the topic exists and may be read,"
              + " and the broker's logs; then restart the task.",
          e);
    } finally {
      running.clear();
      remaining.accept(0);
    }
  }

  private void begin(Collection<? extends Reading> readings) {
    List<TopicPartition> targets =
        readings.stream().map(reading -> new TopicPartition(topic, reading.partition())).toList();
    // Assigned first: a consumer warns about offsets of partitions that it does not have.
    consumer.assign(targets);
    Map<TopicPartition, Long> beginnings = consumer.beginningOffsets(targets);
    Map<TopicPartition, Long> ends = consumer.endOffsets(targets);
    for (Reading reading : readings) {
      TopicPartition target = new TopicPartition(topic, reading.partition());
      Running one =
          new Running(
              target, reading, beginnings.getOrDefault(target, 0L), ends.getOrDefault(target, 0L));
      consumer.seek(target, one.position);
      running.put(target, one);
    }
    count = 0;
    start = time.milliseconds();
    progressed = start;
    reported = start;
  }

  private void readToEnds() {
    while (true) {
      running.values().removeIf(this::isOver);
      remaining.accept(offsetsToGo());
      if (running.isEmpty()) {
        break;
      }
      ConsumerRecords<ByteBuffer, ByteBuffer> records = consumer.poll(POLL);
      for (TopicPartition target : records.partitions()) {
        Running one = running.get(target);
        if (one != null) {
          visit(one.reading, records.records(target));
        }
      }
      count += records.count();
      checkProgress();
    }
    log.debug(
        "{}: read {} records of '{}' in {} ms", owner, count, topic, time.milliseconds() - start);
  }

  private static void visit(Reading reading, List<ConsumerRecord<ByteBuffer, ByteBuffer>> records) {
    for (ConsumerRecord<ByteBuffer, ByteBuffer> record : records) {
      if (record.key() != null && record.value() != null) {
        reading.visit(record.key(), record.value());
      }
    }
  }

  private boolean isOver(Running one) {
    if (!one.reading.isCancelled()) {
      if (one.position < one.end) {
        return false;
      }
      List<TopicPartition> target = List.of(one.target);
      // Its end was looked up last: there was nothing that could have been appended again after it.
      boolean wasEmpty = one.beginning == one.end;
      long beginning =
          wasEmpty ? one.beginning : consumer.beginningOffsets(target).getOrDefault(one.target, 0L);
      if (beginning > one.beginning) {
        one.beginning = beginning;
        one.end = consumer.endOffsets(target).getOrDefault(one.target, 0L);
        return isOver(one);
      }
      one.reading.ended(one.end);
    }
    consumer.pause(List.of(one.target));
    return true;
  }

  private void checkProgress() {
    long now = time.milliseconds();
    for (Running one : running.values()) {
      long position = consumer.position(one.target);
      if (position != one.position) {
        one.position = position;
        progressed = now;
      }
    }
    if (now - progressed > STALLED_MS) {
      throw new KafkaException(
          "no progress for " + STALLED_MS / 1000 + " s with " + offsetsToGo() + " offsets to go");
    }
    if (now - reported >= REPORT_MS) {
      reported = now;
      log.info(
          "{}: restoring from state topic '{}': {} records read, {} a second, {} offsets to go in"
              + " {} partitions",
          owner,
          topic,
          count,
          count * 1000 / Math.max(1, now - start),
          offsetsToGo(),
          running.size());
    }
  }

  private long offsetsToGo() {
    long sum = 0;
    for (Running one : running.values()) {
      sum += Math.max(0, one.end - one.position);
    }
    return sum;
  }

  @Override
  public void close() {
    consumer.close(CloseOptions.timeout(CLOSE_TIMEOUT));
  }
}
