package dev.tributary.connect;

import dev.tributary.stack.KafkaAdmin;
import dev.tributary.stack.Stack;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/** A topic beside the one of a {@link Pipeline}: the right side of a join. Closing deletes it. */
final class SideTopic implements AutoCloseable {

  private final String name;
  private final KafkaProducer<byte[], byte[]> producer;
  private final KafkaAdmin admin;
  private volatile @Nullable Exception failure;

  SideTopic(Stack stack, String name, int partitions, Map<String, String> config) {
    this.name = name;
    this.producer = stack.broker().producer();
    this.admin = stack.broker().admin();
    admin.createTopic(name, partitions, config);
  }

  SideTopic(Stack stack, String name) {
    this(stack, name, 1, Map.of());
  }

  String name() {
    return name;
  }

  void send(Instant timestamp, @Nullable String key, @Nullable String value) {
    send(0, timestamp, key, value);
  }

  @SuppressWarnings("FutureReturnValueIgnored") // flush tells
  void send(int partition, Instant timestamp, @Nullable String key, @Nullable String value) {
    producer.send(
        new ProducerRecord<>(name, partition, timestamp.toEpochMilli(), bytes(key), bytes(value)),
        (metadata, exception) -> {
          if (exception != null) {
            failure = exception;
          }
        });
  }

  private static byte @Nullable [] bytes(@Nullable String text) {
    return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
  }

  /** Returns when Kafka has everything that was sent. */
  SideTopic flush() {
    producer.flush();
    if (failure != null) {
      throw new AssertionError("A record could not be sent", failure);
    }
    return this;
  }

  @Override
  public void close() {
    producer.close();
    admin.deleteTopics(List.of(name));
    admin.close();
  }
}
