package dev.tributary.connect.record;

import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * Where a record comes from: its topic, partition and offset as the consumer read them. The topic
 * and partition that the record itself shows may be others, since a transform may have changed
 * them; offsets are committed by the original ones.
 *
 * <p>A poll delivers records partition by partition. Code that runs for every record keeps the last
 * partition and asks {@link #isFrom} before {@link #partition}, which allocates an object.
 */
public final class RecordCoordinates {

  private RecordCoordinates() {}

  /** Whether the record was read from a topic. */
  public static boolean areKnown(SinkRecord record) {
    return record.originalTopic() != null && record.originalKafkaPartition() != null;
  }

  /**
   * The partition that the record was read from.
   *
   * @throws DataException if it was not {@link #areKnown read from one}
   */
  public static TopicPartition partition(SinkRecord record) {
    String topic = record.originalTopic();
    Integer partition = record.originalKafkaPartition();
    if (topic == null || partition == null) {
      throw new DataException("The record does not come from a Kafka topic");
    }
    return new TopicPartition(topic, partition);
  }

  /** Whether the record was read from this partition. Allocates nothing. */
  public static boolean isFrom(SinkRecord record, TopicPartition partition) {
    Integer number = record.originalKafkaPartition();
    return number != null
        && number == partition.partition()
        && partition.topic().equals(record.originalTopic());
  }

  /** For logs and errors: {@code topic orders partition 3 offset 42}. */
  public static String describe(SinkRecord record) {
    return "topic "
        + record.originalTopic()
        + " partition "
        + record.originalKafkaPartition()
        + " offset "
        + record.originalKafkaOffset();
  }
}
