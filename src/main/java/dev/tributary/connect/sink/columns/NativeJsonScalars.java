package dev.tributary.connect.sink.columns;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.StringJoiner;
import java.util.UUID;
import java.util.function.Supplier;

/** The single values in {@link NativeJsonReader}'s input. */
final class NativeJsonScalars {

  private final NativeInput in;

  NativeJsonScalars(NativeInput in) {
    this.in = in;
  }

  /** What takes the next value of a type. */
  Supplier<Object> of(ColumnType type) {
    return switch (type.name()) {
      case "Int8" -> () -> in.signed(1);
      case "Int16" -> () -> in.signed(2);
      case "Int32", "Time" -> () -> in.signed(4);
      case "Int64", "DateTime64", "Time64" -> () -> in.signed(8);
      case "UInt8" -> () -> in.unsigned(1);
      case "UInt16" -> () -> in.unsigned(2);
      case "UInt32", "DateTime" -> () -> in.unsigned(4);
      case "UInt64" -> () -> in.unsigned(8);
      case "Int128" -> () -> in.wide(16, true).toString();
      case "Int256" -> () -> in.wide(32, true).toString();
      case "UInt128" -> () -> in.wide(16, false).toString();
      case "UInt256" -> () -> in.wide(32, false).toString();
      case "Float32" -> () -> number(Float.intBitsToFloat((int) in.signed(4)));
      case "Float64" -> () -> number(Double.longBitsToDouble(in.signed(8)));
      case "BFloat16" -> () -> number(Float.intBitsToFloat((int) in.signed(2) << 16));
      case "Bool" -> () -> in.signed(1) != 0;
      case "Decimal" -> decimal(type);
      case "String" -> this::text;
      case "FixedString" -> () -> text(trimmed(in.bytes(type.integer(0))));
      case "UUID" -> () -> new UUID(in.signed(8), in.signed(8)).toString();
      case "Date" -> () -> LocalDate.ofEpochDay(in.unsigned(2).longValue()).toString();
      case "Date32" -> () -> LocalDate.ofEpochDay(in.signed(4)).toString();
      case "Enum8" -> enumeration(type, 1);
      case "Enum16" -> enumeration(type, 2);
      case "IPv4" -> this::ipv4;
      case "IPv6" -> this::ipv6;
      default -> {
        if (type.name().startsWith("Interval")) {
          yield () -> in.signed(8);
        }
        throw new UnsupportedTypeException(type.text(), "the type is not supported");
      }
    };
  }

  /** JSON has no numbers for NaN and the infinities; these are the server's words for them. */
  private static Object number(double value) {
    if (Double.isFinite(value)) {
      return value;
    }
    return Double.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  }

  private Supplier<Object> decimal(ColumnType type) {
    int scale = type.arguments().size() > 1 ? type.integer(1) : 0;
    int width = DecimalWriter.width(type.integer(0));
    return () -> new BigDecimal(in.wide(width, true), scale).toPlainString();
  }

  private Supplier<Object> enumeration(ColumnType type, int width) {
    Map<Long, String> names = new HashMap<>();
    type.arguments().forEach(entry -> names.put((long) entry.number(), entry.name()));
    return () -> String.valueOf(names.get(in.signed(width)));
  }

  /** The next String. */
  String text() {
    return text(in.bytes(in.varInt()));
  }

  private static String text(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new ValueException("its bytes are not UTF-8, and text in JSON always is");
    }
  }

  /** Without the zeros that fill a FixedString up: the server adds them again. */
  private static byte[] trimmed(byte[] bytes) {
    int length = bytes.length;
    while (length > 0 && bytes[length - 1] == 0) {
      length--;
    }
    return Arrays.copyOf(bytes, length);
  }

  private String ipv4() {
    int address = (int) in.signed(4);
    return (address >>> 24)
        + "."
        + (address >>> 16 & 0xFF)
        + "."
        + (address >>> 8 & 0xFF)
        + "."
        + (address & 0xFF);
  }

  private String ipv6() {
    StringJoiner groups = new StringJoiner(":");
    for (int i = 0; i < 8; i++) {
      int high = (int) (in.signed(1) & 0xFF);
      groups.add(Integer.toHexString(high << 8 | (int) (in.signed(1) & 0xFF)));
    }
    return groups.toString();
  }
}
