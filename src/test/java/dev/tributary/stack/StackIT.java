package dev.tributary.stack;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the other integration tests rely on: servers that come back with their data. */
@ExtendWith(StackExtension.class)
class StackIT {

  @Test
  void brokerKeepsAcknowledgedRecordsOverAKill(KafkaBroker broker)
      throws ExecutionException, InterruptedException {
    String bootstrapServers = broker.bootstrapServers();
    try (KafkaAdmin admin = broker.admin();
        KafkaProducer<byte[], byte[]> producer = broker.producer()) {
      admin.createTopic("stack-kill", 1);
      producer.send(new ProducerRecord<>("stack-kill", "kept".getBytes(UTF_8))).get();
    }

    broker.kill();
    assertThat(broker.isRunning()).isFalse();
    broker.start();

    assertThat(broker.bootstrapServers()).isEqualTo(bootstrapServers);
    try (KafkaAdmin admin = broker.admin()) {
      assertThat(admin.endOffsets("stack-kill"))
          .containsEntry(new TopicPartition("stack-kill", 0), 1L);
    }
  }

  @Test
  void clickHouseKeepsInsertedRowsOverKillAndStop(ClickHouseServer server, ClickHouseSql sql) {
    sql.execute("CREATE TABLE stack_kill (id Int64) ENGINE = MergeTree ORDER BY id");
    sql.execute("INSERT INTO stack_kill SELECT number FROM numbers(1000)");

    server.kill();
    server.start();
    assertThat(sql.queryLong("SELECT count() FROM stack_kill")).isEqualTo(1000);

    server.stop();
    server.start();
    assertThat(sql.queryLong("SELECT count() FROM stack_kill")).isEqualTo(1000);
    assertThat(sql.queryTsv("SELECT id, 'a' FROM stack_kill ORDER BY id LIMIT 2"))
        .containsExactly(List.of("0", "a"), List.of("1", "a"));
  }

  @Test
  void clickHouseRefusesAWrongPassword(ClickHouseServer server) {
    String user = ClickHouseServer.SECURED_USER;
    ClickHouseSql right = new ClickHouseSql(server.url(), user, ClickHouseServer.SECURED_PASSWORD);
    ClickHouseSql wrong = new ClickHouseSql(server.url(), user, "guess");

    assertThat(right.query("SELECT currentUser()").strip()).isEqualTo(user);
    assertThatThrownBy(() -> wrong.query("SELECT 1")).hasMessageContaining("AUTHENTICATION_FAILED");
  }

  @Test
  void workerAnswersAfterAKillOfItself(ConnectWorker worker, ConnectRest rest) {
    assertThat(rest.plugins()).isNotEmpty();

    worker.kill();
    assertThat(rest.isHealthy()).isFalse();
    worker.start();

    assertThat(rest.connectors()).isEmpty();
    try (WorkerMetrics metrics = worker.metrics()) {
      assertThat(metrics.sum("kafka.connect:type=connect-worker-metrics", "connector-count"))
          .hasValue(0);
    }
  }
}
