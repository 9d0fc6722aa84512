package dev.tributary.connect.record;

import com.dynatrace.hash4j.hashing.HashValue128;
import com.dynatrace.hash4j.hashing.Hasher128;
import com.dynatrace.hash4j.hashing.Hashing;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.jspecify.annotations.Nullable;

/**
 * The canonical bytes of values: equal bytes exactly for equal values, with or without a schema.
 *
 * <p>Every value is a type byte and its content, and content of varying size carries its length, so
 * a sequence of values reads back in one way only. What counts as equal:
 *
 * <ul>
 *   <li>integers by value, whatever their width; an integer never equals a floating, decimal or
 *       string value
 *   <li>decimals by numeric value, trailing zeros ignored; a decimal never equals an integer
 *   <li>float and double as the decimal with the fewest digits that they stand for, so that a
 *       number is the same whichever converter has read it; NaN equals NaN
 *   <li>logical dates, times and timestamps by their instant
 *   <li>a struct equals a map with the same fields, nulls included; the order of a map's entries
 *       does not matter
 * </ul>
 *
 * <p>One buffer is reused, so an instance belongs to one thread.
 */
final class CanonicalBytes {

  private static final Hasher128 HASHER = Hashing.xxh3_128();

  private static final byte NULL = 0;
  private static final byte BOOLEAN = 1;
  private static final byte INTEGER = 2;
  private static final byte BIG_INTEGER = 3;
  private static final byte FLOATING = 4;
  private static final byte DECIMAL = 5;
  private static final byte STRING = 6;
  private static final byte BYTES = 7;
  private static final byte INSTANT = 8;
  private static final byte LIST = 9;
  private static final byte MAP = 10;

  private byte[] buffer = new byte[256];
  private int length;

  void clear() {
    length = 0;
  }

  HashValue128 hash() {
    return HASHER.hashBytesTo128Bits(buffer, 0, length);
  }

  void putInt(int value) {
    reserve(4);
    putIntAt(length, value);
    length += 4;
  }

  /**
   * Appends a value.
   *
   * @throws DataException if it cannot be part of a key
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
      putByte(STRING);
      putText(text);
    } else if (value instanceof Long
        || value instanceof Integer
        || value instanceof Short
        || value instanceof Byte) {
      putByte(INTEGER);
      putLong(((Number) value).longValue());
    } else if (value instanceof Boolean bool) {
      putByte(BOOLEAN);
      putByte((byte) (bool ? 1 : 0));
    } else if (value instanceof Double || value instanceof Float) {
      putFloating((Number) value);
    } else if (value instanceof byte[] bytes) {
      putByte(BYTES);
      putBytes(bytes);
    } else if (value instanceof ByteBuffer bytes) {
      putByte(BYTES);
      putBytes(bytes);
    } else if (value instanceof Struct struct) {
      putStruct(struct, level);
    } else if (value instanceof Map<?, ?> map) {
      putMap(map, level);
    } else if (value instanceof List<?> list) {
      putList(list, level);
    } else if (value instanceof Date date) {
      putByte(INSTANT);
      putLong(date.getTime());
    } else if (value instanceof BigInteger integer) {
      putBigInteger(integer);
    } else if (value instanceof BigDecimal decimal) {
      putDecimal(decimal);
    } else {
      throw new DataException(
          "A value of class " + value.getClass().getName() + " cannot be part of a key");
    }
  }

  private void putFloating(Number number) {
    double value = number.doubleValue();
    if (Double.isFinite(value)) {
      putDecimal(ExactNumbers.shortest(number));
    } else {
      putByte(FLOATING);
      putLong(Double.doubleToLongBits(value)); // which knows one NaN only
    }
  }

  private void putBigInteger(BigInteger integer) {
    if (integer.bitLength() < Long.SIZE) {
      putByte(INTEGER);
      putLong(integer.longValue());
    } else {
      putByte(BIG_INTEGER);
      putBytes(integer.toByteArray());
    }
  }

  private void putDecimal(BigDecimal decimal) {
    if (ValueLimits.hasTooManyDigits(decimal)) {
      throw new DataException(
          "A decimal of more than " + ValueLimits.MOST_DIGITS + " digits cannot be part of a key");
    }
    putByte(DECIMAL);
    BigDecimal stripped = ValueLimits.withoutTrailingZeros(decimal);
    putInt(stripped.scale());
    putBytes(stripped.unscaledValue().toByteArray());
  }

  private void putList(List<?> list, int level) {
    ValueLimits.checkLevel(level);
    putByte(LIST);
    putInt(list.size());
    for (Object element : list) {
      put(element, level + 1);
    }
  }

  /** Entries are hashed one by one and the hashes added up, so that their order does not matter. */
  private void putMap(Map<?, ?> map, int level) {
    ValueLimits.checkLevel(level);
    int start = length;
    long high = 0;
    long low = 0;
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      put(entry.getKey(), level + 1);
      put(entry.getValue(), level + 1);
      HashValue128 hash = HASHER.hashBytesTo128Bits(buffer, start, length - start);
      high += hash.getMostSignificantBits();
      low += hash.getLeastSignificantBits();
      length = start;
    }
    putEntries(map.size(), high, low);
  }

  private void putStruct(Struct struct, int level) {
    ValueLimits.checkLevel(level);
    int start = length;
    long high = 0;
    long low = 0;
    List<Field> fields = struct.schema().fields();
    for (Field field : fields) {
      put(field.name(), level + 1);
      put(struct.getWithoutDefault(field.name()), level + 1);
      HashValue128 hash = HASHER.hashBytesTo128Bits(buffer, start, length - start);
      high += hash.getMostSignificantBits();
      low += hash.getLeastSignificantBits();
      length = start;
    }
    putEntries(fields.size(), high, low);
  }

  private void putEntries(int count, long high, long low) {
    putByte(MAP);
    putInt(count);
    putLong(high);
    putLong(low);
  }

  private void putBytes(byte[] bytes) {
    putInt(bytes.length);
    reserve(bytes.length);
    System.arraycopy(bytes, 0, buffer, length, bytes.length);
    length += bytes.length;
  }

  private void putBytes(ByteBuffer bytes) {
    int size = bytes.remaining();
    putInt(size);
    reserve(size);
    bytes.get(bytes.position(), buffer, length, size);
    length += size;
  }

  /** UTF-8, except that a lone surrogate keeps its own three bytes: '?' would merge keys. */
  private void putText(String text) {
    int chars = text.length();
    reserve(4 + 3 * chars);
    int sizeAt = length;
    int at = length + 4;
    byte[] out = buffer;
    for (int i = 0; i < chars; i++) {
      char c = text.charAt(i);
      if (c < 0x80) {
        out[at++] = (byte) c;
      } else if (c < 0x800) {
        out[at++] = (byte) (0xC0 | (c >> 6));
        out[at++] = (byte) (0x80 | (c & 0x3F));
      } else if (Character.isHighSurrogate(c)
          && i + 1 < chars
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        int point = Character.toCodePoint(c, text.charAt(++i));
        out[at++] = (byte) (0xF0 | (point >> 18));
        out[at++] = (byte) (0x80 | ((point >> 12) & 0x3F));
        out[at++] = (byte) (0x80 | ((point >> 6) & 0x3F));
        out[at++] = (byte) (0x80 | (point & 0x3F));
      } else {
        out[at++] = (byte) (0xE0 | (c >> 12));
        out[at++] = (byte) (0x80 | ((c >> 6) & 0x3F));
        out[at++] = (byte) (0x80 | (c & 0x3F));
      }
    }
    putIntAt(sizeAt, at - sizeAt - 4);
    length = at;
  }

  private void putByte(byte value) {
    reserve(1);
    buffer[length++] = value;
  }

  private void putLong(long value) {
    reserve(8);
    putIntAt(length, (int) (value >>> 32));
    putIntAt(length + 4, (int) value);
    length += 8;
  }

  private void putIntAt(int at, int value) {
    buffer[at] = (byte) (value >>> 24);
    buffer[at + 1] = (byte) (value >>> 16);
    buffer[at + 2] = (byte) (value >>> 8);
    buffer[at + 3] = (byte) value;
  }

  private void reserve(int more) {
    if (buffer.length - length < more) {
      buffer = Arrays.copyOf(buffer, Math.max(2 * buffer.length, length + more));
    }
  }
}
