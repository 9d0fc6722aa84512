package dev.tributary.stack;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A ClickHouse server (HTTP and native protocol), or the user's own.
 *
 * <p>The embedded one has two users with all rights: {@code default} without a password, and
 * {@value #SECURED_USER} with the password {@value #SECURED_PASSWORD}.
 */
public final class ClickHouseServer extends Server {

  /** Names the user's own ClickHouse server, as {@code http://host:8123}. */
  public static final String VARIABLE = "CLICKHOUSE_URL";

  public static final String USER_VARIABLE = "CLICKHOUSE_USER";
  public static final String PASSWORD_VARIABLE = "CLICKHOUSE_PASSWORD";

  public static final String SECURED_USER = "secured";
  public static final String SECURED_PASSWORD = "open sesame";

  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(20);

  private final int httpPort;
  private final int tcpPort;
  private final String url;
  private final String user;
  private final String password;

  public ClickHouseServer(Path directory) {
    super("clickhouse", Optional.of(directory), VARIABLE);
    this.httpPort = Ports.free();
    this.tcpPort = Ports.free();
    this.url = "http://127.0.0.1:" + httpPort;
    this.user = "default";
    this.password = "";
  }

  private ClickHouseServer(String url, String user, String password) {
    super("clickhouse", Optional.empty(), VARIABLE);
    this.httpPort = 0;
    this.tcpPort = 0;
    this.url = url;
    this.user = user;
    this.password = password;
  }

  /** The user's own server when the environment names one, else an embedded one. */
  public static ClickHouseServer of(Map<String, String> environment, Path directory) {
    String own = environment.getOrDefault(VARIABLE, "");
    return own.isBlank()
        ? new ClickHouseServer(directory)
        : new ClickHouseServer(
            own,
            environment.getOrDefault(USER_VARIABLE, "default"),
            environment.getOrDefault(PASSWORD_VARIABLE, ""));
  }

  public String url() {
    return url;
  }

  public String user() {
    return user;
  }

  public String password() {
    return password;
  }

  /** The port of the native protocol, for {@code clickhouse client}; embedded server only. */
  public int tcpPort() {
    return tcpPort;
  }

  public ClickHouseSql sql() {
    return new ClickHouseSql(url, user, password);
  }

  @Override
  ChildProcess launch(Path directory, Path log) throws IOException {
    Path library = ClickHouseLibrary.fetched();
    Path users = directory.resolve("users.xml");
    Files.writeString(users, users());
    Path config = directory.resolve("config.xml");
    Files.writeString(config, config(users, Files.createDirectories(directory.resolve("access"))));
    return ChildProcess.startJvm(
        toString(),
        log,
        Map.of(),
        List.of(
            "-Xmx64m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            StackFiles.clickHouseClassPath(),
            "dev.tributary.stack.child.ClickHouseMain",
            library.toString(),
            "clickhouse",
            "--config-file=" + config,
            "--logger.console",
            "--log-level=warning",
            "--path=" + Files.createDirectories(directory.resolve("data")),
            "--http_port=" + httpPort,
            "--tcp_port=" + tcpPort,
            "--listen_host=127.0.0.1",
            "--multiquery",
            "--query=SYSTEM START LISTEN HTTP; SYSTEM START LISTEN TCP;"
                + " SELECT * FROM file('/dev/stdin', 'LineAsString') FORMAT Null"));
  }

  @Override
  boolean isReady() {
    return sql().answers();
  }

  @Override
  void shutDown(ChildProcess running) {
    running.closeInput(STOP_TIMEOUT);
  }

  /**
   * As a library the engine has two threads for background jobs, and warns when they are busy.
   * Users and quotas that a test creates need a directory of their own.
   */
  private static String config(Path users, Path access) {
    return """
    <clickhouse>
      <users_config>%1$s</users_config>
      <user_directories>
        <users_xml><path>%1$s</path></users_xml>
        <local_directory><path>%2$s/</path></local_directory>
      </user_directories>
      <background_schedule_pool_size>16</background_schedule_pool_size>
    </clickhouse>
    """
        .formatted(users, access);
  }

  private static String users() {
    return """
    <clickhouse>
      <profiles><default/></profiles>
      <quotas><default/></quotas>
      <users>
        <default>
          <password/>
          <networks><ip>127.0.0.1</ip></networks>
          <profile>default</profile>
          <quota>default</quota>
          <access_management>1</access_management>
        </default>
        <%1$s>
          <password>%2$s</password>
          <networks><ip>127.0.0.1</ip></networks>
          <profile>default</profile>
          <quota>default</quota>
          <access_management>1</access_management>
        </%1$s>
      </users>
    </clickhouse>
    """
        .formatted(SECURED_USER, SECURED_PASSWORD);
  }
}
