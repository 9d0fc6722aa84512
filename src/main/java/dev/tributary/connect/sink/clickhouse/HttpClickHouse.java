package dev.tributary.connect.sink.clickhouse;

import com.clickhouse.client.api.Client;
import com.clickhouse.client.api.ClientFaultCause;
import com.clickhouse.client.api.insert.InsertSettings;
import com.clickhouse.data.ClickHouseFormat;
import com.clickhouse.jdbc.DataSourceImpl;
import dev.tributary.connect.sink.clickhouse.ServerPool.Server;
import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import dev.tributary.connect.util.DaemonThreads;
import dev.tributary.connect.util.NativeCompression;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * ClickHouse over HTTP: inserts through ClickHouse's client, everything else through JDBC.
 *
 * <p>An insert ends within the request timeout, whatever the server or the network do: at the
 * timeout its client is closed, which closes the connection even during a read or a write. With
 * several URLs, {@link ServerPool} chooses one.
 *
 * <p>Thread-safe.
 */
public final class HttpClickHouse implements ClickHouse {

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
    NativeCompression.load();
  }

  private final ClickHouseOptions options;
  private final ServerPool servers;
  private final Map<String, Map<String, String>> guards = new ConcurrentHashMap<>();
  private final Properties jdbc = new Properties();
  private final ScheduledExecutorService watchdog = watchdog();

  public HttpClickHouse(ClickHouseOptions options) {
    this.options = options;
    servers = new ServerPool(options.urls(), url -> client(url, options));
    jdbc.setProperty("user", options.username());
    jdbc.setProperty("password", options.password().value());
    jdbc.setProperty("database", "system");
    jdbc.setProperty("socket_timeout", String.valueOf(options.timeoutMs()));
    jdbc.setProperty("retry", "0");
  }

  private static ScheduledExecutorService watchdog() {
    ScheduledThreadPoolExecutor timer =
        new ScheduledThreadPoolExecutor(1, DaemonThreads.named("tributary-insert-timeout"));
    timer.setRemoveOnCancelPolicy(true);
    return timer;
  }

  private static Client client(String url, ClickHouseOptions options) {
    Client.Builder builder =
        new Client.Builder()
            .addEndpoint(url)
            .setUsername(options.username())
            .setPassword(options.password().value())
            .setDefaultDatabase(options.database())
            .compressClientRequest(options.compress())
            .compressServerResponse(false)
            .setConnectTimeout(Math.min(CONNECT_TIMEOUT_MS, options.timeoutMs()))
            .setSocketTimeout(options.timeoutMs(), ChronoUnit.MILLIS)
            .setMaxRetries(0)
            .retryOnFailures(ClientFaultCause.None)
            .setMaxConnections(1)
            .setClientName("tributary");
    options.settings().forEach(builder::serverSetting);
    // After the user's settings, which they override: exact rows depend on these.
    builder.serverSetting("async_insert", "0");
    builder.serverSetting("input_format_native_allow_types_conversion", "0");
    builder.serverSetting("input_format_null_as_default", "1");
    return builder.build();
  }

  @Override
  public void insert(TableId table, List<String> columns, String token, BlockWriter block)
      throws InsertException {
    Server server = servers.choose();
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
            options.timeoutMs(),
            TimeUnit.MILLISECONDS);
    try {
      client
          .insert(
              table.sql(),
              columns,
              out -> {
                begun.set(true);
                block.writeTo(out);
              },
              ClickHouseFormat.Native,
              settings(token, guards))
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
              ? InsertException.timeout(options.timeoutMs(), begun.get())
              : InsertException.of(ClientErrors.of(cause), begun.get());
      server.release(client, inTime && failure.code() > 0);
      note(server, failure);
      throw failure;
    }
  }

  private static InsertSettings settings(String token, Map<String, String> guards) {
    InsertSettings settings = new InsertSettings().setDeduplicationToken(token);
    guards.forEach(settings::serverSetting);
    return settings;
  }

  /**
   * Settings that make the server deduplicate by token and keep the block whole, overriding the
   * user's profile. Their names depend on the server's version.
   */
  private Map<String, String> guards(Server server) throws InsertException {
    Map<String, String> known = guards.get(server.url());
    if (known != null) {
      return known;
    }
    Map<String, String> found;
    try {
      found =
          select(
              server,
              "SELECT name FROM system.settings WHERE name IN (?, ?, ?)",
              List.copyOf(GUARDS.keySet()),
              rows -> {
                Map<String, String> settings = new HashMap<>();
                while (rows.next()) {
                  settings.put(rows.text(1), GUARDS.getOrDefault(rows.text(1), ""));
                }
                return settings;
              });
    } catch (ClickHouseException e) {
      note(server, e);
      throw InsertException.of(e, false);
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

  @Override
  public Optional<Table> table(TableId id) throws ClickHouseException {
    return TableMetadata.read(this, id);
  }

  @Override
  public <T> T select(String sql, List<String> parameters, RowsReader<T> reader)
      throws ClickHouseException {
    return onFirstThatAnswers(server -> select(server, sql, parameters, reader));
  }

  @Override
  public void execute(String statement) throws ClickHouseException {
    onFirstThatAnswers(
        server -> {
          try (Connection connection = connect(server);
              Statement ddl = connection.createStatement()) {
            return ddl.execute(statement);
          } catch (SQLException | RuntimeException e) {
            throw ClientErrors.of(e);
          }
        });
  }

  /** A request to one server. */
  private interface Work<T> {
    T on(Server server) throws ClickHouseException;
  }

  private <T> T onFirstThatAnswers(Work<T> work) throws ClickHouseException {
    for (int attempt = 1; ; attempt++) {
      Server server = servers.choose();
      try {
        T result = work.on(server);
        servers.works(server);
        return result;
      } catch (ClickHouseException e) {
        note(server, e);
        if (e.kind() != FailureKind.UNREACHABLE || attempt >= servers.count()) {
          throw e;
        }
      }
    }
  }

  private void note(Server server, ClickHouseException failure) {
    if (failure.kind() == FailureKind.UNREACHABLE) {
      servers.isDown(server);
    }
  }

  private <T> T select(Server server, String sql, List<String> parameters, RowsReader<T> reader)
      throws ClickHouseException {
    try (Connection connection = connect(server);
        PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.size(); i++) {
        statement.setString(i + 1, parameters.get(i));
      }
      try (ResultSet rows = statement.executeQuery()) {
        return reader.read(new JdbcRows(rows));
      }
    } catch (SQLException | RuntimeException e) {
      throw ClientErrors.of(e);
    }
  }

  private Connection connect(Server server) throws SQLException {
    return new DataSourceImpl("jdbc:clickhouse:" + server.url(), jdbc).getConnection();
  }

  private record JdbcRows(ResultSet rows) implements Rows {

    @Override
    public boolean next() throws ClickHouseException {
      try {
        return rows.next();
      } catch (SQLException e) {
        throw ClientErrors.of(e);
      }
    }

    @Override
    public String text(int column) throws ClickHouseException {
      try {
        return rows.getString(column);
      } catch (SQLException e) {
        throw ClientErrors.of(e);
      }
    }

    @Override
    public long number(int column) throws ClickHouseException {
      try {
        return rows.getLong(column);
      } catch (SQLException e) {
        throw ClientErrors.of(e);
      }
    }
  }

  @Override
  public String url() {
    return servers.choose().url();
  }

  @Override
  public void close() {
    watchdog.shutdownNow();
    servers.close();
  }
}
