package dev.tributary.stack;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A Kafka broker (KRaft, its own controller) without automatic topic creation, or the user's. */
public final class KafkaBroker extends Server {

  /** Names the user's own Kafka cluster. */
  public static final String VARIABLE = "KAFKA_BOOTSTRAP_SERVERS";

  private static final String CLUSTER_ID = "dHJpYnV0YXJ5LXN0YWNrMQ";
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(20);
  private static final int READY_TIMEOUT_MS = 5_000;

  private final Map<String, String> properties;
  private final int port;
  private final int controllerPort;
  private final String bootstrapServers;

  public KafkaBroker(Path directory) {
    this(directory, Map.of());
  }

  /**
   * @param properties broker properties that win over those of this class
   */
  public KafkaBroker(Path directory, Map<String, String> properties) {
    super("kafka", Optional.of(directory), VARIABLE);
    this.properties = Map.copyOf(properties);
    this.port = Ports.free();
    this.controllerPort = Ports.free();
    this.bootstrapServers = "127.0.0.1:" + port;
  }

  private KafkaBroker(String bootstrapServers) {
    super("kafka", Optional.empty(), VARIABLE);
    this.properties = Map.of();
    this.port = 0;
    this.controllerPort = 0;
    this.bootstrapServers = bootstrapServers;
  }

  /** The user's own cluster when the environment names one, else an embedded broker. */
  public static KafkaBroker of(Map<String, String> environment, Path directory) {
    String own = environment.getOrDefault(VARIABLE, "");
    return own.isBlank() ? new KafkaBroker(directory) : new KafkaBroker(own);
  }

  public String bootstrapServers() {
    return bootstrapServers;
  }

  /** A new client; the caller closes it. */
  public KafkaAdmin admin() {
    return new KafkaAdmin(
        Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers)));
  }

  /** A new idempotent producer of raw bytes; the caller closes it. */
  public KafkaProducer<byte[], byte[]> producer() {
    return new KafkaProducer<>(
        Map.of(
            ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
            bootstrapServers,
            ProducerConfig.LINGER_MS_CONFIG,
            5,
            ProducerConfig.BATCH_SIZE_CONFIG,
            64 * 1024),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }

  /**
   * Claims a transactional id as a new owner does: the previous owner is fenced, and its open
   * transaction aborted.
   */
  public void fence(String transactionalId) {
    Map<String, Object> config =
        Map.of(
            ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
            bootstrapServers,
            ProducerConfig.TRANSACTIONAL_ID_CONFIG,
            transactionalId);
    try (KafkaProducer<byte[], byte[]> claiming =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
      claiming.initTransactions();
    }
  }

  /** A new consumer of raw bytes without a group, from the beginning; the caller closes it. */
  public KafkaConsumer<byte[], byte[]> consumer() {
    return new KafkaConsumer<>(
        Map.of(
            ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
            bootstrapServers,
            ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
            "earliest",
            ConsumerConfig.ISOLATION_LEVEL_CONFIG,
            "read_committed",
            ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
            false),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer());
  }

  @Override
  ChildProcess launch(Path directory, Path log) throws IOException {
    Path file = directory.resolve("server.properties");
    Path data = directory.resolve("data");
    Map<String, String> all = new LinkedHashMap<>(defaults(data));
    all.putAll(properties);
    writeProperties(file, all);
    return ChildProcess.startJvm(
        toString(),
        log,
        Map.of(),
        List.of(
            "-Xmx512m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Dlog4j2.configurationFile=classpath:dev/tributary/stack/child/log4j2.xml",
            "-cp",
            StackFiles.kafkaClassPath(),
            "dev.tributary.stack.child.BrokerMain",
            file.toString(),
            data.toString(),
            CLUSTER_ID));
  }

  @Override
  boolean isReady() {
    if (!Ports.answers(port)) {
      return false;
    }
    Map<String, Object> config =
        Map.of(
            AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers,
            AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, READY_TIMEOUT_MS,
            AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, READY_TIMEOUT_MS);
    try (Admin admin = Admin.create(config)) {
      return !admin.describeCluster().nodes().get().isEmpty();
    } catch (ExecutionException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StackException("Interrupted while starting Kafka", e);
    }
  }

  @Override
  void shutDown(ChildProcess running) {
    running.terminate(STOP_TIMEOUT);
  }

  static void writeProperties(Path file, Map<String, String> values) throws IOException {
    Properties properties = new Properties();
    properties.putAll(values);
    try (var out = Files.newOutputStream(file)) {
      properties.store(out, null);
    }
  }

  /**
   * After a kill, the broker is let in again when its last session is over: hence a short one. And
   * tests send records of long ago, which retention by time would delete under them.
   */
  private Map<String, String> defaults(Path data) {
    String properties =
        """
        process.roles=broker,controller
        node.id=1
        controller.quorum.voters=1@127.0.0.1:%2$d
        controller.listener.names=CONTROLLER
        listeners=PLAINTEXT://127.0.0.1:%1$d,CONTROLLER://127.0.0.1:%2$d
        advertised.listeners=PLAINTEXT://127.0.0.1:%1$d
        log.dirs=%3$s
        auto.create.topics.enable=false
        default.replication.factor=1
        offsets.topic.replication.factor=1
        offsets.topic.num.partitions=1
        transaction.state.log.replication.factor=1
        transaction.state.log.min.isr=1
        transaction.state.log.num.partitions=1
        share.coordinator.state.topic.replication.factor=1
        share.coordinator.state.topic.min.isr=1
        group.initial.rebalance.delay.ms=0
        group.min.session.timeout.ms=1000
        broker.session.timeout.ms=3000
        broker.heartbeat.interval.ms=500
        log.cleaner.dedupe.buffer.size=16777216
        log.retention.ms=-1
        """
            .formatted(port, controllerPort, data);
    return properties
        .lines()
        .map(line -> line.split("=", 2))
        .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
  }
}
