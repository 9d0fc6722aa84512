package dev.tributary.stack;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/** Reads HTTP/1.1 messages as they travel: bodies keep the framing that they have. */
final class HttpBytes {

  private HttpBytes() {}

  /** Reads up to the empty line; empty when the peer has closed the connection before that. */
  static Optional<byte[]> readHead(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    int matched = 0;
    while (matched < 4) {
      int b = in.read();
      if (b < 0) {
        return Optional.empty();
      }
      head.write(b);
      matched = b == "\r\n\r\n".charAt(matched) ? matched + 1 : b == '\r' ? 1 : 0;
    }
    return Optional.of(head.toByteArray());
  }

  /** Reads the body that the head announces. */
  static byte[] readBody(byte[] head, InputStream in) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    if (isChunked(head)) {
      int size;
      do {
        size = chunkSize(readLine(in, body));
        copy(in, body, size + 2); // with the line end after it
      } while (size > 0);
    } else {
      copy(in, body, length(head));
    }
    return body.toByteArray();
  }

  /** The first bytes of the body, without its framing; they stay in the stream. */
  static byte[] peekBody(byte[] head, BufferedInputStream in, int limit) throws IOException {
    in.mark(Integer.MAX_VALUE);
    ByteArrayOutputStream start = new ByteArrayOutputStream();
    if (isChunked(head)) {
      int size;
      do {
        size = chunkSize(readLine(in, new ByteArrayOutputStream()));
        int wanted = Math.min(size, limit - start.size());
        copy(in, start, wanted);
        if (wanted == size) {
          in.skipNBytes(2); // the line end after it
        }
      } while (size > 0 && start.size() < limit);
    } else {
      copy(in, start, Math.min(length(head), limit));
    }
    in.reset();
    return start.toByteArray();
  }

  private static boolean isChunked(byte[] head) {
    return header(head, "transfer-encoding").contains("chunked");
  }

  private static int chunkSize(String line) {
    return Integer.parseInt(line.strip().split(";", -1)[0], 16);
  }

  private static int length(byte[] head) {
    String length = header(head, "content-length");
    return length.isEmpty() ? 0 : Integer.parseInt(length);
  }

  static String text(byte[] head) {
    return new String(head, StandardCharsets.ISO_8859_1);
  }

  /** A header's value; empty where there is none. */
  static String header(byte[] head, String name) {
    return text(head)
        .lines()
        .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name + ":"))
        .map(line -> line.substring(name.length() + 1).strip())
        .findFirst()
        .orElse("");
  }

  private static String readLine(InputStream in, ByteArrayOutputStream copy) throws IOException {
    StringBuilder line = new StringBuilder();
    int b;
    do {
      b = in.read();
      if (b < 0) {
        throw new EOFException();
      }
      copy.write(b);
      line.append((char) b);
    } while (b != '\n');
    return line.toString();
  }

  private static void copy(InputStream in, ByteArrayOutputStream copy, int count)
      throws IOException {
    byte[] bytes = in.readNBytes(count);
    if (bytes.length < count) {
      throw new EOFException();
    }
    copy.write(bytes);
  }
}
