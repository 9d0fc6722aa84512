package dev.tributary.it.dedup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tributary.connect.dedup.MarkFeed;
import dev.tributary.connect.state.StateTopic;
import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.KafkaAdmin;
import dev.tributary.stack.Pipeline;
import dev.tributary.stack.Stack;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A restore that takes longer than a task may go without polling. */
@ExtendWith(StackExtension.class)
class BigRestoreIT {

  private static final int MARKS = 1_000_000;
  private static final int PARTITIONS = 2;
  private static final Duration MAX_POLL_INTERVAL = Duration.ofSeconds(3);

  @Test
  void the_task_stays_in_its_group_while_it_restores(Stack stack) throws IOException {
    String name = "big_restore";
    try (Pipeline pipeline =
            new Pipeline(stack, name, PARTITIONS, "event_id String")
                .deduplicating("event_id", "1h")
                .with(
                    "consumer.override.max.poll.interval.ms",
                    Long.toString(MAX_POLL_INTERVAL.toMillis()))
                // Half a second for every four megabytes: a fetch waits for more than it may have.
                .with("state.kafka.fetch.min.bytes", "50000000")
                .with("state.kafka.fetch.max.wait.ms", "500")
                .with("state.kafka.max.partition.fetch.bytes", "2000000");
        KafkaAdmin admin = stack.broker().admin()) {
      Instant now = Instant.now();
      for (int partition = 0; partition < PARTITIONS; partition++) {
        pipeline.send(partition, now, null, "{\"event_id\":\"gone\"}");
      }
      pipeline.flush();
      // What the marks stand for has left the topic.
      for (int partition = 0; partition < PARTITIONS; partition++) {
        admin.deleteBefore(new TopicPartition(name, partition), 1);
      }
      writeMarks(stack, admin, name, now);
      long logBefore = Files.size(stack.worker().log().orElseThrow());

      Instant start = Instant.now();
      pipeline.start();
      for (int partition = 0; partition < PARTITIONS; partition++) {
        pipeline.send(partition, now, null, "{\"event_id\":\"m" + (10 + partition) + "\"}");
        pipeline.send(partition, now, null, "{\"event_id\":\"m" + (MARKS - 2 + partition) + "\"}");
        pipeline.send(partition, now, null, "{\"event_id\":\"new" + partition + "\"}");
      }
      await()
          .atMost(Duration.ofSeconds(30))
          .until(
              () ->
                  pipeline.dedupMetric("restore-state") == 1
                      && pipeline.dedupMetric("restore-remaining-records") > 0);
      pipeline.awaitDone();
      Duration took = Duration.between(start, Instant.now());

      assertThat(took).isGreaterThan(MAX_POLL_INTERVAL.multipliedBy(2));
      assertThat(pipeline.select("event_id", "ORDER BY event_id")).containsExactly("new0", "new1");
      assertThat(pipeline.dedupMetric("records-dropped-total")).isEqualTo(4);
      assertThat(pipeline.dedupMetric("keys-held")).isEqualTo(MARKS + 2);
      assertThat(pipeline.dedupMetric("bytes-held")).isGreaterThan(16L * MARKS);
      assertThat(pipeline.dedupMetric("restore-state")).isZero();
      assertThat(pipeline.dedupMetric("restore-remaining-records")).isZero();
      List<String> log =
          Files.readString(stack.worker().log().orElseThrow())
              .substring((int) logBefore)
              .lines()
              .filter(line -> line.contains(name))
              .toList();
      assertThat(log).filteredOn(line -> line.contains("restored 500000 marks of")).hasSize(2);
      assertThat(log)
          .filteredOn(line -> line.matches(".*restoring from .* records read, .* offsets to go.*"))
          .hasSizeGreaterThanOrEqualTo(2);
      assertThat(log)
          .noneMatch(line -> line.contains("poll timeout has expired"))
          .noneMatch(line -> line.contains("partitions lost"));
    }
  }

  private static void writeMarks(Stack stack, KafkaAdmin admin, String name, Instant now) {
    admin.createTopic(name + "-state", PARTITIONS, StateTopic.configOfNew());
    Uuid source = admin.topicId(name);
    try (var producer = stack.broker().producer()) {
      MarkFeed feed =
          new MarkFeed(
              producer, name + "-state", name, "dedup", source, Map.of("key.fields", "event_id"));
      for (int i = 0; i < MARKS; i++) {
        feed.mark("event_id", "m" + i, i % PARTITIONS, 0, now.toEpochMilli());
      }
      feed.flush();
    }
  }
}
