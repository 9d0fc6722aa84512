package dev.tributary.connect.sink;

import com.clickhouse.client.api.Client;
import com.clickhouse.client.api.ClientFaultCause;
import com.clickhouse.client.api.insert.InsertSettings;
import com.clickhouse.data.ClickHouseFormat;
import com.clickhouse.jdbc.DataSourceImpl;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import net.jpountz.lz4.LZ4Factory;
import org.apache.kafka.connect.errors.ConnectException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way to the ClickHouse server: inserts through the client, everything else through JDBC.
 *
 * <p>An insert ends within the request timeout, whatever the server or the network do: when time is
 * up its client is closed, which cuts the connection even in the middle of a read or a write.
 *
 * <p>Thread-safe. Nothing is retried here; with several URLs, {@link Servers} chooses.
 */
final class ClickHouse implements InsertTarget, AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(ClickHouse.class);

  private static final long CONNECT_TIMEOUT_MS = 10_000;

  private static final Map<String, String> GUARDS =
      Map.of(
          "deduplicate_insert",
          "enable",
          "use_strict_insert_block_limits",
          "0",
          "deduplicate_blocks_in_dependent_materialized_views",
          "1");

  static {
    loadNativeCompression();
  }

  private final Servers servers;
  private final Map<String, Map<String, String>> guards = new ConcurrentHashMap<>();
  private final long timeoutMs;
  private final Properties jdbc;
  private final ScheduledExecutorService watchdog;

  ClickHouse(SinkConfig config) {
    timeoutMs = config.requestTimeoutMs();
    Map<String, String> settings = config.serverSettings();
    servers = new Servers(config.urls(), url -> client(url, config, settings));
    jdbc = new Properties();
    jdbc.setProperty("user", config.username());
    jdbc.setProperty("password", config.password().value());
    jdbc.setProperty("database", "system");
    jdbc.setProperty("socket_timeout", String.valueOf(timeoutMs));
    jdbc.setProperty("retry", "0");
    watchdog = watchdog();
  }

  /**
   * The client compresses with native code, at twice the speed, where that is loaded already; by
   * itself it loads it in an application only, not in a plugin. Where it cannot be loaded, as from
   * a temporary directory without execution, compression goes on in Java.
   */
  private static void loadNativeCompression() {
    try {
      log.debug("Compression of inserts: {}", LZ4Factory.nativeInstance());
    } catch (LinkageError | RuntimeException e) {
      log.info(
          "Inserts are compressed in Java, since native code cannot be loaded: {}", e.toString());
    }
  }

  private static ScheduledExecutorService watchdog() {
    ScheduledThreadPoolExecutor timer =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "tributary-insert-timeout");
              thread.setDaemon(true);
              return thread;
            });
    timer.setRemoveOnCancelPolicy(true);
    return timer;
  }

  private static Client client(String url, SinkConfig config, Map<String, String> settings) {
    Client.Builder builder =
        new Client.Builder()
            .addEndpoint(url)
            .setUsername(config.username())
            .setPassword(config.password().value())
            .setDefaultDatabase(config.database())
            .compressClientRequest(config.compress())
            .compressServerResponse(false)
            .setConnectTimeout(Math.min(CONNECT_TIMEOUT_MS, config.requestTimeoutMs()))
            .setSocketTimeout(config.requestTimeoutMs(), ChronoUnit.MILLIS)
            .setMaxRetries(0)
            .retryOnFailures(ClientFaultCause.None)
            .setMaxConnections(1)
            .setClientName("tributary");
    settings.forEach(builder::serverSetting);
    // After the user's own: exact rows depend on these.
    builder.serverSetting("async_insert", "0");
    builder.serverSetting("input_format_native_allow_types_conversion", "0");
    builder.serverSetting("input_format_null_as_default", "1");
    return builder.build();
  }

  @Override
  public void insert(Batch batch) throws InsertException {
    Servers.Server server = servers.choose();
    Map<String, String> guards = guards(server);
    Client client = server.borrow();
    AtomicBoolean begun = new AtomicBoolean();
    AtomicBoolean timedOut = new AtomicBoolean();
    ScheduledFuture<?> timeout =
        watchdog.schedule(
            () -> {
              timedOut.set(true);
              client.close();
            },
            timeoutMs,
            TimeUnit.MILLISECONDS);
    try {
      client
          .insert(
              batch.table().id().sql(),
              batch.columnNames(),
              out -> {
                begun.set(true);
                batch.writeTo(out);
              },
              ClickHouseFormat.Native,
              settings(batch, guards))
          .get()
          .close();
      server.release(client, timeout.cancel(false));
      servers.works(server);
    } catch (Exception e) {
      boolean inTime = timeout.cancel(false);
      Throwable cause = e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      InsertException failure =
          timedOut.get()
              ? InsertException.timeout(timeoutMs, begun.get())
              : InsertException.of(cause, begun.get());
      server.release(client, inTime && failure.code() > 0);
      if (failure.failure() == Failure.UNREACHABLE) {
        servers.isDown(server);
      }
      throw failure;
    }
  }

  private static InsertSettings settings(Batch batch, Map<String, String> guards) {
    InsertSettings settings = new InsertSettings().setDeduplicationToken(batch.token());
    guards.forEach(settings::serverSetting);
    return settings;
  }

  /**
   * Has a server know an insert by its token and keep its rows together, whatever its profiles say;
   * what these settings are called depends on its version.
   */
  private Map<String, String> guards(Servers.Server server) throws InsertException {
    Map<String, String> known = guards.get(server.url());
    if (known != null) {
      return known;
    }
    Map<String, String> found = new HashMap<>();
    try (Connection connection = connect(server);
        PreparedStatement statement =
            connection.prepareStatement(
                "SELECT name FROM system.settings WHERE name IN (?, ?, ?)")) {
      statement.setString(1, "deduplicate_insert");
      statement.setString(2, "use_strict_insert_block_limits");
      statement.setString(3, "deduplicate_blocks_in_dependent_materialized_views");
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          found.put(rows.getString(1), GUARDS.getOrDefault(rows.getString(1), ""));
        }
      }
    } catch (SQLException e) {
      InsertException failure = InsertException.of(e, false);
      if (failure.failure() == Failure.UNREACHABLE) {
        servers.isDown(server);
      }
      throw failure;
    }
    if (!found.containsKey("deduplicate_insert")) {
      found.put("insert_deduplicate", "1");
    }
    guards.put(server.url(), Map.copyOf(found));
    return found;
  }

  @Override
  public boolean hasAnotherServer() {
    return servers.isAnyUp();
  }

  /** A JDBC connection to the current server, for metadata. */
  Connection connect() throws SQLException {
    return connect(servers.choose());
  }

  private Connection connect(Servers.Server server) throws SQLException {
    return new DataSourceImpl("jdbc:clickhouse:" + server.url(), jdbc).getConnection();
  }

  /** The server that is asked at the moment. */
  String url() {
    return servers.choose().url();
  }

  /** Cuts what is under way; it may have arrived all the same. */
  @Override
  public void close() {
    watchdog.shutdownNow();
    servers.close();
  }

  /** Runs JDBC work on the first server that can be reached, each tried once. */
  <T> T query(Query<T> query) throws SQLException {
    for (int attempt = 1; ; attempt++) {
      Servers.Server server = servers.choose();
      try (Connection connection = connect(server)) {
        T result = query.run(connection);
        servers.works(server);
        return result;
      } catch (SQLException e) {
        if (Failure.of(e) != Failure.UNREACHABLE) {
          throw e;
        }
        servers.isDown(server);
        if (attempt >= servers.count()) {
          throw e;
        }
      } catch (RuntimeException e) {
        throw new ConnectException("ClickHouse at " + server.url() + " could not be asked", e);
      }
    }
  }

  /** Work on a JDBC connection. */
  interface Query<T> {
    T run(Connection connection) throws SQLException;
  }
}
