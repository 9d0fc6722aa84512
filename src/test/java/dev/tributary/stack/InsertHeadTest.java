package dev.tributary.stack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import net.jpountz.lz4.LZ4Factory;
import org.junit.jupiter.api.Test;

class InsertHeadTest {

  private static final String INSERT = "INSERT INTO `rows`.`rows_of_rows` (`n`) FORMAT Native\n";

  @Test
  void statement_in_the_url_is_an_insert() throws IOException {
    assertThat(
            read(
                "POST /?insert_deduplication_token=t-1&query=INSERT+INTO+%60d%60.%60t%60+%28n%29"
                    + "&database=d HTTP/1.1\r\nContent-Length: 2",
                bytes("ab")))
        .contains(new InsertHead("`d`.`t`", "t-1"));
  }

  @Test
  void statement_at_the_start_of_the_body_is_an_insert() throws IOException {
    assertThat(read("POST /?query_id=q HTTP/1.1\r\nContent-Length: 55", bytes(INSERT + "x")))
        .contains(new InsertHead("`rows`.`rows_of_rows`", ""));
  }

  @Test
  void statement_in_several_chunks_is_an_insert() throws IOException {
    assertThat(
            read(
                "POST /?query_id=q HTTP/1.1\r\nTransfer-Encoding: chunked",
                bytes("4\r\nINSE\r\n9\r\nRT INTO t\r\n1\r\n \r\n0\r\n\r\n")))
        .contains(new InsertHead("t", ""));
  }

  /** The second half of the table's name repeats the first, so that LZ4 does not store it. */
  @Test
  void statement_in_a_compressed_body_is_an_insert() throws IOException {
    byte[] body = compressed(INSERT + "x".repeat(5_000));
    assertThat(
            read(
                "POST /?decompress=1&insert_deduplication_token=t-2 HTTP/1.1\r\nContent-Length: "
                    + body.length,
                body))
        .contains(new InsertHead("`rows`.`rows_of_rows`", "t-2"));
  }

  @Test
  void token_is_read_from_the_settings_of_the_statement() throws IOException {
    assertThat(
            read(
                "POST /?query=INSERT+INTO+t+%28n%29+SETTINGS+insert_deduplication_token+%3D+%27t-3"
                    + "%27%2C+x+%3D+%271%27+FORMAT+Native HTTP/1.1\r\nContent-Length: 2",
                bytes("ab")))
        .contains(new InsertHead("t", "t-3"));
  }

  @Test
  void other_requests_are_no_inserts() throws IOException {
    assertThat(read("GET /ping HTTP/1.1", bytes(""))).isEmpty();
    assertThat(
            read(
                "POST /?session_id=t-3&session_check=1&query=SELECT+1 HTTP/1.1\r\n"
                    + "Content-Length: 0",
                bytes("")))
        .isEmpty();
    assertThat(read("POST /?session_id=t-3 HTTP/1.1\r\nContent-Length: 8", bytes("SELECT 1")))
        .isEmpty();
    byte[] select = compressed("SELECT 'INSERT INTO t '");
    assertThat(read("POST /?decompress=1 HTTP/1.1\r\nContent-Length: " + select.length, select))
        .isEmpty();
  }

  /** Reads a request, and checks that its body is still in the stream. */
  private static Optional<InsertHead> read(String head, byte[] body) throws IOException {
    byte[] allOfHead = bytes(head + "\r\n\r\n");
    BufferedInputStream in = new BufferedInputStream(new ByteArrayInputStream(body), 16);
    Optional<InsertHead> found = InsertHead.of(allOfHead, in);
    assertThat(HttpBytes.readBody(allOfHead, in)).isEqualTo(body);
    return found;
  }

  private static byte[] compressed(String text) {
    byte[] plain = bytes(text);
    byte[] packed = LZ4Factory.fastestJavaInstance().fastCompressor().compress(plain);
    ByteBuffer frame = ByteBuffer.allocate(25 + packed.length).order(ByteOrder.LITTLE_ENDIAN);
    frame.position(16); // after the checksum
    frame.put((byte) 0x82).putInt(9 + packed.length).putInt(plain.length).put(packed);
    ByteArrayOutputStream frames = new ByteArrayOutputStream();
    frames.writeBytes(frame.array());
    frames.writeBytes(bytes("the next frame"));
    return frames.toByteArray();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
