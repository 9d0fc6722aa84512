package dev.tributary.connect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.Fixture.Commit;
import dev.tributary.connect.Fixture.Rows;
import dev.tributary.connect.Fixture.Source;
import dev.tributary.connect.Fixture.Stored;
import dev.tributary.connect.dedup.OldMarks;
import dev.tributary.connect.state.StateTopic;
import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.KafkaAdmin;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A connector on everything that an earlier version has left, see {@link Fixture}. Only the id of
 * the source topic is another one, since the broker gives it.
 */
@ExtendWith(StackExtension.class)
class OldStateIT {

  @ParameterizedTest
  @ValueSource(strings = {"orders", "clicks"})
  void a_connector_resumes_where_0_1_0_was_killed(String name, Stack stack) throws Exception {
    Fixture left = Fixture.of("0.1.0", name);
    String late = name + "_late";
    try (KafkaAdmin admin = stack.broker().admin();
        Pipeline pipeline =
            new Pipeline(stack, name, left.connector().partitions(), "id String, at Int64")
                .exactlyOnce()) {
      stack.clickHouse().sql().execute("CREATE TABLE " + late + " AS " + name);
      left.connector().config().forEach(pipeline::with);
      Uuid sourceId = admin.topicId(name);
      for (Source record : left.source()) {
        Instant time = Instant.ofEpochMilli(record.timestamp());
        Map<String, String> headers = record.late() ? Map.of("late", "yes") : Map.of();
        pipeline.send(record.partition(), time, null, record.json(), headers);
      }
      pipeline.flush();
      admin.createTopic(name + "-state", left.connector().partitions(), StateTopic.configOfNew());
      admin.createTopic(name + "-progress", 8, Map.of("cleanup.policy", "compact"));
      writeTopics(stack, left, sourceId);
      writeRows(stack, left);
      commit(admin, left, sourceId);

      pipeline.start();
      pipeline.awaitDone();

      Remains remains = new Remains(stack, name);
      Map<List<Long>, Long> rows = new HashMap<>();
      for (Rows end : remains.rows(List.of(name, late))) {
        rows.merge(List.of((long) end.partition(), end.offset()), end.count(), Long::sum);
      }
      for (Source record : left.source()) {
        assertThat(rows.getOrDefault(List.of((long) record.partition(), record.offset()), 0L))
            .as("rows of %s", record)
            .isEqualTo(record.rowsAtEnd());
      }
      assertThat(remains.connector(Map.of(), left.connector().partitions()).committed())
          .extracting(Commit::metadata)
          .as("a partition that starts over would have another epoch")
          .isEqualTo(
              left.connector().committed().stream()
                  .map(commit -> moved(commit.metadata(), left, sourceId))
                  .toList());
      stack.worker().rest().deleteConnector(name);
      admin.deleteTopics(List.of(name + "-state", name + "-progress"));
      stack.clickHouse().sql().execute("DROP TABLE " + late);
    }
  }

  private static String moved(String text, Fixture left, Uuid sourceId) {
    return text.replace(left.connector().topicId(), sourceId.toString());
  }

  private static void writeTopics(Stack stack, Fixture left, Uuid sourceId) throws Exception {
    String name = left.connector().name();
    OldMarks marks = new OldMarks(left.connector(), sourceId);
    try (KafkaProducer<byte[], byte[]> producer = stack.broker().producer()) {
      for (Stored record : left.state()) {
        byte[] key = marks.key(record.partition(), record.valueBytes());
        write(producer, name + "-state", record, key);
      }
      for (Stored record : left.progress()) {
        String key = new String(record.keyBytes(), StandardCharsets.UTF_8);
        byte[] moved = moved(key, left, sourceId).getBytes(StandardCharsets.UTF_8);
        write(producer, name + "-progress", record, moved);
      }
    }
  }

  private static void write(
      KafkaProducer<byte[], byte[]> producer, String topic, Stored record, byte[] key)
      throws Exception {
    producer
        .send(
            new ProducerRecord<>(
                topic, record.partition(), record.timestamp(), key, record.valueBytes()))
        .get();
  }

  private static void writeRows(Stack stack, Fixture left) {
    for (Rows rows : left.rows()) {
      Source record = left.source(rows.partition()).get((int) rows.offset());
      stack
          .clickHouse()
          .sql()
          .execute(
              "INSERT INTO %s SELECT '%s', %d, '%s', %d, %d FROM numbers(%d)"
                  .formatted(
                      rows.table(),
                      record.id(),
                      record.at(),
                      left.connector().topic(),
                      record.partition(),
                      record.offset(),
                      rows.count()));
    }
  }

  private static void commit(KafkaAdmin admin, Fixture left, Uuid sourceId) throws Exception {
    Map<TopicPartition, OffsetAndMetadata> commits = new HashMap<>();
    for (Commit commit : left.connector().committed()) {
      commits.put(
          left.connector().source(commit.partition()),
          new OffsetAndMetadata(commit.offset(), moved(commit.metadata(), left, sourceId)));
    }
    admin.client().alterConsumerGroupOffsets(left.connector().group(), commits).all().get();
  }
}
