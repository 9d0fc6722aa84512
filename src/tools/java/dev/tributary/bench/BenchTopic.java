package dev.tributary.bench;

import dev.tributary.stack.KafkaAdmin;
import dev.tributary.stack.Stack;
import dev.tributary.stack.StackException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongFunction;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * A topic with records to be read, the table of the same name, and what the table must hold in the
 * end. The expectation comes from {@link ExpectedRows}.
 *
 * @param records how many records there are to be read
 * @param bytes in their values
 * @param rows how many rows its table will have
 * @param check the expected result of the shape's check
 */
record BenchTopic(String name, RowShape shape, long records, long bytes, long rows, String check) {

  /** Recreates a topic and fills it. */
  static BenchTopic fill(
      Stack stack,
      String name,
      int partitions,
      ExpectedRows reference,
      RowShape shape,
      long records) {
    create(stack, name, partitions);
    long bytes = append(stack, name, partitions, shape, records);
    return new BenchTopic(name, shape, records, bytes, records, reference.check(0, records));
  }

  private static long append(
      Stack stack, String name, int partitions, RowShape shape, long records) {
    return append(
        stack,
        records,
        number ->
            new ProducerRecord<>(name, (int) (number % partitions), null, shape.json(number)));
  }

  /** The same in a topic and a table of another name. */
  BenchTopic renamed(String other) {
    return new BenchTopic(other, shape, records, bytes, rows, check);
  }

  /** Sends the first events, each once, to the topic, which is empty. */
  void appendEvents(Stack stack) {
    append(stack, name, BenchEvents.PARTITIONS, shape, records);
  }

  /** The same, but every tenth event repeats an earlier one. */
  static BenchTopic fillRepeating(Stack stack, String name, ExpectedRows reference, long records) {
    create(stack, name, BenchEvents.PARTITIONS);
    long bytes =
        append(
            stack,
            records,
            record -> {
              long number = BenchEvents.numberOf(record, true);
              return new ProducerRecord<>(
                  name, BenchEvents.partitionOf(number), null, BenchEvents.json(number));
            });
    long rows = BenchEvents.uniques(records, true);
    return new BenchTopic(name, BenchEvents.SHAPE, records, bytes, rows, reference.check(0, rows));
  }

  /** The users of the events, by number, for a join. */
  static void fillUsers(Stack stack, String name) {
    create(stack, name, BenchEvents.PARTITIONS);
    append(
        stack,
        BenchEvents.USERS,
        user ->
            new ProducerRecord<>(
                name,
                (int) (user % BenchEvents.PARTITIONS),
                0L,
                Long.toString(user).getBytes(StandardCharsets.UTF_8),
                ("{\"user_id\":" + user + ",\"tier\":\"tier-" + user % 5 + "\"}")
                    .getBytes(StandardCharsets.UTF_8)));
  }

  /** Makes an empty topic, in place of one that is there. */
  static void create(Stack stack, String name, int partitions) {
    try (KafkaAdmin admin = stack.broker().admin()) {
      if (admin.topics().contains(name)) {
        admin.deleteTopics(List.of(name));
      }
      admin.createTopic(name, partitions, Map.of("retention.ms", "-1"));
    }
  }

  /** Sends {@code records} records, numbered from 0; returns how many bytes their values have. */
  static long append(
      Stack stack, long records, LongFunction<ProducerRecord<byte[], byte[]>> record) {
    long bytes = 0;
    try (KafkaProducer<byte[], byte[]> producer = stack.broker().producer()) {
      AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
      for (long number = 0; number < records; number++) {
        ProducerRecord<byte[], byte[]> next = record.apply(number);
        bytes += next.value().length;
        var unused = producer.send(next, (metadata, e) -> failure.compareAndSet(null, e));
      }
      producer.flush();
      Exception first = failure.get();
      if (first != null) {
        throw new StackException("Kafka did not take an event: " + first.getMessage(), first);
      }
    }
    return bytes;
  }
}
