package dev.tributary.connect.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.kafka.KafkaClients;
import dev.tributary.connect.kafka.KafkaSettings;
import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.KafkaAdmin;
import dev.tributary.stack.Stack;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.utils.Time;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(StackExtension.class)
class StateReaderIT {

  private static final String TOPIC = "state_reader";
  private static final int PARTITIONS = 2;
  private static final int RECORDS = 100;
  private static final int READINGS = 10;

  /** Counts what it is shown. */
  private static final class Counter implements StateReader.Reading {
    private final int partition;
    int records;
    long end = -1;

    Counter(int partition) {
      this.partition = partition;
    }

    @Override
    public int partition() {
      return partition;
    }

    @Override
    public long from() {
      return 0;
    }

    @Override
    public void visit(ByteBuffer key, ByteBuffer value) {
      records++;
    }

    @Override
    public void ended(long at) {
      end = at;
    }
  }

  /** It asks where the topic begins when a fetch at the end is already waiting for more. */
  @Test
  void a_reading_does_not_wait_at_the_end_for_records_that_never_come(Stack stack) {
    try (KafkaAdmin admin = stack.broker().admin();
        KafkaProducer<byte[], byte[]> producer = stack.broker().producer();
        KafkaClients cluster =
            new KafkaClients(
                new KafkaSettings(stack.broker().bootstrapServers(), Map.of()), TOPIC)) {
      admin.createTopic(TOPIC, PARTITIONS);
      for (int i = 0; i < PARTITIONS * RECORDS; i++) {
        byte[] bytes = {(byte) i};
        var unused = producer.send(new ProducerRecord<>(TOPIC, i % PARTITIONS, bytes, bytes));
      }
      producer.flush();

      Instant start = Instant.now();
      for (int i = 0; i < READINGS; i++) {
        read(cluster);
      }
      Duration took = Duration.between(start, Instant.now());

      // A broker makes a fetch wait for half a second unless fetch.max.wait.ms says otherwise.
      assertThat(took).isLessThan(Duration.ofMillis(400L * READINGS));
      admin.deleteTopics(List.of(TOPIC));
    }
  }

  private static void read(KafkaClients cluster) {
    List<Counter> counters = IntStream.range(0, PARTITIONS).mapToObj(Counter::new).toList();
    try (StateReader reader =
        new StateReader(cluster.consumer(), TOPIC, Time.SYSTEM, "test", remaining -> {})) {
      reader.read(counters);
    }
    assertThat(counters).allMatch(counter -> counter.records == RECORDS && counter.end == RECORDS);
  }
}
