package dev.tributary.connect.sink.clickhouse;

import com.clickhouse.jdbc.DataSourceImpl;
import dev.tributary.connect.sink.clickhouse.ServerPool.Server;
import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import dev.tributary.connect.util.NativeCompression;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.Properties;

/**
 * ClickHouse over HTTP: inserts through {@link HttpInserts}, everything else through JDBC. With
 * several URLs, {@link ServerPool} chooses one.
 *
 * <p>Thread-safe.
 */
public final class HttpClickHouse implements ClickHouse {

  static {
    NativeCompression.load();
  }

  private final ServerPool servers;
  private final HttpInserts inserts;
  private final Properties jdbc = new Properties();

  public HttpClickHouse(ClickHouseOptions options) {
    servers = new ServerPool(options.urls(), url -> new HttpConnection(url, options));
    inserts = new HttpInserts(options, servers);
    jdbc.setProperty("user", options.username());
    jdbc.setProperty("password", options.password().value());
    jdbc.setProperty("database", "system");
    jdbc.setProperty("socket_timeout", String.valueOf(options.timeoutMs()));
    jdbc.setProperty("retry", "0");
  }

  @Override
  public void insert(InsertRequest request) throws InsertException {
    inserts.insert(request);
  }

  @Override
  public void fence(String token, boolean inherited) throws ClickHouseException {
    inserts.fence(token, inherited);
  }

  @Override
  public void probe(boolean fenced) throws ClickHouseException {
    inserts.probe(fenced);
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
    inserts.close();
    servers.close();
  }
}
