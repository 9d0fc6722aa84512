package dev.tributary.connect.sink.clickhouse;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.utils.ByteUtils;
import org.jspecify.annotations.Nullable;

/**
 * Reads a block of ClickHouse's Native format with integers, strings and Nullable ones of these.
 * Independent of the writers of the plugin.
 */
final class NativeDecoder {

  /** A column of a block. */
  record Decoded(String name, String type, List<@Nullable Object> values) {}

  private final ByteBuffer in;

  private NativeDecoder(byte[] block) {
    in = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * The columns of the one block that there is.
   *
   * @throws IllegalArgumentException when there is more or less than that
   */
  static List<Decoded> columns(byte[] block) {
    return new NativeDecoder(block).columns();
  }

  /** The rows of columns, by the columns' names. */
  static List<Map<String, @Nullable Object>> rows(List<Decoded> columns) {
    List<Map<String, @Nullable Object>> rows = new ArrayList<>();
    for (Decoded column : columns) {
      for (int row = 0; row < column.values.size(); row++) {
        if (row == rows.size()) {
          rows.add(new HashMap<>());
        }
        rows.get(row).put(column.name, column.values.get(row));
      }
    }
    return rows;
  }

  private List<Decoded> columns() {
    int columns = number();
    int rows = number();
    List<Decoded> decoded = new ArrayList<>();
    for (int i = 0; i < columns; i++) {
      String name = text();
      String type = text();
      decoded.add(new Decoded(name, type, values(type, rows)));
    }
    if (in.hasRemaining()) {
      throw new IllegalArgumentException(in.remaining() + " bytes behind the block");
    }
    return decoded;
  }

  private List<@Nullable Object> values(String type, int rows) {
    boolean nullable = type.startsWith("Nullable(");
    boolean[] nulls = new boolean[rows];
    for (int row = 0; nullable && row < rows; row++) {
      nulls[row] = in.get() != 0;
    }
    String inner = nullable ? type.substring("Nullable(".length(), type.length() - 1) : type;
    List<@Nullable Object> values = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      Object value = value(inner);
      values.add(nulls[row] ? null : value);
    }
    return values;
  }

  private Object value(String type) {
    return switch (type) {
      case "String" -> text();
      case "UInt8" -> (long) (in.get() & 0xff);
      case "Int8" -> (long) in.get();
      case "UInt16" -> (long) (in.getShort() & 0xffff);
      case "Int16" -> (long) in.getShort();
      case "UInt32" -> in.getInt() & 0xffffffffL;
      case "Int32" -> (long) in.getInt();
      case "UInt64", "Int64" -> in.getLong();
      default -> throw new IllegalArgumentException("no decoder for " + type);
    };
  }

  private int number() {
    return ByteUtils.readUnsignedVarint(in);
  }

  private String text() {
    byte[] bytes = new byte[number()];
    in.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
