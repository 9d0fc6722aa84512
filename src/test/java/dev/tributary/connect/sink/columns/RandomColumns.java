package dev.tributary.connect.sink.columns;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Random types, and values that they take. Without the types that the server may write in another
 * way for the same rows: LowCardinality, Variant, Dynamic and JSON.
 */
final class RandomColumns {

  private static final List<String> SCALARS =
      List.of(
          "Int8",
          "Int16",
          "Int32",
          "Int64",
          "Int128",
          "Int256",
          "UInt8",
          "UInt16",
          "UInt32",
          "UInt64",
          "UInt128",
          "UInt256",
          "Float32",
          "Float64",
          "BFloat16",
          "Bool",
          "String",
          "FixedString(5)",
          "UUID",
          "Date",
          "Date32",
          "DateTime('UTC')",
          "DateTime64(6, 'UTC')",
          "Time",
          "Time64(3)",
          "IPv4",
          "IPv6",
          "Enum8('a' = -1, 'b' = 5)",
          "Decimal(9, 3)",
          "Decimal(18, 0)",
          "Decimal(38, 20)",
          "Decimal(76, 76)",
          "IntervalDay");

  private static final List<String> KEYS =
      List.of("String", "FixedString(5)", "UInt32", "Int128", "UUID", "Date");

  private final Random random;

  RandomColumns(long seed) {
    random = new Random(seed);
  }

  String type(int depth) {
    int shape = depth == 0 ? 0 : random.nextInt(7);
    return switch (shape) {
      case 1, 2 -> "Nullable(" + scalar() + ")";
      case 3 -> "Array(" + type(depth - 1) + ")";
      case 4 -> "Map(" + KEYS.get(random.nextInt(KEYS.size())) + ", " + type(depth - 1) + ")";
      case 5 -> "Tuple(" + type(depth - 1) + ", " + type(depth - 1) + ")";
      case 6 -> "Tuple(a " + type(depth - 1) + ", `b c` " + type(depth - 1) + ")";
      default -> scalar();
    };
  }

  private String scalar() {
    return SCALARS.get(random.nextInt(SCALARS.size()));
  }

  @Nullable Object value(ColumnType type) {
    return switch (type.name()) {
      case "Nullable" -> random.nextInt(3) == 0 ? null : value(type.only());
      case "Array" -> list(type.only());
      case "Map" -> map(type.arguments().get(0), type.arguments().get(1));
      case "Tuple" -> {
        List<@Nullable Object> elements = new ArrayList<>();
        type.arguments().forEach(element -> elements.add(value(element)));
        yield elements;
      }
      default -> scalar(type);
    };
  }

  private List<@Nullable Object> list(ColumnType element) {
    List<@Nullable Object> list = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      list.add(value(element));
    }
    return list;
  }

  private Map<@Nullable Object, @Nullable Object> map(ColumnType key, ColumnType value) {
    Map<@Nullable Object, @Nullable Object> map = new LinkedHashMap<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      map.put(value(key), value(value));
    }
    return map;
  }

  private Object scalar(ColumnType type) {
    String name = type.name();
    if (name.startsWith("Int") && !name.startsWith("Interval")) {
      int bits = Integer.parseInt(name.substring(3));
      return bits(bits).subtract(BigInteger.ONE.shiftLeft(bits - 1));
    }
    if (name.startsWith("UInt")) {
      return bits(Integer.parseInt(name.substring(4)));
    }
    return switch (name) {
      case "Float32" -> (float) random.nextGaussian();
      case "Float64" -> random.nextGaussian() * 1e10;
      case "BFloat16" -> random.nextGaussian();
      case "Bool" -> random.nextBoolean();
      case "String" -> "é".repeat(random.nextInt(200));
      case "FixedString" -> "x".repeat(random.nextInt(6));
      case "UUID" -> new java.util.UUID(random.nextLong(), random.nextLong()).toString();
      case "Date" -> random.nextInt(65_536);
      case "Date32" -> random.nextInt(120_000) - 25_000;
      case "DateTime" -> random.nextInt(Integer.MAX_VALUE) * 2L;
      case "DateTime64" -> random.nextLong() >>> 11;
      case "Time" -> random.nextInt(7_000_000) - 3_500_000;
      case "Time64" -> random.nextInt();
      case "IPv4" -> bytes(4);
      case "IPv6" -> bytes(16);
      case "Enum8" -> random.nextBoolean() ? "a" : 5;
      case "IntervalDay" -> random.nextLong();
      default -> decimal(type.integer(0), type.integer(1));
    };
  }

  private BigDecimal decimal(int precision, int scale) {
    BigInteger unscaled =
        new BigInteger(256, random)
            .mod(BigInteger.TEN.pow(precision))
            .shiftRight(random.nextInt(9));
    return new BigDecimal(random.nextBoolean() ? unscaled : unscaled.negate(), scale);
  }

  /** Often with few digits, so that all lengths occur. */
  private BigInteger bits(int most) {
    return new BigInteger(most, random).shiftRight(random.nextBoolean() ? 0 : random.nextInt(most));
  }

  private byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }
}
