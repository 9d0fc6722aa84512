package dev.tributary.connect.json;

import dev.tributary.connect.json.JsonText.Numbers;
import org.apache.kafka.connect.errors.DataException;
import org.jspecify.annotations.Nullable;

/**
 * Reads JSON text into schemaless values: maps in the text's order, lists, strings, booleans, null
 * and numbers. A whole number is a {@code Long} or, beyond that, a {@code BigInteger}; any other
 * number is a {@code BigDecimal}. Other plugins do not know the latter two and get Connect's own
 * classes, see {@link dev.tributary.connect.record.ExactNumbers}.
 *
 * <p>Not thread-safe.
 */
public final class JsonReader {

  private final JsonScanner scanner = new JsonScanner();

  /**
   * The value of a whole text in UTF-8, for our own readers: numbers have all their digits.
   *
   * @throws DataException when it is not one JSON value, or an object in it has a name twice; the
   *     message says where it goes wrong and quotes nothing
   */
  public @Nullable Object read(byte[] text) {
    return read(text, Numbers.EXACT);
  }

  /**
   * The same for any plugin, in the classes of Connect's schemaless data.
   *
   * @throws DataException as {@link #read}
   */
  public @Nullable Object readForConnect(byte[] text) {
    return read(text, Numbers.CONNECT);
  }

  private @Nullable Object read(byte[] text, Numbers numbers) {
    var unused = scanner.scan(text);
    return value(text, numbers);
  }

  private @Nullable Object value(byte[] text, Numbers numbers) {
    int start = scanner.start();
    int end = JsonText.end(text, start);
    return JsonText.value(text, start, end & ~JsonScanner.ESCAPED, end < 0, numbers);
  }

  /**
   * The same for any plugin and for our own readers: an object is decoded when it is looked at, and
   * has numbers for both. It keeps the text, which must not be changed.
   *
   * @throws DataException as {@link #read}: what is returned is well-formed throughout
   */
  public @Nullable Object readLazily(byte[] text) {
    if (scanner.scan(text)) {
      return new JsonRecord(text, scanner.names(), scanner.spans());
    }
    return value(text, Numbers.CONNECT);
  }
}
