package dev.tributary.connect.state;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Time;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads partitions of the state topic to the end that they have when the reading starts. */
public final class StateReader implements AutoCloseable {

  /** Takes the records in the order of the topic. */
  @FunctionalInterface
  public interface Visitor {
    void visit(byte[] key, byte[] value);
  }

  private static final Logger log = LoggerFactory.getLogger(StateReader.class);

  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);
  private static final long REPORT_MS = 5000;

  /** Half of the time after which the task would lose its partitions. */
  private static final long STALLED_MS = 150_000;

  private final Consumer<byte[], byte[]> consumer;
  private final String topic;
  private final Time time;
  private final String owner;

  /**
   * A reader of a topic.
   *
   * @param owner who speaks in the log
   */
  public StateReader(Consumer<byte[], byte[]> consumer, String topic, Time time, String owner) {
    this.consumer = consumer;
    this.topic = topic;
    this.time = time;
    this.owner = owner;
  }

  /**
   * Reads a partition.
   *
   * <p>The end is a position, not a record: markers and records taken by compaction may stand last.
   *
   * @param from the first offset to read; below the oldest one that is left means that one
   * @return the end, from which a later reading goes on
   * @throws StateUnavailableError if the end cannot be reached
   */
  public long read(int partition, long from, Visitor visitor) {
    TopicPartition target = new TopicPartition(topic, partition);
    List<TopicPartition> targets = List.of(target);
    try {
      // Assigned first: a consumer warns about offsets of partitions that it does not have.
      consumer.assign(targets);
      Map<TopicPartition, Long> bounds = consumer.endOffsets(targets);
      long end = bounds.getOrDefault(target, 0L);
      if (from < end) {
        if (from > 0) {
          consumer.seek(target, from);
        } else {
          consumer.seekToBeginning(targets);
        }
        readTo(target, end, visitor);
      }
      consumer.unsubscribe();
      return end;
    } catch (KafkaException e) {
      throw new StateUnavailableError(
          "State cannot be read from "
              + target
              + ": "
              + e.getMessage()
              + ". The task stops, nothing is lost. Check that the topic exists and may be read,"
              + " and the broker's logs; then restart the task.",
          e);
    }
  }

  private void readTo(TopicPartition target, long end, Visitor visitor) {
    long start = time.milliseconds();
    long progressed = start;
    long reported = start;
    long count = 0;
    long position = consumer.position(target);
    while (position < end) {
      ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
      for (ConsumerRecord<byte[], byte[]> record : records) {
        if (record.key() != null && record.value() != null) {
          visitor.visit(record.key(), record.value());
        }
      }
      count += records.count();
      long before = position;
      position = consumer.position(target);
      long now = time.milliseconds();
      if (position > before) {
        progressed = now;
      } else if (now - progressed > STALLED_MS) {
        throw new KafkaException(
            "no progress for " + STALLED_MS / 1000 + " s at offset " + position + " of " + end);
      }
      if (now - reported >= REPORT_MS) {
        reported = now;
        log.info(
            "{}: restoring from {}: {} records read, {} offsets to go",
            owner,
            target,
            count,
            Math.max(0, end - position));
      }
    }
    log.debug(
        "{}: read {} records of {} in {} ms", owner, count, target, time.milliseconds() - start);
  }

  @Override
  public void close() {
    consumer.close(CloseOptions.timeout(CLOSE_TIMEOUT));
  }
}
