package dev.tributary.stack;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A distributed Connect worker whose class path holds Kafka's libraries only: the plugin comes
 * through {@code plugin.path}. Workers with the same group form one cluster.
 *
 * <p>The worker's environment has {@code CONNECT_BOOTSTRAP_SERVERS}, {@code CLICKHOUSE_URL}, {@code
 * CLICKHOUSE_USER} and {@code CLICKHOUSE_PASSWORD}; connectors read it as <code>${env:…}</code>.
 */
public final class ConnectWorker extends Server {

  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(30);

  /**
   * What a worker is started with.
   *
   * @param group the Connect cluster, and the prefix of its internal topics
   * @param environment added to the variables above, or instead of them
   * @param properties worker properties that win over those of this class
   * @param plugins plugin directories on {@code plugin.path}
   * @param memory the JVM's options for its heap and collector
   */
  public record Config(
      String group,
      Map<String, String> environment,
      Map<String, String> properties,
      List<Path> plugins,
      List<String> memory) {

    /** For tests: workers that live for seconds are not worth optimizing code for. */
    private static final List<String> SMALL =
        List.of("-Xmx1g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

    /** What connect-distributed.sh sets. */
    private static final List<String> KAFKAS =
        List.of(
            "-Xms256M",
            "-Xmx2G",
            "-XX:+UseG1GC",
            "-XX:MaxGCPauseMillis=20",
            "-XX:InitiatingHeapOccupancyPercent=35",
            "-XX:+ExplicitGCInvokesConcurrent");

    /** Group {@code tributary}, and the plugin as the build has packaged it. */
    public static Config standard() {
      return new Config(
          "tributary", Map.of(), Map.of(), List.of(StackFiles.pluginDirectory()), SMALL);
    }

    public Config withGroup(String name) {
      return new Config(name, environment, properties, plugins, memory);
    }

    public Config withEnvironment(String variable, String value) {
      return new Config(group, plus(environment, variable, value), properties, plugins, memory);
    }

    public Config withProperty(String key, String value) {
      return new Config(group, environment, plus(properties, key, value), plugins, memory);
    }

    public Config withOffsetFlushInterval(Duration interval) {
      return withProperty("offset.flush.interval.ms", Long.toString(interval.toMillis()));
    }

    /** One more plugin directory, for instance of a source connector. */
    public Config withPlugin(Path directory) {
      List<Path> all = new ArrayList<>(plugins);
      all.add(directory);
      return new Config(group, environment, properties, List.copyOf(all), memory);
    }

    /** The heap and the collector that Kafka's own start script gives a worker. */
    public Config withKafkasMemory() {
      return new Config(group, environment, properties, plugins, KAFKAS);
    }

    private static Map<String, String> plus(Map<String, String> map, String key, String value) {
      Map<String, String> all = new HashMap<>(map);
      all.put(key, value);
      return Map.copyOf(all);
    }
  }

  private final KafkaBroker broker;
  private final ClickHouseServer clickHouse;
  private final Config config;
  private final int restPort;
  private final int jmxPort;

  public ConnectWorker(
      Path directory, KafkaBroker broker, ClickHouseServer clickHouse, Config config) {
    this("connect", directory, broker, clickHouse, config);
  }

  /**
   * @param name of the worker, where there are several
   */
  public ConnectWorker(
      String name, Path directory, KafkaBroker broker, ClickHouseServer clickHouse, Config config) {
    super(name, Optional.of(directory), "");
    this.broker = broker;
    this.clickHouse = clickHouse;
    this.config = config;
    this.restPort = Ports.free();
    this.jmxPort = Ports.free();
  }

  /** The worker's temporary directory, its own from its first start on. */
  public Path temporaryDirectory() {
    return log().orElseThrow().resolveSibling("tmp");
  }

  public String url() {
    return "http://127.0.0.1:" + restPort;
  }

  public ConnectRest rest() {
    return new ConnectRest(url());
  }

  /** A new connection to the worker's MBeans; the caller closes it. */
  public WorkerMetrics metrics() {
    return WorkerMetrics.connect(jmxPort);
  }

  /** The topics in which the worker's group keeps its own state. */
  public List<String> internalTopics() {
    return List.of(topic("configs"), topic("offsets"), topic("status"));
  }

  @Override
  ChildProcess launch(Path directory, Path log) throws IOException {
    Path file = directory.resolve("worker.properties");
    Map<String, String> properties = new LinkedHashMap<>(defaults(linkPlugins(directory)));
    properties.putAll(config.properties());
    KafkaBroker.writeProperties(file, properties);
    Map<String, String> environment = new HashMap<>();
    environment.put("CONNECT_BOOTSTRAP_SERVERS", broker.bootstrapServers());
    environment.put(ClickHouseServer.VARIABLE, clickHouse.url());
    environment.put(ClickHouseServer.USER_VARIABLE, clickHouse.user());
    environment.put(ClickHouseServer.PASSWORD_VARIABLE, clickHouse.password());
    environment.putAll(config.environment());
    List<String> options = new ArrayList<>(config.memory());
    options.addAll(
        List.of(
            "-Djava.io.tmpdir=" + Files.createDirectories(temporaryDirectory()),
            "-Dlog4j2.configurationFile=classpath:dev/tributary/stack/child/log4j2.xml",
            "-Djava.rmi.server.hostname=127.0.0.1",
            "-Dcom.sun.management.jmxremote.host=127.0.0.1",
            "-Dcom.sun.management.jmxremote.port=" + jmxPort,
            "-Dcom.sun.management.jmxremote.rmi.port=" + jmxPort,
            "-Dcom.sun.management.jmxremote.authenticate=false",
            "-Dcom.sun.management.jmxremote.ssl=false",
            "-cp",
            StackFiles.kafkaClassPath(),
            "dev.tributary.stack.child.WorkerMain",
            file.toString()));
    return ChildProcess.startJvm(toString(), log, environment, options);
  }

  @Override
  boolean isReady() {
    return Ports.answers(restPort) && rest().isHealthy();
  }

  @Override
  void shutDown(ChildProcess running) {
    running.terminate(STOP_TIMEOUT);
  }

  /** A directory with a link to each plugin directory and nothing else. */
  private Path linkPlugins(Path directory) throws IOException {
    Path links = Files.createDirectories(directory.resolve("plugins"));
    for (Path plugin : config.plugins()) {
      if (!Files.isDirectory(plugin)) {
        throw new StackException("No plugin directory " + plugin + ": run `mvn package` first");
      }
      Path link = links.resolve(plugin.getFileName());
      Files.deleteIfExists(link);
      Files.createSymbolicLink(link, plugin.toAbsolutePath());
    }
    return links;
  }

  private String topic(String what) {
    return config.group() + "-connect-" + what;
  }

  private Map<String, String> defaults(Path plugins) {
    String properties =
        """
        bootstrap.servers=%1$s
        group.id=%2$s
        config.storage.topic=%3$s
        offset.storage.topic=%4$s
        status.storage.topic=%5$s
        config.storage.replication.factor=-1
        offset.storage.replication.factor=-1
        status.storage.replication.factor=-1
        offset.storage.partitions=1
        status.storage.partitions=1
        offset.flush.interval.ms=5000
        listeners=http://127.0.0.1:%6$d
        rest.advertised.host.name=127.0.0.1
        plugin.path=%7$s
        plugin.discovery=service_load
        config.providers=env,file
        config.providers.env.class=org.apache.kafka.common.config.provider.EnvVarConfigProvider
        config.providers.file.class=org.apache.kafka.common.config.provider.FileConfigProvider
        key.converter=org.apache.kafka.connect.json.JsonConverter
        key.converter.schemas.enable=false
        value.converter=org.apache.kafka.connect.json.JsonConverter
        value.converter.schemas.enable=false
        """
            .formatted(
                broker.bootstrapServers(),
                config.group(),
                topic("configs"),
                topic("offsets"),
                topic("status"),
                restPort,
                plugins);
    // After a kill, the group waits for the dead member no longer than this.
    String failover =
        """
        session.timeout.ms=6000
        heartbeat.interval.ms=1000
        consumer.session.timeout.ms=6000
        consumer.heartbeat.interval.ms=1000
        scheduled.rebalance.max.delay.ms=0
        """;
    return (properties + failover)
        .lines()
        .map(line -> line.split("=", 2))
        .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
  }
}
