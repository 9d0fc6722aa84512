package dev.tributary.connect.sink.columns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.record.MemoryEstimate;
import dev.tributary.foreign.MatrixTypes;
import dev.tributary.foreign.MatrixValues;
import dev.tributary.foreign.OddValues;
import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.ClickHouseServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The bytes that the writers write for random values of random types are the bytes that the server
 * itself writes of what it has read.
 */
@ExtendWith(StackExtension.class)
class NativeBytesIT {

  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final int TYPES = 60;
  private static final int ROWS = 17;

  /** Without the largest, which take long and show nothing more. */
  private static final List<MatrixValues.Value> ODD =
      OddValues.all().stream().filter(odd -> MemoryEstimate.of(odd.value()) < 300_000).toList();

  private static final String SELECT =
      "SELECT n, c FROM native_bytes_it.t ORDER BY n FORMAT Native";

  private static final Pattern MANY_FORMS =
      Pattern.compile("LowCardinality|Variant|Dynamic|JSON|Geometry|DateTime\\(|Simple");

  private static String url = "";

  @BeforeAll
  static void createDatabase(ClickHouseServer server) {
    url = server.url();
    post("CREATE DATABASE IF NOT EXISTS native_bytes_it", new byte[0]);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void serverWritesWhatItHasRead(long seed) throws IOException {
    RandomColumns random = new RandomColumns(seed);
    for (int i = 0; i < TYPES; i++) {
      String type = random.type(3);
      ColumnType parsed = ColumnType.parse(type);
      ColumnWriter n = Cells.column("UInt32");
      ColumnWriter c = Cells.column(type);
      for (int row = 0; row < ROWS; row++) {
        n.append(row);
        c.append(random.value(parsed));
      }
      byte[] written = block(n, c);
      create(type);
      post("INSERT INTO native_bytes_it.t (n, c) FORMAT Native", written);

      assertThat(post(SELECT, new byte[0])).as("seed %d, %s", seed, type).isEqualTo(written);
    }
  }

  static Set<String> matrixTypes() {
    return MatrixTypes.all().keySet();
  }

  /**
   * All in one block, which the server would refuse for one value that it does not read. Where it
   * writes the same rows or the type in another way, only the number of rows is compared.
   */
  @ParameterizedTest
  @MethodSource("matrixTypes")
  void serverWritesEveryOddValueThatAColumnTakes(String matrixType) throws IOException {
    create(matrixType);
    String type =
        text(
            "SELECT type FROM system.columns WHERE database = 'native_bytes_it' AND table = 't'"
                + " AND name = 'c' FORMAT TSVRaw");
    ColumnWriter n = Cells.column("UInt32");
    ColumnWriter c = Cells.column(type);
    for (MatrixValues.Value odd : ODD) {
      try {
        c.append(odd.value(), odd.schema());
        n.append(n.rows());
      } catch (ValueException e) {
        assertThat(c.rows()).isEqualTo(n.rows());
      }
    }
    n.append(n.rows());
    c.appendDefault();
    byte[] written = block(n, c);
    post("INSERT INTO native_bytes_it.t (n, c) FORMAT Native", written);

    if (MANY_FORMS.matcher(type).find()) {
      assertThat(text("SELECT n, c FROM native_bytes_it.t ORDER BY n").lines()).hasSize(n.rows());
    } else {
      assertThat(post(SELECT, new byte[0])).as(type).isEqualTo(written);
    }
  }

  private static void create(String type) {
    post(
        "CREATE OR REPLACE TABLE native_bytes_it.t (n UInt32, c " + type + ") ENGINE = Memory",
        new byte[0]);
  }

  private static String text(String select) {
    return new String(post(select, new byte[0]), StandardCharsets.UTF_8).strip();
  }

  @Test
  void aByteMoreIsNoticed() throws IOException {
    ColumnWriter n = Cells.column("UInt32");
    ColumnWriter c = Cells.column("String");
    n.append(1);
    c.append("x");
    post(
        "CREATE OR REPLACE TABLE native_bytes_it.t (n UInt32, c String) ENGINE = Memory",
        new byte[0]);
    post("INSERT INTO native_bytes_it.t (n, c) FORMAT Native", block(n, c));
    c.truncate(0);
    c.append("y");
    assertThat(post("SELECT n, c FROM native_bytes_it.t FORMAT Native", new byte[0]))
        .isNotEqualTo(block(n, c));
  }

  private static byte[] block(ColumnWriter n, ColumnWriter c) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    NativeBlock.write(out, List.of("n", "c"), List.of(n, c), n.rows());
    return out.toByteArray();
  }

  private static byte[] post(String statement, byte[] body) {
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create(
                    url
                        + "/?input_format_native_allow_types_conversion=0&async_insert=0&flatten_nested=0"
                        + "&allow_suspicious_low_cardinality_types=1"
                        + "&allow_suspicious_variant_types=1"
                        + "&allow_experimental_nullable_tuple_type=1&query="
                        + URLEncoder.encode(statement, StandardCharsets.UTF_8)))
            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
            .build();
    try {
      HttpResponse<byte[]> response = HTTP.send(request, HttpResponse.BodyHandlers.ofByteArray());
      assertThat(response.statusCode())
          .as(new String(response.body(), StandardCharsets.UTF_8))
          .isEqualTo(200);
      return response.body();
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
