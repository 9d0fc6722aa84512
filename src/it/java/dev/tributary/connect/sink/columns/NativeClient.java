package dev.tributary.connect.sink.columns;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Statements and Native inserts over HTTP in a database of its own, without the sink. */
final class NativeClient {

  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private static final String INSERT_SETTINGS =
      "&input_format_native_allow_types_conversion=0&input_format_null_as_default=1&async_insert=0";

  private final String url;
  private final String database;

  NativeClient(String url, String database) {
    this.url = url;
    this.database = database;
    sql("DROP DATABASE IF EXISTS " + database);
    sql("CREATE DATABASE " + database);
  }

  /** The answer to a statement, without the end of its last line. */
  String sql(String statement) {
    return post(
        "/?allow_suspicious_low_cardinality_types=1&allow_suspicious_variant_types=1"
            + "&allow_experimental_nullable_tuple_type=1&flatten_nested=0",
        statement.getBytes(StandardCharsets.UTF_8));
  }

  void insert(String table, List<String> names, List<ColumnWriter> columns) throws IOException {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    NativeBlock.write(block, names, columns, columns.get(0).rows());
    String list = String.join(", ", names.stream().map(NativeClient::identifier).toList());
    String insert = "INSERT INTO " + database + "." + table + " (" + list + ") FORMAT Native";
    post(
        "/?query=" + URLEncoder.encode(insert, StandardCharsets.UTF_8) + INSERT_SETTINGS,
        block.toByteArray());
  }

  /** The type of a column as the sink reads it. */
  String systemType(String table, String column) {
    return sql(
        "SELECT type FROM system.columns WHERE database = '"
            + database
            + "' AND name = '"
            + column
            + "' AND table = '"
            + table
            + "' FORMAT TSVRaw");
  }

  static String identifier(String name) {
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`";
  }

  private String post(String path, byte[] body) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url + path))
            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
            .build();
    try {
      HttpResponse<String> response = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
      assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
      String text = response.body();
      return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
