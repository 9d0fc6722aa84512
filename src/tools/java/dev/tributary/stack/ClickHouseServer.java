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
 * {@value #SECURED_USER} with the password {@value #SECURED_PASSWORD}. Three more have no password
 * and lack something: {@value #READ_ONLY_USER}, {@value #SELECTING_USER}, which may not insert, and
 * {@value #QUOTA_USER}, which may insert twice in three seconds.
 */
public final class ClickHouseServer extends Server {

  /** Names the user's own ClickHouse server, as {@code http://host:8123}. */
  public static final String VARIABLE = "CLICKHOUSE_URL";

  public static final String USER_VARIABLE = "CLICKHOUSE_USER";
  public static final String PASSWORD_VARIABLE = "CLICKHOUSE_PASSWORD";

  public static final String SECURED_USER = "secured";
  public static final String SECURED_PASSWORD = "open sesame";

  public static final String READ_ONLY_USER = "reader";
  public static final String SELECTING_USER = "selector";
  public static final String QUOTA_USER = "limited";

  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(20);

  private final int httpPort;
  private final int tcpPort;
  private final String url;
  private final String user;
  private final String password;
  private volatile String securedPassword = SECURED_PASSWORD;

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

  /** Gives {@value #SECURED_USER} another password, from the next start of the server on. */
  public void setSecuredPassword(String password) {
    securedPassword = password;
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
    Files.writeString(config, config(users));
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

  /** As a library the engine has two threads for background jobs, and warns when they are busy. */
  private static String config(Path users) {
    return """
    <clickhouse>
      <users_config>%s</users_config>
      <background_schedule_pool_size>16</background_schedule_pool_size>
    </clickhouse>
    """
        .formatted(users);
  }

  /** The engine reads this when it starts; what SQL creates it would not keep. */
  private String users() {
    return """
    <clickhouse>
      <profiles><default/><reading><readonly>2</readonly></reading></profiles>
      <quotas>
        <default/>
        <small><interval><duration>3</duration><query_inserts>2</query_inserts></interval></small>
      </quotas>
      <users>
    """
        + user("default", "", "default", "default", "<access_management>1</access_management>")
        + user(
            SECURED_USER,
            securedPassword,
            "default",
            "default",
            "<access_management>1</access_management>")
        + user(READ_ONLY_USER, "", "reading", "default", "")
        + user(
            SELECTING_USER,
            "",
            "default",
            "default",
            "<grants><query>GRANT SELECT ON *.*</query></grants>")
        + user(QUOTA_USER, "", "default", "small", "")
        + "  </users>\n</clickhouse>\n";
  }

  private static String user(
      String name, String password, String profile, String quota, String more) {
    return """
        <%1$s>
          <password>%2$s</password>
          <networks><ip>127.0.0.1</ip></networks>
          <profile>%3$s</profile>
          <quota>%4$s</quota>
          %5$s
        </%1$s>
    """
        .formatted(name, password, profile, quota, more);
  }
}
