package dev.tributary.it.dedup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tributary.connect.Deduplicate;
import dev.tributary.connect.dedup.MarkFeed;
import dev.tributary.connect.kafka.KafkaClients;
import dev.tributary.connect.kafka.KafkaSettings;
import dev.tributary.connect.record.Records;
import dev.tributary.connect.state.StateTopic;
import dev.tributary.stack.KafkaAdmin;
import dev.tributary.stack.KafkaBroker;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.internals.PluginMetricsImpl;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A broker that deletes what is a day old, at once, and makes every topic that is asked for. */
class WeekendIT {

  private static final long HOUR = 3_600_000;
  private static final Map<String, String> SETTINGS = Map.of("key.fields", "id", "window", "1h");

  @TempDir private static Path directory;
  private static KafkaBroker broker;

  @BeforeAll
  static void start() {
    broker =
        new KafkaBroker(
            directory,
            Map.of(
                "log.retention.ms", Long.toString(24 * HOUR),
                "log.retention.check.interval.ms", "100",
                "log.initial.task.delay.ms", "100",
                "auto.create.topics.enable", "true"));
    broker.start();
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  private static KafkaClients cluster() {
    Map<String, Object> soon =
        Map.of("request.timeout.ms", "1000", "default.api.timeout.ms", "2000");
    return new KafkaClients(new KafkaSettings(broker.bootstrapServers(), soon), "weekend");
  }

  @Test
  void marks_outlive_a_weekend_without_any_client() throws Exception {
    long friday = System.currentTimeMillis() - 72 * HOUR;
    try (KafkaAdmin admin = broker.admin();
        KafkaProducer<byte[], byte[]> producer = broker.producer();
        KafkaClients cluster = cluster()) {
      admin.createTopic("orders", 1);
      admin.createTopic("forgetful", 1);
      new StateTopic(cluster, "shop-state", Optional.empty(), Time.SYSTEM).prepare("orders", HOUR);
      MarkFeed marks =
          new MarkFeed(producer, "shop-state", "shop", "dedup", admin.topicId("orders"), SETTINGS);
      marks.mark("id", "a", 0, 0, friday);
      marks.flush();
      // Whenever this topic is emptied the broker has looked at all others since the time before.
      for (int round = 1; round <= 2; round++) {
        long written = round;
        producer
            .send(
                new ProducerRecord<>(
                    "forgetful", 0, friday, null, "old".getBytes(StandardCharsets.UTF_8)))
            .get();
        await()
            .atMost(Duration.ofSeconds(30))
            .pollInterval(Duration.ofMillis(50))
            .until(
                () -> admin.startOffsets("forgetful").get(new TopicPartition("forgetful", 0)),
                start -> start == written);
      }
    }

    try (Metrics metrics = new Metrics();
        Deduplicate<SinkRecord> monday = new Deduplicate<>()) {
      Map<String, String> settings = new HashMap<>(SETTINGS);
      settings.put("state.bootstrap.servers", broker.bootstrapServers());
      monday.configure(settings);
      Map<String, String> tags = new LinkedHashMap<>();
      tags.put("connector", "shop");
      tags.put("task", "0");
      tags.put("transformation", "dedup");
      monday.withPluginMetrics(new PluginMetricsImpl(metrics, tags));
      assertThat(monday.apply(event(1, "a", friday + 60_000))).isNull();
      assertThat(monday.apply(event(2, "b", friday + 60_000))).isNotNull();
    }
  }

  private static SinkRecord event(long offset, String id, long time) {
    return Records.at("orders", 0, offset, time, null, Records.map("id", id));
  }

  /** It would have the broker's settings, and marks would die in it. */
  @Test
  void reading_a_state_topic_that_is_not_there_does_not_make_it() {
    TopicPartition absent = new TopicPartition("never-made", 0);
    try (KafkaClients cluster = cluster();
        KafkaAdmin admin = broker.admin();
        var consumer = cluster.consumer()) {
      consumer.assign(List.of(absent));
      assertThatThrownBy(() -> consumer.beginningOffsets(List.of(absent)))
          .isInstanceOf(TimeoutException.class);
      assertThat(admin.topics()).doesNotContain("never-made");
    }
  }
}
