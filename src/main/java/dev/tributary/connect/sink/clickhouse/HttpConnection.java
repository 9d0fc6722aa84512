package dev.tributary.connect.sink.clickhouse;

import com.clickhouse.client.api.internal.ClickHouseLZ4OutputStream;
import dev.tributary.connect.sink.clickhouse.InsertRequest.BlockWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.stream.Collectors;
import net.jpountz.lz4.LZ4Factory;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.io.SocketConfig;
import org.apache.hc.core5.http.io.entity.EntityTemplate;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * One kept-alive connection to one server over HTTP, whose answers are shown as they are: what an
 * answer proves is for the caller to decide. Nothing is sent twice, and no redirect is followed.
 *
 * <p>One request at a time; {@link #close} may be called by any thread and ends a request in
 * flight.
 */
final class HttpConnection implements AutoCloseable {

  /** The header that a statement asks for by the setting {@code http_response_headers}. */
  static final String NONCE = "X-Tributary";

  private static final long CONNECT_TIMEOUT_MS = 10_000;

  /** A longer statement goes into the body: proxies allow request lines of 8 or 16 KiB. */
  private static final int LONGEST_IN_URL = 4_000;

  /** How much of an answer is read; no answer to an insert is longer than an error text. */
  private static final int LONGEST_BODY = 64 * 1024;

  private final String url;
  private final ClickHouseOptions options;
  private final CloseableHttpClient client;
  private volatile boolean closed;

  HttpConnection(String url, ClickHouseOptions options) {
    this.url = url;
    this.options = options;
    Timeout connect = Timeout.ofMilliseconds(Math.min(CONNECT_TIMEOUT_MS, options.timeoutMs()));
    Timeout answer = Timeout.ofMilliseconds(options.timeoutMs());
    client =
        HttpClients.custom()
            .setConnectionManager(
                PoolingHttpClientConnectionManagerBuilder.create()
                    .setMaxConnTotal(1)
                    .setMaxConnPerRoute(1)
                    .setDefaultConnectionConfig(
                        ConnectionConfig.custom()
                            .setConnectTimeout(connect)
                            .setSocketTimeout(answer)
                            .build())
                    .setDefaultSocketConfig(
                        SocketConfig.custom().setSoTimeout(answer).setTcpNoDelay(true).build())
                    .build())
            .setDefaultRequestConfig(RequestConfig.custom().setResponseTimeout(answer).build())
            .setUserAgent("tributary")
            .disableRedirectHandling()
            .disableAutomaticRetries()
            .disableCookieManagement()
            .disableContentCompression()
            .disableAuthCaching()
            .build();
  }

  /**
   * Sends a statement and waits for its answer.
   *
   * @param parameters for the URL, see ClickHouse's HTTP interface
   * @param data follows the statement; null if nothing does
   * @throws IOException if there was no complete answer
   */
  HttpAnswer send(Map<String, String> parameters, String statement, @Nullable BlockWriter data)
      throws IOException {
    return client.execute(post(parameters, statement, data), HttpConnection::answer);
  }

  private HttpPost post(
      Map<String, String> parameters, String statement, @Nullable BlockWriter data) {
    boolean inUrl = statement.length() <= LONGEST_IN_URL;
    StringBuilder query = new StringBuilder(inUrl ? "query=" + encode(statement) + "&" : "");
    query.append("database=").append(encode(options.database()));
    parameters.forEach((name, value) -> append(query, name, value));
    if (options.compress()) {
      append(query, "decompress", "1");
    }
    HttpPost post = new HttpPost(at(query.toString()));
    String user = options.username() + ":" + options.password().value();
    post.setHeader(
        "Authorization",
        "Basic " + Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8)));
    post.setEntity(
        new EntityTemplate(
            -1,
            ContentType.APPLICATION_OCTET_STREAM,
            null,
            out -> write(out, inUrl ? "" : statement + "\n", data)));
    return post;
  }

  private static void append(StringBuilder query, String name, String value) {
    query.append('&').append(encode(name)).append('=').append(encode(value));
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private URI at(String query) {
    return URI.create(url + (url.indexOf('/', url.indexOf("//") + 2) < 0 ? "/?" : "?") + query);
  }

  private void write(OutputStream out, String statement, @Nullable BlockWriter data)
      throws IOException {
    OutputStream body =
        options.compress()
            ? new ClickHouseLZ4OutputStream(
                out,
                LZ4Factory.fastestInstance().fastCompressor(),
                ClickHouseLZ4OutputStream.UNCOMPRESSED_BUFF_SIZE)
            : out;
    body.write(statement.getBytes(StandardCharsets.UTF_8));
    if (data != null) {
      data.writeTo(body);
    }
    body.flush();
  }

  /** Whether ClickHouse answers a query within a timeout. */
  boolean answers(int timeoutMs) {
    HttpPost post = post(Map.of(), "SELECT 1", null);
    post.setConfig(
        RequestConfig.custom().setResponseTimeout(Timeout.ofMilliseconds(timeoutMs)).build());
    try {
      HttpAnswer answer = client.execute(post, HttpConnection::answer);
      return answer.isOk() && answer.body().strip().equals("1");
    } catch (IOException e) {
      return false;
    }
  }

  private static HttpAnswer answer(ClassicHttpResponse response) throws IOException {
    return new HttpAnswer(
        response.getCode(),
        code(header(response, "X-ClickHouse-Exception-Code")),
        header(response, "X-ClickHouse-Query-Id"),
        header(response, NONCE),
        header(response, "Location"),
        body(response.getEntity()));
  }

  private static @Nullable String header(ClassicHttpResponse response, String name) {
    Header header = response.getFirstHeader(name);
    return header == null ? null : header.getValue();
  }

  private static int code(@Nullable String header) {
    try {
      return header == null ? 0 : Math.max(0, Integer.parseInt(header.strip()));
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private static String body(@Nullable HttpEntity entity) throws IOException {
    if (entity == null) {
      return "";
    }
    try (InputStream in = entity.getContent()) {
      String beginning = new String(in.readNBytes(LONGEST_BODY), StandardCharsets.UTF_8);
      EntityUtils.consume(entity);
      return beginning;
    }
  }

  boolean isClosed() {
    return closed;
  }

  @Override
  public void close() {
    closed = true;
    client.close(CloseMode.IMMEDIATE);
  }

  /** The settings clause of a statement. */
  static String settingsClause(Map<String, String> settings) {
    return settings.entrySet().stream()
        .map(setting -> setting.getKey() + " = " + literal(setting.getValue()))
        .collect(Collectors.joining(", ", " SETTINGS ", ""));
  }

  /** A string literal of ClickHouse. */
  static String literal(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
