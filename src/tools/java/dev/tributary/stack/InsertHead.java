package dev.tributary.stack;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jpountz.lz4.LZ4Factory;

/**
 * What a request says about its insert. A request is an insert if
 *
 * <ul>
 *   <li>{@code INSERT INTO} and a table are in its URL,
 *   <li>or its body begins with them, as they are or compressed ({@code decompress=1}, LZ4).
 * </ul>
 *
 * @param table as the statement names it
 * @param token the deduplication token, as a setting of the statement or of the URL; empty without
 *     one
 */
record InsertHead(String table, String token) {

  private static final Pattern INSERT = Pattern.compile("(?i)\\s*INSERT INTO (\\S+)");
  private static final Pattern TOKEN =
      Pattern.compile("insert_deduplication_token(?: = '([^']*)'|=([^& ]*))");
  private static final String COMPRESSED = "decompress=1";

  /** Much longer than the longest statement up to its table. */
  private static final int STATEMENT = 1_024;

  // A frame: checksum, method, packed size from the method on, plain size, and the packed bytes.
  private static final int METHOD_AT = 16;
  private static final int PACKED_AT = 17;
  private static final int PLAIN_AT = 21;
  private static final int FRAME_HEAD = 25;
  private static final byte LZ4 = (byte) 0x82;

  /**
   * Reads a request whose body is still in the stream, and leaves it there; empty if it is no
   * insert.
   *
   * @throws IOException also when the client goes away before the statement has come
   */
  static Optional<InsertHead> of(byte[] head, BufferedInputStream in) throws IOException {
    String request = HttpBytes.text(head).lines().findFirst().orElse("");
    String decoded = URLDecoder.decode(request, StandardCharsets.UTF_8);
    Matcher inUrl = INSERT.matcher(decoded);
    if (inUrl.find()) {
      return Optional.of(new InsertHead(inUrl.group(1), token(decoded)));
    }
    byte[] body =
        request.contains(COMPRESSED)
            ? firstFrame(head, in)
            : HttpBytes.peekBody(head, in, STATEMENT);
    String start = new String(body, StandardCharsets.UTF_8);
    Matcher inBody = INSERT.matcher(start);
    return inBody.lookingAt()
        ? Optional.of(new InsertHead(inBody.group(1), token(start + "&" + decoded)))
        : Optional.empty();
  }

  private static String token(String text) {
    Matcher found = TOKEN.matcher(text);
    if (!found.find()) {
      return "";
    }
    return found.group(1) == null ? found.group(2) : found.group(1);
  }

  private static byte[] firstFrame(byte[] head, BufferedInputStream in) throws IOException {
    byte[] start = HttpBytes.peekBody(head, in, FRAME_HEAD);
    if (start.length < FRAME_HEAD || start[METHOD_AT] != LZ4) {
      return new byte[0];
    }
    ByteBuffer sizes = ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN);
    int end = METHOD_AT + sizes.getInt(PACKED_AT);
    byte[] frame = HttpBytes.peekBody(head, in, end);
    return LZ4Factory.fastestJavaInstance()
        .safeDecompressor()
        .decompress(frame, FRAME_HEAD, end - FRAME_HEAD, sizes.getInt(PLAIN_AT));
  }
}
