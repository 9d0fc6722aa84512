package dev.tributary.connect.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.errors.DataException;
import org.jspecify.annotations.Nullable;

/**
 * Reads JSON text into schemaless Connect values: maps in the text's order, lists, strings,
 * booleans, null, and numbers with all their digits. A whole number is a {@code Long} or, beyond
 * that, a {@code BigInteger}; any other number is a {@code BigDecimal}.
 *
 * <p>Of a name that stands twice in an object the last value counts. Thread-safe.
 */
public final class JsonReader {

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          // Messages reach logs and must not quote the record.
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .build();

  /**
   * The value of a whole text in UTF-8.
   *
   * @throws DataException when it is not one JSON value; the message says where it goes wrong and
   *     quotes nothing
   */
  public @Nullable Object read(byte[] text) {
    try (JsonParser parser = FACTORY.createParser(text)) {
      JsonToken first = parser.nextToken();
      if (first == null) {
        throw new DataException("it is not JSON: it is empty");
      }
      Object value = value(parser, first);
      if (parser.nextToken() != null) {
        throw malformed(parser, "more text follows the value");
      }
      return value;
    } catch (JsonProcessingException e) {
      throw new DataException("it is not JSON: " + where(e));
    } catch (IOException e) {
      throw new DataException("it is not JSON: its text is not UTF-8");
    }
  }

  private static @Nullable Object value(JsonParser parser, JsonToken token) throws IOException {
    return switch (token) {
      case START_OBJECT -> object(parser);
      case START_ARRAY -> array(parser);
      case VALUE_STRING -> parser.getText();
      case VALUE_NUMBER_INT ->
          parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
              ? (Object) parser.getBigIntegerValue()
              : (Object) parser.getLongValue();
      case VALUE_NUMBER_FLOAT -> parser.getDecimalValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> null;
      default -> throw malformed(parser, "a value is missing");
    };
  }

  private static Map<String, @Nullable Object> object(JsonParser parser) throws IOException {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
      map.put(name, value(parser, parser.nextToken()));
    }
    return map;
  }

  private static List<@Nullable Object> array(JsonParser parser) throws IOException {
    List<@Nullable Object> list = new ArrayList<>();
    for (JsonToken token = parser.nextToken();
        token != JsonToken.END_ARRAY;
        token = parser.nextToken()) {
      list.add(value(parser, token));
    }
    return list;
  }

  private static JsonParseException malformed(JsonParser parser, String what) {
    return new JsonParseException(parser, what);
  }

  /** Jackson's own message may quote the text. */
  private static String where(JsonProcessingException e) {
    return e.getLocation() == null
        ? "it cannot be read"
        : "it goes wrong at byte " + e.getLocation().getByteOffset();
  }
}
