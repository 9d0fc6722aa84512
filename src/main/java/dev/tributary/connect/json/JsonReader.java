package dev.tributary.connect.json;

import org.apache.kafka.connect.errors.DataException;
import org.jspecify.annotations.Nullable;

/**
 * Reads JSON text into schemaless Connect values: maps in the text's order, lists, strings,
 * booleans, null, and numbers with all their digits. A whole number is a {@code Long} or, beyond
 * that, a {@code BigInteger}; any other number is a {@code BigDecimal}.
 *
 * <p>Not thread-safe.
 */
public final class JsonReader {

  private final JsonScanner scanner = new JsonScanner();

  /**
   * The value of a whole text in UTF-8.
   *
   * @throws DataException when it is not one JSON value, or an object in it has a name twice; the
   *     message says where it goes wrong and quotes nothing
   */
  public @Nullable Object read(byte[] text) {
    Object value = readLazily(text);
    return value instanceof JsonRecord record ? record.all() : value;
  }

  /**
   * The same, but an object is decoded when it is looked at. It keeps the text, which must not be
   * changed.
   *
   * @throws DataException as {@link #read}: what is returned is well-formed throughout
   */
  public @Nullable Object readLazily(byte[] text) {
    if (scanner.scan(text)) {
      return new JsonRecord(text, scanner.names(), scanner.spans());
    }
    int start = scanner.start();
    int end = JsonText.end(text, start);
    return JsonText.value(text, start, end & ~JsonScanner.ESCAPED, end < 0);
  }
}
