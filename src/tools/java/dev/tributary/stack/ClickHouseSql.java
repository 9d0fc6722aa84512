package dev.tributary.stack;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** SQL over ClickHouse's HTTP interface, one statement a call. Thread-safe. */
public final class ClickHouseSql {

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration TIMEOUT = Duration.ofMinutes(2);

  private final String url;
  private final String user;
  private final String password;

  public ClickHouseSql(String url, String user, String password) {
    this.url = url;
    this.user = user;
    this.password = password;
  }

  /** Runs a statement whose result does not matter. */
  public void execute(String statement) {
    query(statement);
  }

  /** The result as ClickHouse prints it: TabSeparated unless the statement names a format. */
  public String query(String statement) {
    try {
      Response response = send(statement);
      if (response.status() != 200) {
        throw new StackException(
            "ClickHouse answers " + response.status() + ": " + response.body().strip());
      }
      return response.body();
    } catch (IOException e) {
      throw new StackException("ClickHouse at " + url + " does not answer", e);
    }
  }

  /** The one number that the statement selects. */
  public long queryLong(String statement) {
    return Long.parseLong(query(statement).strip());
  }

  /** Rows of fields, as TabSeparated escapes them. */
  public List<List<String>> queryTsv(String statement) {
    return query(statement).lines().map(line -> List.of(line.split("\t", -1))).toList();
  }

  /** Whether the server answers at all. */
  public boolean answers() {
    try {
      return send("SELECT 1").status() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  /** Several statements, separated by semicolons at line ends. */
  public void executeScript(String script) {
    Stream.of(script.split(";\\s*(\\R|$)"))
        .filter(statement -> !statement.isBlank())
        .forEach(this::execute);
  }

  private record Response(int status, String body) {}

  /** Leaves no connection open: a server that stops waits 5 s for those. */
  private Response send(String statement) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
    connection.setConnectTimeout((int) CONNECT_TIMEOUT.toMillis());
    connection.setReadTimeout((int) TIMEOUT.toMillis());
    connection.setRequestProperty("Connection", "close");
    connection.setRequestProperty("X-ClickHouse-User", user);
    connection.setRequestProperty("X-ClickHouse-Key", password);
    connection.setRequestMethod("POST");
    connection.setDoOutput(true);
    byte[] body = statement.getBytes(StandardCharsets.UTF_8);
    connection.setFixedLengthStreamingMode(body.length); // else a lost answer repeats the statement
    try (OutputStream out = connection.getOutputStream()) {
      out.write(body);
    }
    int status = connection.getResponseCode();
    try (InputStream in =
        status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
      return new Response(
          status, in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }
  }
}
