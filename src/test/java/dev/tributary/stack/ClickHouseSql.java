package dev.tributary.stack;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** SQL over ClickHouse's HTTP interface, one statement a call. Thread-safe. */
public final class ClickHouseSql {

  private static final HttpClient HTTP =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();
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
      HttpResponse<String> response = send(statement);
      if (response.statusCode() != 200) {
        throw new StackException(
            "ClickHouse answers " + response.statusCode() + ": " + response.body().strip());
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
      return send("SELECT 1").statusCode() == 200;
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

  private HttpResponse<String> send(String statement) throws IOException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url))
            .timeout(TIMEOUT)
            .header("X-ClickHouse-User", user)
            .header("X-ClickHouse-Key", password)
            .POST(HttpRequest.BodyPublishers.ofString(statement))
            .build();
    try {
      return HTTP.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StackException("Interrupted while asking ClickHouse", e);
    }
  }
}
