package dev.tributary.connect.sink.clickhouse;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One block of the Native format as a server reads it. Integers, and times, are {@code Long}, those
 * of UInt64 above its range {@code BigInteger}; strings are text.
 *
 * @param rows by the names of the fields, in their order
 */
public record DecodedBlock(List<Field> fields, List<Map<String, @Nullable Object>> rows) {

  /** A column of the block, with the type that it travels as. */
  public record Field(String name, String type) {}

  private static final long LOW_CARDINALITY_VERSION = 1;
  private static final int KEY_WIDTH = 0xFF;
  private static final long ADDITIONAL_KEYS = 1 << 9;

  /**
   * Reads exactly one block.
   *
   * @throws IllegalArgumentException when the bytes are anything else, or of a type that is not
   *     read here
   */
  public static DecodedBlock read(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int columns = varInt(in);
    int count = varInt(in);
    if (columns == 0 || count == 0) {
      throw new IllegalArgumentException("a block of " + columns + " columns, " + count + " rows");
    }
    List<Field> fields = new ArrayList<>();
    List<Map<String, @Nullable Object>> rows = new ArrayList<>();
    for (int row = 0; row < count; row++) {
      rows.add(new LinkedHashMap<>());
    }
    for (int column = 0; column < columns; column++) {
      Field field = new Field(text(in), text(in));
      fields.add(field);
      List<@Nullable Object> values = values(in, field.type, count);
      for (int row = 0; row < count; row++) {
        if (rows.get(row).containsKey(field.name)) {
          throw new IllegalArgumentException("two columns " + field.name);
        }
        rows.get(row).put(field.name, values.get(row));
      }
    }
    if (in.hasRemaining()) {
      throw new IllegalArgumentException(in.remaining() + " bytes after the block");
    }
    return new DecodedBlock(fields, rows);
  }

  private static List<@Nullable Object> values(ByteBuffer in, String type, int count) {
    if (type.startsWith("Nullable(")) {
      byte[] nulls = new byte[count];
      in.get(nulls);
      List<@Nullable Object> values = values(in, inside(type), count);
      for (int row = 0; row < count; row++) {
        if (nulls[row] != 0) {
          values.set(row, null);
        }
      }
      return values;
    } else if (type.startsWith("LowCardinality(")) {
      return lowCardinality(in, inside(type), count);
    }
    List<@Nullable Object> values = new ArrayList<>();
    for (int row = 0; row < count; row++) {
      values.add(value(in, type));
    }
    return values;
  }

  private static List<@Nullable Object> lowCardinality(ByteBuffer in, String type, int count) {
    expect("version", LOW_CARDINALITY_VERSION, in.getLong());
    long flags = in.getLong();
    expect("keys of its own", ADDITIONAL_KEYS, flags & ADDITIONAL_KEYS);
    boolean nullable = type.startsWith("Nullable(");
    String bare = nullable ? inside(type) : type;
    List<@Nullable Object> dictionary = values(in, bare, (int) in.getLong());
    if (nullable) {
      dictionary.set(0, null);
    }
    expect("rows", count, in.getLong());
    List<@Nullable Object> values = new ArrayList<>();
    for (int row = 0; row < count; row++) {
      int key =
          switch ((int) flags & KEY_WIDTH) {
            case 0 -> in.get() & 0xFF;
            case 1 -> in.getShort() & 0xFFFF;
            default -> in.getInt();
          };
      values.add(dictionary.get(key));
    }
    return values;
  }

  private static Object value(ByteBuffer in, String type) {
    return switch (type.replaceFirst("\\(.*", "")) {
      case "Int8", "Enum8" -> (long) in.get();
      case "Int16" -> (long) in.getShort();
      case "Int32", "Date32" -> (long) in.getInt();
      case "Int64", "DateTime64" -> in.getLong();
      case "Int128" -> integer(in, 16);
      case "Decimal" -> integer(in, decimalWidth(inside(type)));
      case "UInt8" -> in.get() & 0xFFL;
      case "UInt16", "Date" -> in.getShort() & 0xFFFFL;
      case "UInt32", "DateTime" -> in.getInt() & 0xFFFF_FFFFL;
      case "UInt64" -> unsigned(in.getLong());
      case "Float32" -> (double) in.getFloat();
      case "Float64" -> in.getDouble();
      case "Bool" -> in.get() != 0;
      case "String" -> text(in);
      default -> throw new IllegalArgumentException("no values of " + type + " are read here");
    };
  }

  private static BigInteger integer(ByteBuffer in, int width) {
    byte[] bytes = new byte[width];
    for (int i = width - 1; i >= 0; i--) {
      bytes[i] = in.get();
    }
    return new BigInteger(bytes);
  }

  private static int decimalWidth(String arguments) {
    int digits = Integer.parseInt(arguments.split(",", -1)[0].strip());
    return digits <= 9 ? 4 : digits <= 18 ? 8 : digits <= 38 ? 16 : 32;
  }

  private static Object unsigned(long bits) {
    return bits >= 0 ? (Object) bits : new BigInteger(Long.toUnsignedString(bits));
  }

  private static void expect(String what, long expected, long found) {
    if (found != expected) {
      throw new IllegalArgumentException(what + ": " + found + " instead of " + expected);
    }
  }

  private static String inside(String type) {
    return type.substring(type.indexOf('(') + 1, type.length() - 1);
  }

  private static String text(ByteBuffer in) {
    byte[] bytes = new byte[varInt(in)];
    in.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static int varInt(ByteBuffer in) {
    int value = 0;
    for (int shift = 0; ; shift += 7) {
      byte next = in.get();
      value |= (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
    }
  }
}
