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
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Collection;
import java.util.Date;
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

  private final OutputStream out;
  private final boolean only64Bits;

  /** Kept for all values; one that has failed midway is thrown away. */
  private @Nullable JsonGenerator generator;

  /** A writer that appends each value to the stream. */
  public JsonWriter(OutputStream out) {
    this(out, false);
  }

  /**
   * A writer for a reader that may know no integers beyond 64 bits.
   *
   * @param only64Bits whether whole numbers below -2^63 or from 2^64 on have no form
   */
  public JsonWriter(OutputStream out, boolean only64Bits) {
    this.out = out;
    this.only64Bits = only64Bits;
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
          ValueKinds.of(value) + " cannot be written as JSON: it is nested too deep");
    }
    generator = json;
  }

  private void write(JsonGenerator json, @Nullable Object given, @Nullable Schema schema)
      throws IOException {
    Object value = ExactNumbers.exact(given);
    if (value == null) {
      json.writeNull();
    } else if (value instanceof String text) {
      json.writeString(text);
    } else if (value instanceof Boolean flag) {
      json.writeBoolean(flag);
    } else if (value instanceof Number number) {
      DebeziumTime temporal = DebeziumTime.of(schema);
      if (temporal != DebeziumTime.NONE && temporal != DebeziumTime.YEAR && isLong(number)) {
        json.writeString(temporal.iso(number.longValue()));
      } else {
        writeNumber(json, number);
      }
    } else if (value instanceof Map<?, ?> map) {
      writeMap(json, map, schema);
    } else if (value instanceof Collection<?> list) {
      Schema elementSchema = schema == null ? null : schema.valueSchema();
      json.writeStartArray();
      for (Object element : list) {
        write(json, element, elementSchema);
      }
      json.writeEndArray();
    } else if (value instanceof Struct struct && UnionStructs.is(struct.schema())) {
      write(json, UnionStructs.value(struct), UnionStructs.schemaOfValue(struct));
    } else if (value instanceof Struct struct) {
      json.writeStartObject();
      for (Field field : struct.schema().fields()) {
        json.writeFieldName(field.name());
        write(json, struct.getWithoutDefault(field.name()), field.schema());
      }
      json.writeEndObject();
    } else if (value instanceof SchemaAndValue typed) {
      write(json, typed.value(), typed.schema());
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

  private void writeMap(JsonGenerator json, Map<?, ?> map, @Nullable Schema schema)
      throws IOException {
    Schema valueSchema = schema == null ? null : schema.valueSchema();
    json.writeStartObject();
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      Object key = entry.getKey();
      if (!(key instanceof String || key instanceof Number || key instanceof Boolean)) {
        throw new DataException(
            "a map whose key is "
                + (key == null ? "null" : ValueKinds.of(key))
                + " has no form in JSON");
      }
      json.writeFieldName(key.toString());
      write(json, entry.getValue(), valueSchema);
    }
    json.writeEndObject();
  }

  private void writeNumber(JsonGenerator json, Number number) throws IOException {
    if (isLong(number)) {
      json.writeNumber(number.longValue());
    } else if (number instanceof Double value) {
      json.writeNumber(value);
    } else if (number instanceof Float value) {
      json.writeNumber(value);
    } else if (number instanceof BigInteger value) {
      if (only64Bits && value.bitLength() > (value.signum() < 0 ? 63 : 64)) {
        throw new DataException(
            ValueKinds.of(number) + " is beyond the 64 bits that JSON has here");
      }
      json.writeNumber(value);
    } else if (number instanceof BigDecimal value) {
      if (only64Bits && value.scale() <= 0 && value.precision() - (long) value.scale() > 300) {
        throw new DataException(ValueKinds.of(number) + " is beyond what JSON has here");
      }
      json.writeNumber(value);
    } else {
      throw new DataException(ValueKinds.of(number) + " cannot be written as JSON");
    }
  }

  private static boolean isLong(Number number) {
    return number instanceof Long
        || number instanceof Integer
        || number instanceof Short
        || number instanceof Byte;
  }
}
