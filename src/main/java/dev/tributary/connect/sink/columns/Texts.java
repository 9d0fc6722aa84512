package dev.tributary.connect.sink.columns;

import dev.tributary.connect.json.JsonWriter;
import dev.tributary.connect.record.BytesValues;
import dev.tributary.connect.record.ConnectDates;
import dev.tributary.connect.record.DebeziumTime;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.Date;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of any value in a text column: text as UTF-8, bytes as they are, numbers and booleans
 * in plain, dates and times as ISO-8601 (numbers too whose schema says that they are one), and
 * lists, maps and structs as JSON.
 */
final class Texts {

  /** Beyond this many places the plain form of a decimal would be mostly zeros. */
  private static final int MOST_PLACES = 1000;

  private final Bytes bytes = new Bytes();
  private final JsonWriter json;

  Texts() {
    this(false);
  }

  /** For the server's JSON type, which has no integers beyond 64 bits. */
  static Texts ofJsonColumn() {
    return new Texts(true);
  }

  private Texts(boolean only64Bits) {
    this.json = new JsonWriter(bytes.stream(), only64Bits);
  }

  /** Encodes a value that is no String; the result stays valid until the next call. */
  Bytes encode(Object value, @Nullable Schema schema, String type) {
    bytes.clear();
    if (value instanceof String text) {
      bytes.putText(text);
    } else if (BytesValues.is(value)) {
      bytes.putBinary(value);
    } else if (value instanceof Map || value instanceof Collection || value instanceof Struct) {
      writeJson(value, schema);
    } else {
      bytes.putText(plain(value, schema, type));
    }
    return bytes;
  }

  private void writeJson(Object value, @Nullable Schema schema) {
    try {
      json.write(value, schema);
    } catch (DataException e) {
      throw new ValueException(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw new IllegalStateException("Writing to memory failed", e);
    }
  }

  /** The shortest digits that tell the number from its neighbours, without an exponent. */
  private static String plain(Number floating) {
    String shortest = floating.toString();
    if (!Double.isFinite(floating.doubleValue()) || shortest.indexOf('E') < 0) {
      return shortest;
    }
    BigDecimal digits = new BigDecimal(shortest).stripTrailingZeros();
    return digits.setScale(Math.max(1, digits.scale())).toPlainString();
  }

  private static String plain(Object value, @Nullable Schema schema, String type) {
    if (value instanceof BigDecimal decimal) {
      return Math.abs((long) decimal.scale()) <= MOST_PLACES
          ? decimal.toPlainString()
          : decimal.toString();
    }
    DebeziumTime temporal = DebeziumTime.of(schema);
    if (temporal != DebeziumTime.NONE && Integers.isLong(value)) {
      return temporal.iso(((Number) value).longValue());
    }
    if (value instanceof Double || value instanceof Float) {
      return plain((Number) value);
    }
    if (value instanceof Number || value instanceof Boolean) {
      return value.toString();
    }
    if (value instanceof Date date) {
      return ConnectDates.iso(date, schema);
    }
    throw ValueException.unsuited(
        value, type, "text, bytes, numbers, booleans, dates, lists, maps and structs");
  }
}
