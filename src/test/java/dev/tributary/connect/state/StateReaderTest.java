package dev.tributary.connect.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.kafka.StateUnavailableError;
import dev.tributary.connect.util.ManualTime;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StateReaderTest {

  private static final TopicPartition PARTITION = new TopicPartition("orders-state", 2);

  private final MockConsumer<ByteBuffer, ByteBuffer> consumer = new MockConsumer<>("earliest");
  private final ManualTime time = new ManualTime();
  private final AtomicLong remaining = new AtomicLong(-1);
  private final StateReader reader =
      new StateReader(consumer, "orders-state", time, "test", remaining::set);
  private final List<String> seen = new ArrayList<>();

  @BeforeEach
  void topic() {
    consumer.updateBeginningOffsets(Map.of(PARTITION, 0L));
    consumer.setMaxPollRecords(2);
  }

  private void record(long offset, @Nullable String value) {
    consumer.addRecord(
        new ConsumerRecord<>(
            "orders-state", 2, offset, bytes("k" + offset), value == null ? null : bytes(value)));
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  private long read(long from) {
    Recorder recorder = new Recorder(2, from);
    reader.read(List.of(recorder));
    return recorder.end;
  }

  private class Recorder implements StateReader.Reading {
    private final int partition;
    private final long from;
    long end = -1;

    Recorder(int partition, long from) {
      this.partition = partition;
      this.from = from;
    }

    @Override
    public int partition() {
      return partition;
    }

    @Override
    public long from() {
      return from;
    }

    @Override
    public void visit(ByteBuffer key, ByteBuffer value) {
      seen.add(
          StandardCharsets.UTF_8.decode(key.duplicate())
              + "="
              + StandardCharsets.UTF_8.decode(value.duplicate()));
    }

    @Override
    public void ended(long end) {
      this.end = end;
    }
  }

  @Test
  void reads_everything_up_to_the_end_and_returns_it() {
    consumer.updateEndOffsets(Map.of(PARTITION, 3L));
    consumer.schedulePollTask(
        () -> {
          record(0, "a");
          record(1, "b");
          record(2, "c");
        });
    assertThat(read(0)).isEqualTo(3);
    assertThat(seen).containsExactly("k0=a", "k1=b", "k2=c");
  }

  @Test
  void starts_at_the_given_offset() {
    consumer.updateEndOffsets(Map.of(PARTITION, 3L));
    consumer.schedulePollTask(() -> record(2, "c"));
    assertThat(read(2)).isEqualTo(3);
    assertThat(seen).containsExactly("k2=c");
  }

  @Test
  void does_not_wait_for_what_arrives_after_the_start() {
    consumer.updateEndOffsets(Map.of(PARTITION, 2L));
    consumer.schedulePollTask(
        () -> {
          record(0, "a");
          record(1, "b");
          consumer.updateEndOffsets(Map.of(PARTITION, 1000L));
          record(2, "later");
        });
    assertThat(read(0)).isEqualTo(2);
    assertThat(seen).containsExactly("k0=a", "k1=b");
  }

  @Test
  void the_end_is_a_position_and_not_a_record() {
    consumer.updateEndOffsets(Map.of(PARTITION, 10L));
    consumer.schedulePollTask(() -> record(4, "a"));
    // After it compaction has left nothing, or a transaction its marker.
    consumer.schedulePollTask(() -> consumer.seek(PARTITION, 10));
    assertThat(read(0)).isEqualTo(10);
    assertThat(seen).containsExactly("k4=a");
  }

  @Test
  void an_empty_partition_needs_no_poll() {
    consumer.updateEndOffsets(Map.of(PARTITION, 0L));
    consumer.setPollException(new KafkaException("must not be polled"));
    assertThat(read(0)).isZero();
  }

  @Test
  void records_without_a_value_are_no_state() {
    consumer.updateEndOffsets(Map.of(PARTITION, 2L));
    consumer.schedulePollTask(
        () -> {
          record(0, null);
          record(1, "b");
        });
    read(0);
    assertThat(seen).containsExactly("k1=b");
  }

  @Test
  void a_failure_stops_the_task_with_an_error() {
    consumer.updateEndOffsets(Map.of(PARTITION, 2L));
    consumer.setPollException(new KafkaException("broker on fire"));
    assertThatThrownBy(() -> read(0))
        .isInstanceOf(StateUnavailableError.class)
        .hasMessageContaining("'orders-state', partitions [2]")
        .hasMessageContaining("broker on fire");
  }

  @Test
  void a_reading_that_stands_still_stops_the_task() {
    consumer.updateEndOffsets(Map.of(PARTITION, 2L));
    time.stepPerReading(10_000);
    assertThatThrownBy(() -> read(0))
        .isInstanceOf(StateUnavailableError.class)
        .hasMessageContaining("no progress for 150 s with 2 offsets to go");
  }
}
