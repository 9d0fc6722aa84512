package dev.tributary.connect.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import dev.tributary.connect.record.BytesValues;
import dev.tributary.connect.record.ConnectDates;
import dev.tributary.connect.record.DebeziumTime;
import dev.tributary.connect.record.ExactNumbers;
import dev.tributary.connect.record.UnionStructs;
import dev.tributary.connect.record.ValueKinds;
import dev.tributary.connect.record.ValueLimits;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Date;
import java.util.Deque;
import java.util.Iterator;
import java.util.Map;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.jspecify.annotations.Nullable;

/**
 * Writes lists, maps and structs as JSON: numbers with all their digits, bytes in base64, dates and
 * times as ISO-8601, NaN and the infinities as text, a struct's fields in the schema's order, half
 * a surrogate pair as its escape. A value may bring its schema with it, as {@link SchemaAndValue}.
 * Not thread-safe.
 */
public final class JsonWriter {

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .recyclerPool(JsonRecyclerPools.newConcurrentDequePool())
          .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
          .build();

  /** A list, map or struct of which some parts are written. */
  private record Container(
      Object value, Iterator<?> parts, @Nullable Schema partSchema, int lists) {}

  /** ClickHouse reads no type of more arrays, and has to read those of some JSON again. */
  private static final int MOST_LISTS = 100;

  private final OutputStream out;
  private final boolean forClickHouse;

  /** The innermost first. */
  private final Deque<Container> open = new ArrayDeque<>();

  /** Kept for all values; one that has failed midway is thrown away. */
  private @Nullable JsonGenerator generator;

  /** A writer that appends each value to the stream. */
  public JsonWriter(OutputStream out) {
    this(out, false);
  }

  /**
   * A writer for ClickHouse's type JSON, or any reader.
   *
   * @param forClickHouse whether what that type does not read has no form: whole numbers below
   *     -2^63 or from 2^64 on, numbers that would become infinite, half a surrogate pair
   */
  public JsonWriter(OutputStream out, boolean forClickHouse) {
    this.out = out;
    this.forClickHouse = forClickHouse;
  }

  /**
   * Writes one value.
   *
   * @throws DataException when it has no form in JSON; what was written so far is then of no use
   * @throws IOException from the stream
   */
  public void write(Object value, @Nullable Schema schema) throws IOException {
    JsonGenerator json = generator;
    generator = null;
    try {
      if (json == null) {
        json = FACTORY.createGenerator(out);
        json.setRootValueSeparator(null);
      }
      write(json, value, schema);
      json.flush();
    } catch (JsonProcessingException e) {
      throw new DataException(
          ValueKinds.of(value)
              + " cannot be written as JSON: it is nested too deep, the most is "
              + ValueLimits.MOST_LEVELS
              + " levels");
    }
    generator = json;
  }

  /** Without recursion: a value may be nested deeper than the stack of a thread allows. */
  private void write(JsonGenerator json, Object value, @Nullable Schema schema) throws IOException {
    open.clear();
    begin(json, value, schema);
    while (!open.isEmpty()) {
      Container container = open.peek();
      if (!container.parts.hasNext()) {
        open.pop();
        if (container.value instanceof Collection) {
          json.writeEndArray();
        } else {
          json.writeEndObject();
        }
      } else if (container.value instanceof Struct struct) {
        Field field = (Field) container.parts.next();
        json.writeFieldName(text(field.name()));
        begin(json, struct.getWithoutDefault(field.name()), field.schema());
      } else if (container.value instanceof Map) {
        Map.Entry<?, ?> entry = (Map.Entry<?, ?>) container.parts.next();
        json.writeFieldName(name(entry.getKey()));
        begin(json, entry.getValue(), container.partSchema);
      } else {
        begin(json, container.parts.next(), container.partSchema);
      }
    }
  }

  /** Writes a value, or opens it. */
  private void begin(JsonGenerator json, @Nullable Object given, @Nullable Schema schema)
      throws IOException {
    Object value = ExactNumbers.exact(given);
    if (value instanceof SchemaAndValue typed) {
      begin(json, typed.value(), typed.schema());
    } else if (value instanceof Struct struct && UnionStructs.is(struct.schema())) {
      begin(json, UnionStructs.value(struct), UnionStructs.schemaOfValue(struct));
    } else if (value instanceof Map<?, ?> map) {
      json.writeStartObject();
      open.push(new Container(map, map.entrySet().iterator(), valueSchema(schema), 0));
    } else if (value instanceof Collection<?> list) {
      Container outer = open.peek();
      int lists = outer == null ? 1 : outer.lists + 1;
      if (forClickHouse && lists > MOST_LISTS) {
        throw new DataException("lists that are nested more than " + MOST_LISTS + " levels deep");
      }
      json.writeStartArray();
      open.push(new Container(list, list.iterator(), valueSchema(schema), lists));
    } else if (value instanceof Struct struct) {
      json.writeStartObject();
      open.push(new Container(struct, struct.schema().fields().iterator(), null, 0));
    } else {
      writeScalar(json, value, schema);
    }
  }

  private static @Nullable Schema valueSchema(@Nullable Schema schema) {
    return schema == null ? null : schema.valueSchema();
  }

  private void writeScalar(JsonGenerator json, @Nullable Object value, @Nullable Schema schema)
      throws IOException {
    if (value == null) {
      json.writeNull();
    } else if (value instanceof String text) {
      json.writeString(text(text));
    } else if (value instanceof Boolean flag) {
      json.writeBoolean(flag);
    } else if (value instanceof Number number) {
      DebeziumTime temporal = DebeziumTime.of(schema);
      if (temporal != DebeziumTime.NONE && temporal != DebeziumTime.YEAR && isLong(number)) {
        json.writeString(temporal.iso(number.longValue()));
      } else {
        writeNumber(json, number);
      }
    } else if (BytesValues.is(value)) {
      byte[] bytes = new byte[BytesValues.length(value)];
      BytesValues.copy(value, bytes, 0);
      json.writeBinary(bytes);
    } else if (value instanceof Date date) {
      json.writeString(ConnectDates.iso(date, schema));
    } else {
      throw new DataException(ValueKinds.of(value) + " cannot be written as JSON");
    }
  }

  private String name(@Nullable Object key) {
    if (!(key instanceof String || key instanceof Number || key instanceof Boolean)) {
      throw new DataException(
          "a map whose key is "
              + (key == null ? "null" : ValueKinds.of(key))
              + " has no form in JSON");
    }
    checkDigits(key);
    return text(key.toString());
  }

  private String text(String text) {
    if (forClickHouse && !ValueLimits.isUnicode(text)) {
      throw new DataException(
          ValueKinds.of(text) + " holds half a surrogate pair, which no Unicode text does");
    }
    return text;
  }

  private static void checkDigits(Object number) {
    if (ValueLimits.hasTooManyDigits(number)) {
      throw new DataException("a number of more than " + ValueLimits.MOST_DIGITS + " digits");
    }
  }

  private void writeNumber(JsonGenerator json, Number number) throws IOException {
    checkDigits(number);
    if (isLong(number)) {
      json.writeNumber(number.longValue());
    } else if (number instanceof Double value) {
      json.writeNumber(value);
    } else if (number instanceof Float value) {
      json.writeNumber(value);
    } else if (number instanceof BigInteger value) {
      check64Bits(value);
      json.writeNumber(value);
    } else if (number instanceof BigDecimal value) {
      if (value.scale() == 0) {
        check64Bits(value.unscaledValue()); // it is written without a point
      } else if (forClickHouse && Double.isInfinite(value.doubleValue())) {
        throw new DataException(ValueKinds.of(number) + " would become infinite in JSON");
      }
      json.writeNumber(value);
    } else {
      throw new DataException(ValueKinds.of(number) + " cannot be written as JSON");
    }
  }

  private void check64Bits(BigInteger whole) {
    if (forClickHouse && whole.bitLength() > (whole.signum() < 0 ? 63 : 64)) {
      throw new DataException(ValueKinds.of(whole) + " is beyond the 64 bits that JSON has here");
    }
  }

  private static boolean isLong(Number number) {
    return number instanceof Long
        || number instanceof Integer
        || number instanceof Short
        || number instanceof Byte;
  }
}
