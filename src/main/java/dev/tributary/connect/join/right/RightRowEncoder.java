package dev.tributary.connect.join.right;

import dev.tributary.connect.record.BytesValues;
import dev.tributary.connect.record.ExactNumbers;
import dev.tributary.connect.record.ValueLimits;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.jspecify.annotations.Nullable;

/**
 * Writes Connect values as the bytes that {@link RightRowDecoder} reads: a byte for the class, then
 * the content. A struct refers to its schema by number. Not thread-safe.
 */
public final class RightRowEncoder {

  static final byte NULL = 0;
  static final byte TRUE = 1;
  static final byte FALSE = 2;
  static final byte INT8 = 3;
  static final byte INT16 = 4;
  static final byte INT32 = 5;
  static final byte INT64 = 6;
  static final byte FLOAT32 = 7;
  static final byte FLOAT64 = 8;
  static final byte STRING = 9;
  static final byte BYTES = 10;
  static final byte BIG_INTEGER = 11;
  static final byte DECIMAL = 12;
  static final byte DATE = 13;
  static final byte LIST = 14;
  static final byte MAP = 15;
  static final byte STRUCT = 16;

  /** Text with half a surrogate pair, which UTF-8 has no form of. */
  static final byte UTF_16 = 17;

  private final Schemas schemas;
  private byte[] buffer = new byte[512];
  private int length;

  public RightRowEncoder(Schemas schemas) {
    this.schemas = schemas;
  }

  void clear() {
    length = 0;
  }

  byte[] toBytes() {
    return Arrays.copyOf(buffer, length);
  }

  /**
   * Appends a value.
   *
   * @throws DataException if it cannot be part of a row
   */
  void put(@Nullable Object value) {
    put(value, 0);
  }

  /**
   * @param level how many lists, maps and structs the value lies in
   */
  @SuppressWarnings("JavaUtilDate") // what Connect's logical types are
  private void put(@Nullable Object given, int level) {
    Object value = ExactNumbers.exact(given);
    if (value == null) {
      putByte(NULL);
    } else if (value instanceof String text) {
      putText(text);
    } else if (value instanceof Long number) {
      putNumber(INT64, number);
    } else if (value instanceof Integer number) {
      putNumber(INT32, number);
    } else if (value instanceof Boolean bool) {
      putByte(bool ? TRUE : FALSE);
    } else if (value instanceof BigDecimal decimal) {
      putNumber(DECIMAL, decimal.scale());
      putRaw(decimal.unscaledValue().toByteArray());
    } else if (value instanceof Double number) {
      putNumber(FLOAT64, Double.doubleToRawLongBits(number));
    } else if (value instanceof Float number) {
      putNumber(FLOAT32, Float.floatToRawIntBits(number));
    } else if (value instanceof Short number) {
      putNumber(INT16, number);
    } else if (value instanceof Byte number) {
      putNumber(INT8, number);
    } else if (value instanceof Date date) {
      putNumber(DATE, date.getTime());
    } else if (BytesValues.is(value)) {
      byte[] bytes = new byte[BytesValues.length(value)];
      BytesValues.copy(value, bytes, 0);
      putBytes(BYTES, bytes);
    } else if (value instanceof BigInteger integer) {
      putBytes(BIG_INTEGER, integer.toByteArray());
    } else if (value instanceof Struct struct) {
      putStruct(struct, level);
    } else if (value instanceof Map<?, ?> map) {
      putMap(map, level);
    } else if (value instanceof List<?> list) {
      putList(list, level);
    } else {
      throw new DataException(
          "A value of class " + value.getClass().getName() + " cannot be part of a row");
    }
  }

  private void putText(String text) {
    if (ValueLimits.isUnicode(text)) {
      putBytes(STRING, text.getBytes(StandardCharsets.UTF_8));
      return;
    }
    putNumber(UTF_16, text.length());
    for (int i = 0; i < text.length(); i++) {
      putByte((byte) (text.charAt(i) >>> 8));
      putByte((byte) text.charAt(i));
    }
  }

  private void putMap(Map<?, ?> map, int level) {
    ValueLimits.checkLevel(level);
    putNumber(MAP, map.size());
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      put(entry.getKey(), level + 1);
      put(entry.getValue(), level + 1);
    }
  }

  private void putList(List<?> list, int level) {
    ValueLimits.checkLevel(level);
    putNumber(LIST, list.size());
    for (Object element : list) {
      put(element, level + 1);
    }
  }

  private void putStruct(Struct struct, int level) {
    ValueLimits.checkLevel(level);
    putNumber(STRUCT, schemas.idOf(struct.schema()));
    for (Field field : struct.schema().fields()) {
      put(struct.getWithoutDefault(field.name()), level + 1);
    }
  }

  private void putBytes(byte kind, byte[] bytes) {
    putByte(kind);
    putRaw(bytes);
  }

  private void putRaw(byte[] bytes) {
    putVarint(bytes.length);
    reserve(bytes.length);
    System.arraycopy(bytes, 0, buffer, length, bytes.length);
    length += bytes.length;
  }

  private void putNumber(byte kind, long value) {
    putByte(kind);
    putVarint(value << 1 ^ value >> 63);
  }

  /** A number without a byte for its class; short for small non-negative numbers. */
  void putVarint(long value) {
    reserve(10);
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      buffer[length++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    buffer[length++] = (byte) rest;
  }

  private void putByte(byte value) {
    reserve(1);
    buffer[length++] = value;
  }

  private void reserve(int more) {
    if (buffer.length - length < more) {
      buffer = Arrays.copyOf(buffer, Math.max(2 * buffer.length, length + more));
    }
  }
}
