package dev.tributary.connect.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.Test;

class RecordCoordinatesTest {

  /** Beyond the small integers that are boxed once and so are equal by identity. */
  private static final int PARTITION = 1_000;

  private static final TopicPartition SOURCE = new TopicPartition("orders", PARTITION);

  private final SinkRecord read = Records.at("orders", PARTITION, 42, 0L, null, "value");

  /** As a router leaves it. */
  private final SinkRecord rerouted =
      read.newRecord("archive", 7, null, null, null, "value", read.timestamp());

  private final SinkRecord made = new SinkRecord(null, 0, null, null, null, "value", 0);

  @Test
  void a_record_that_was_rerouted_keeps_the_partition_it_was_read_from() {
    assertThat(RecordCoordinates.partition(read)).isEqualTo(SOURCE);
    assertThat(RecordCoordinates.partition(rerouted)).isEqualTo(SOURCE);
    assertThat(RecordCoordinates.describe(rerouted))
        .isEqualTo("topic orders partition 1000 offset 42");
  }

  @Test
  void a_record_is_from_its_own_partition_only() {
    assertThat(RecordCoordinates.isFrom(rerouted, SOURCE)).isTrue();
    assertThat(RecordCoordinates.isFrom(rerouted, new TopicPartition("archive", 7))).isFalse();
    assertThat(RecordCoordinates.isFrom(read, new TopicPartition("orders", 0))).isFalse();
    assertThat(RecordCoordinates.isFrom(read, new TopicPartition("users", PARTITION))).isFalse();
  }

  @Test
  void a_record_that_was_not_read_from_a_topic_has_no_partition() {
    assertThat(RecordCoordinates.areKnown(read)).isTrue();
    assertThat(RecordCoordinates.areKnown(made)).isFalse();
    assertThat(RecordCoordinates.isFrom(made, SOURCE)).isFalse();
    assertThatThrownBy(() -> RecordCoordinates.partition(made))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("does not come from a Kafka topic");
  }
}
