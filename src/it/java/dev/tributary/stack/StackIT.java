package dev.tributary.stack;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.tributary.demo.Demo;
import dev.tributary.demo.DemoNames;
import dev.tributary.demo.DemoOptions;
import dev.tributary.demo.DemoVerdict;
import dev.tributary.it.fixture.StackExtension;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What the other integration tests rely on: servers that come back with their data. */
@ExtendWith(StackExtension.class)
class StackIT {

  @Test
  void brokerKeepsAcknowledgedRecordsOverAKill(KafkaBroker broker)
      throws ExecutionException, InterruptedException {
    assumeThat(broker.isEmbedded()).isTrue();
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
    assumeThat(server.isEmbedded()).isTrue();
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
    assumeThat(server.isEmbedded()).isTrue();
    String user = ClickHouseServer.SECURED_USER;
    ClickHouseSql right = new ClickHouseSql(server.url(), user, ClickHouseServer.SECURED_PASSWORD);
    ClickHouseSql wrong = new ClickHouseSql(server.url(), user, "guess");

    assertThat(right.query("SELECT currentUser()").strip()).isEqualTo(user);
    assertThatThrownBy(() -> wrong.query("SELECT 1")).hasMessageContaining("AUTHENTICATION_FAILED");
  }

  @Test
  void workerAnswersAfterAKillOfItself(ConnectWorker worker, ConnectRest rest) {
    worker.kill();
    assertThat(rest.isHealthy()).isFalse();
    worker.start();

    assertThat(rest.plugins()).contains("dev.tributary.connect.Deduplicate");
    try (WorkerMetrics metrics = worker.metrics()) {
      assertThat(metrics.sum("kafka.connect:type=connect-worker-metrics", "connector-count"))
          .isPresent();
    }
  }

  @Test
  void serversOfTheUsersOwnAreUsedAndNeverStopped(
      KafkaBroker broker, ClickHouseServer clickHouse, @TempDir Path directory) {
    assumeThat(broker.isEmbedded() && clickHouse.isEmbedded()).isTrue();
    Map<String, String> environment =
        Map.of(
            KafkaBroker.VARIABLE,
            broker.bootstrapServers(),
            ClickHouseServer.VARIABLE,
            clickHouse.url(),
            ClickHouseServer.USER_VARIABLE,
            ClickHouseServer.SECURED_USER,
            ClickHouseServer.PASSWORD_VARIABLE,
            ClickHouseServer.SECURED_PASSWORD);
    try (KafkaBroker ownBroker = KafkaBroker.of(environment, directory);
        ClickHouseServer ownClickHouse = ClickHouseServer.of(environment, directory)) {
      ownBroker.start();
      ownClickHouse.start();

      assertThat(ownBroker.isRunning()).isFalse();
      assertThat(ownClickHouse.sql().query("SELECT currentUser()").strip())
          .isEqualTo(ClickHouseServer.SECURED_USER);
      assertThatThrownBy(ownBroker::kill)
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageContaining(KafkaBroker.VARIABLE);
      assertThatThrownBy(ownClickHouse::stop)
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageContaining(ClickHouseServer.VARIABLE);
    }
    assertThat(broker.isRunning()).isTrue();
    assertThat(clickHouse.isRunning()).isTrue();
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void demoMovesItsEventsAndCountsThem(Stack stack) {
    DemoOptions options = new DemoOptions(2_000, 0, new BigDecimal("0.1"), false, 1);
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    Demo demo =
        new Demo(
            stack,
            new DemoNames("_stack_it"),
            options,
            new PrintStream(printed, true, UTF_8),
            false);

    DemoVerdict verdict = demo.run();

    assertThat(verdict.isOk()).as(printed.toString(UTF_8)).isTrue();
    assertThat(printed.toString(UTF_8)).contains("produced 2,000", "✓ count()", "OK");
    stack.worker().rest().deleteConnector("dedup-demo_stack_it");
  }
}
