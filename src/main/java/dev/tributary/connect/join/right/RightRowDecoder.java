package dev.tributary.connect.join.right;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.jspecify.annotations.Nullable;

/** Reads what {@link RightRowEncoder} has written, one value after the other. Not thread-safe. */
final class RightRowDecoder {

  private final Schemas schemas;
  private final byte[] bytes;
  private int at;

  RightRowDecoder(Schemas schemas, byte[] bytes) {
    this.schemas = schemas;
    this.bytes = bytes;
  }

  @SuppressWarnings("JavaUtilDate") // what Connect's logical types are
  @Nullable Object value() {
    byte kind = bytes[at++];
    return switch (kind) {
      case RightRowEncoder.NULL -> null;
      case RightRowEncoder.TRUE -> true;
      case RightRowEncoder.FALSE -> false;
      case RightRowEncoder.STRING -> text();
      case RightRowEncoder.INT64 -> number();
      case RightRowEncoder.INT32 -> (int) number();
      case RightRowEncoder.INT16 -> (short) number();
      case RightRowEncoder.INT8 -> (byte) number();
      case RightRowEncoder.FLOAT64 -> Double.longBitsToDouble(number());
      case RightRowEncoder.FLOAT32 -> Float.intBitsToFloat((int) number());
      case RightRowEncoder.DECIMAL -> {
        int scale = (int) number();
        yield new BigDecimal(new BigInteger(raw()), scale);
      }
      case RightRowEncoder.BIG_INTEGER -> new BigInteger(raw());
      case RightRowEncoder.BYTES -> raw();
      case RightRowEncoder.DATE -> new Date(number());
      case RightRowEncoder.LIST -> list();
      case RightRowEncoder.MAP -> map();
      case RightRowEncoder.STRUCT -> struct();
      case RightRowEncoder.UTF_16 -> halfSurrogates();
      default -> throw new IllegalStateException("No kind of value: " + kind);
    };
  }

  private List<@Nullable Object> list() {
    int size = (int) number();
    List<@Nullable Object> list = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      list.add(value());
    }
    return list;
  }

  private Map<@Nullable Object, @Nullable Object> map() {
    int size = (int) number();
    Map<@Nullable Object, @Nullable Object> map = new LinkedHashMap<>();
    for (int i = 0; i < size; i++) {
      Object key = value();
      map.put(key, value());
    }
    return map;
  }

  private Struct struct() {
    Schema schema = schemas.get((int) number());
    Struct struct = new Struct(schema);
    for (Field field : schema.fields()) {
      Object value = value();
      if (value != null) {
        struct.put(field, value);
      }
    }
    return struct;
  }

  private String text() {
    int length = (int) varint();
    String text = new String(bytes, at, length, StandardCharsets.UTF_8);
    at += length;
    return text;
  }

  private String halfSurrogates() {
    char[] text = new char[(int) number()];
    for (int i = 0; i < text.length; i++) {
      text[i] = (char) (bytes[at] << 8 | (bytes[at + 1] & 0xFF));
      at += 2;
    }
    return new String(text);
  }

  private byte[] raw() {
    int length = (int) varint();
    byte[] raw = Arrays.copyOfRange(bytes, at, at + length);
    at += length;
    return raw;
  }

  private long number() {
    long value = varint();
    return value >>> 1 ^ -(value & 1);
  }

  long varint() {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte next = bytes[at++];
      value |= (next & 0x7FL) << shift;
      if (next >= 0) {
        return value;
      }
    }
  }
}
