package dev.tributary.connect.join;

import dev.tributary.connect.join.right.RightTable;
import dev.tributary.connect.record.HeldValue;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;

/** A left record that waits for its right side. Confined to the task thread. */
final class HeldLeft implements HeldValue {

  /**
   * What holding a left takes besides its record: itself and its key (104), its marker (80), and
   * its entries in {@link HeldLefts} by key (232), by time (40), by arrival (48), by offset (64)
   * and among the awaited keys (40).
   */
  static final long OVERHEAD = 608;

  private final String alias;
  private final SinkRecord record;
  private final TopicPartition partition;
  private final RightTable.Key key;
  private final long time;
  private final long readMs;
  private final long bytes;
  private final boolean unique;

  /** Orders those with equal times. */
  private final long number;

  private SinkRecord marker;

  /**
   * @param alias of the join that holds it
   * @param record as the join got it
   * @param time its event time
   * @param readMs when it was first read, by the wall clock
   * @param unique whether it is counted, because it is no redelivery
   */
  HeldLeft(
      String alias,
      SinkRecord record,
      TopicPartition partition,
      RightTable.Key key,
      long time,
      long readMs,
      long bytes,
      boolean unique,
      long number) {
    this.alias = alias;
    this.record = record;
    this.marker = record;
    this.partition = partition;
    this.key = key;
    this.time = time;
    this.readMs = readMs;
    this.bytes = bytes;
    this.unique = unique;
    this.number = number;
  }

  @Override
  public void replacedBy(SinkRecord replacement) {
    marker = replacement;
  }

  /** The record that the sink has received in its place. */
  SinkRecord marker() {
    return marker;
  }

  SinkRecord record() {
    return record;
  }

  TopicPartition partition() {
    return partition;
  }

  long offset() {
    return record.originalKafkaOffset();
  }

  RightTable.Key key() {
    return key;
  }

  long time() {
    return time;
  }

  long readMs() {
    return readMs;
  }

  long bytes() {
    return bytes;
  }

  boolean isUnique() {
    return unique;
  }

  long number() {
    return number;
  }

  @Override
  public String toString() {
    return "held by " + alias;
  }
}
