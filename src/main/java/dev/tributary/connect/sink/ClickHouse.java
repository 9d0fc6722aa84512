package dev.tributary.connect.sink;

import com.clickhouse.client.api.Client;
import com.clickhouse.client.api.ClientFaultCause;
import com.clickhouse.client.api.DataStreamWriter;
import com.clickhouse.client.api.insert.InsertSettings;
import com.clickhouse.data.ClickHouseFormat;
import com.clickhouse.jdbc.DataSourceImpl;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.connect.errors.ConnectException;

/**
 * The way to the ClickHouse server: inserts through the client, everything else through JDBC.
 *
 * <p>Thread-safe. Nothing is retried here; with several URLs, {@link #failOver} chooses the next
 * one.
 */
final class ClickHouse implements AutoCloseable {

  private final List<String> urls;
  private final List<Client> clients;
  private final Properties jdbc;
  private final AtomicInteger current = new AtomicInteger();

  ClickHouse(SinkConfig config) {
    urls = config.urls();
    Map<String, String> settings = config.serverSettings();
    clients = urls.stream().map(url -> client(url, config, settings)).toList();
    jdbc = new Properties();
    jdbc.setProperty("user", config.username());
    jdbc.setProperty("password", config.password().value());
    jdbc.setProperty("database", "system");
    jdbc.setProperty("socket_timeout", String.valueOf(config.requestTimeoutMs()));
    jdbc.setProperty("retry", "0");
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
            .setConnectTimeout(Math.min(10_000, config.requestTimeoutMs()))
            .setSocketTimeout(config.requestTimeoutMs(), ChronoUnit.MILLIS)
            .setMaxRetries(0)
            .retryOnFailures(ClientFaultCause.None)
            .setMaxConnections(config.maxInFlight() + 1)
            .setClientName("tributary");
    settings.forEach(builder::serverSetting);
    // After the user's own: exact rows depend on these.
    builder.serverSetting("async_insert", "0");
    builder.serverSetting("input_format_native_allow_types_conversion", "0");
    builder.serverSetting("input_format_null_as_default", "1");
    return builder.build();
  }

  /**
   * Sends one insert and waits for its answer.
   *
   * @param table quoted
   * @param columns quoted
   * @param token what the server knows this insert by when it comes again
   * @throws Exception the client's own; {@link Failure} tells what it means
   */
  void insert(String table, List<String> columns, String token, DataStreamWriter rows)
      throws Exception {
    InsertSettings settings = new InsertSettings().setDeduplicationToken(token);
    Client client = clients.get(current.get());
    try {
      client.insert(table, columns, rows, ClickHouseFormat.Native, settings).get().close();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  /** A JDBC connection to the current server, for metadata. */
  Connection connect() throws SQLException {
    return new DataSourceImpl("jdbc:clickhouse:" + url(), jdbc).getConnection();
  }

  /** The server that is asked at the moment. */
  String url() {
    return urls.get(current.get());
  }

  /** Goes on to the next server, after the current one could not be reached. */
  void failOver() {
    current.updateAndGet(index -> (index + 1) % urls.size());
  }

  int servers() {
    return urls.size();
  }

  @Override
  public void close() {
    clients.forEach(Client::close);
  }

  /** Runs JDBC work on the first server that can be reached, each tried once. */
  <T> T query(Query<T> query) throws SQLException {
    for (int attempt = 1; ; attempt++) {
      try (Connection connection = connect()) {
        return query.run(connection);
      } catch (SQLException e) {
        if (attempt >= servers() || Failure.of(e) != Failure.UNREACHABLE) {
          throw e;
        }
        failOver();
      } catch (RuntimeException e) {
        throw new ConnectException("ClickHouse at " + url() + " could not be asked", e);
      }
    }
  }

  /** Work on a JDBC connection. */
  interface Query<T> {
    T run(Connection connection) throws SQLException;
  }
}
