package dev.tributary.bench;

import dev.tributary.stack.KafkaAdmin;
import dev.tributary.stack.Stack;
import dev.tributary.stack.StackException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * A full topic, the table of the same name, and what the table must hold in the end. The
 * expectation comes from ClickHouse's own reader of JSON, which was given the same events.
 *
 * @param records how many records the topic holds
 * @param rows how many rows its table will have
 * @param check the expected result of {@link BenchEvents#CHECK}
 */
record BenchTopic(String name, long records, long rows, String check) {

  private static final int EVENTS_A_STATEMENT = 20_000;
  private static final String REFERENCE = "tributary_bench_reference";

  /** Gives the events to ClickHouse, without Kafka and Connect. */
  static void createReference(Stack stack, long events) {
    var sql = stack.clickHouse().sql();
    sql.execute("DROP TABLE IF EXISTS " + REFERENCE);
    sql.execute(
        "CREATE TABLE "
            + REFERENCE
            + " (number UInt64, "
            + BenchEvents.COLUMNS
            + ") ENGINE = MergeTree ORDER BY number");
    for (long from = 0; from < events; from += EVENTS_A_STATEMENT) {
      StringBuilder insert = new StringBuilder("INSERT INTO " + REFERENCE + " FORMAT JSONEachRow ");
      for (long number = from; number < Math.min(events, from + EVENTS_A_STATEMENT); number++) {
        insert.append("{\"number\":").append(number).append(',');
        insert.append(BenchEvents.text(number), 1, BenchEvents.text(number).length()).append('\n');
      }
      sql.execute(insert.toString());
    }
  }

  /** Fills a topic; the events must be in the reference already. */
  static BenchTopic fill(Stack stack, String name, long records, boolean repeating) {
    try (KafkaAdmin admin = stack.broker().admin();
        KafkaProducer<byte[], byte[]> producer = stack.broker().producer()) {
      create(admin, name);
      AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
      for (long record = 0; record < records; record++) {
        long number = BenchEvents.numberOf(record, repeating);
        var unused =
            producer.send(
                new ProducerRecord<>(
                    name, BenchEvents.partitionOf(number), null, BenchEvents.json(number)),
                (metadata, e) -> failure.compareAndSet(null, e));
      }
      producer.flush();
      throwIfFailed(failure.get());
    }
    long rows = BenchEvents.uniques(records, repeating);
    return new BenchTopic(name, records, rows, expected(stack, rows));
  }

  /** The users of the events, by number, for a join. */
  static void fillUsers(Stack stack, String name) {
    try (KafkaAdmin admin = stack.broker().admin();
        KafkaProducer<byte[], byte[]> producer = stack.broker().producer()) {
      create(admin, name);
      AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
      for (int user = 0; user < BenchEvents.USERS; user++) {
        String json = "{\"user_id\":" + user + ",\"tier\":\"tier-" + user % 5 + "\"}";
        var unused =
            producer.send(
                new ProducerRecord<>(
                    name,
                    user % BenchEvents.PARTITIONS,
                    0L,
                    Integer.toString(user).getBytes(StandardCharsets.UTF_8),
                    json.getBytes(StandardCharsets.UTF_8)),
                (metadata, e) -> failure.compareAndSet(null, e));
      }
      producer.flush();
      throwIfFailed(failure.get());
    }
  }

  private static void create(KafkaAdmin admin, String name) {
    if (admin.topics().contains(name)) {
      admin.deleteTopics(List.of(name));
    }
    admin.createTopic(name, BenchEvents.PARTITIONS, Map.of("retention.ms", "-1"));
  }

  private static void throwIfFailed(@Nullable Exception failure) {
    if (failure != null) {
      throw new StackException("Kafka did not take an event: " + failure.getMessage(), failure);
    }
  }

  /** What {@link BenchEvents#CHECK} gives for the first events. */
  static String expected(Stack stack, long events) {
    return stack
        .clickHouse()
        .sql()
        .query("SELECT " + BenchEvents.CHECK + " FROM " + REFERENCE + " WHERE number < " + events)
        .strip();
  }

  static void dropReference(Stack stack) {
    stack.clickHouse().sql().execute("DROP TABLE IF EXISTS " + REFERENCE);
  }
}
