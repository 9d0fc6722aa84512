package dev.tributary.foreign;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Every column type, and the values at its own edges. */
public final class MatrixTypes {

  private final Map<String, List<MatrixValues.Value>> types = new LinkedHashMap<>();

  private MatrixTypes() {}

  /** The types, always in this order, each with the values that only it is tried with. */
  public static Map<String, List<MatrixValues.Value>> all() {
    MatrixTypes matrix = new MatrixTypes();
    matrix.integers();
    matrix.numbers();
    matrix.texts();
    matrix.times();
    matrix.others();
    matrix.optional();
    matrix.arrays();
    matrix.tuples();
    matrix.variants();
    matrix.shapes();
    return matrix.types;
  }

  private void type(String type, @Nullable Object... edges) {
    List<MatrixValues.Value> values = new ArrayList<>();
    for (Object edge : edges) {
      values.add(new MatrixValues.Value("edge " + name(edge), edge, null));
    }
    types.put(type, values);
  }

  private static String name(@Nullable Object edge) {
    String text = (edge instanceof String ? "text " : "") + edge;
    return text.length() <= 60
        ? text
        : text.substring(0, 9) + "…, " + text.length() + " characters";
  }

  private static BigInteger two(int exponent) {
    return BigInteger.TWO.pow(exponent);
  }

  private void integers() {
    type("Int8", -128, 127, -129, 128, "127", "128");
    type("Int16", -32_768, 32_767, -32_769, 32_768);
    type("Int32", Integer.MIN_VALUE, Integer.MAX_VALUE, Integer.MIN_VALUE - 1L, 1L << 31);
    type("Int64", two(63), two(63).negate().subtract(BigInteger.ONE), "9223372036854775807");
    for (int width : new int[] {128, 256}) {
      BigInteger end = two(width - 1);
      type(
          "Int" + width,
          end.negate(),
          end.subtract(BigInteger.ONE),
          end,
          end.negate().subtract(BigInteger.ONE));
    }
    for (int width : new int[] {8, 16, 32, 64, 128, 256}) {
      BigInteger end = two(width);
      type("UInt" + width, 0, end.subtract(BigInteger.ONE), end, -1, "-1");
    }
  }

  private void numbers() {
    type("Float32", Float.MAX_VALUE, Float.MIN_VALUE, Float.MAX_VALUE * 2.0, 16_777_217);
    type("Float64", Double.MAX_VALUE, Double.MIN_VALUE, "1e309", "-0");
    type("BFloat16", 1.01171875, 3.3895314e38, 3.4e38);
    type("Bool", 0, 2, "false", "1", false);
    type("Decimal(9, 2)", "9999999.99", "-9999999.99", "10000000", "0.001", "0.010");
    type("Decimal(18, 18)", "0.999999999999999999", "-1");
    type("Decimal(38, 0)", "9".repeat(38), "1" + "0".repeat(38));
    type("Decimal(76, 38)", "9".repeat(38) + "." + "9".repeat(38), "1" + "0".repeat(38));
  }

  private void texts() {
    type(
        "String",
        "x".repeat(127),
        "x".repeat(128),
        "é".repeat(64),
        "x".repeat(16_383),
        "x".repeat(16_384),
        "x".repeat(1 << 20),
        "\uD83D\uDE00");
    type("FixedString(4)", "abcd", "abcde", "äöü");
    type("Enum8('a' = 1, 'b c' = -128, '12' = 7)", "b c", -128, 7, 2, "A");
    type("Enum16('a' = 0, 'é' = 32767)", "é", 32767, "é ");
  }

  private void times() {
    type("Date", "1970-01-01", "2149-06-06", "2149-06-07", -1, 65_535, 65_536);
    type("Date32", "1900-01-01", "2299-12-31", "2300-01-01", -25_567, -25_568);
    type("DateTime('UTC')", "2106-02-07 06:28:15", "2106-02-07 06:28:16", 4_294_967_295L, -1);
    type("DateTime('America/New_York')", "2024-03-10 02:30:00", "2024-11-03 01:30:00");
    type("DateTime64(0, 'UTC')", "2299-12-31 23:59:59", "2300-01-01 00:00:00");
    type("DateTime64(3, 'UTC')", "1900-01-01 00:00:00", "1899-12-31 23:59:59.999");
    type("DateTime64(6, 'Asia/Kathmandu')", "2299-12-31 23:59:59.999999");
    type("DateTime64(9, 'UTC')", "2262-04-11 23:47:16.854775807", "2262-04-11 23:47:16.854775808");
    type("Time", "999:59:59", "1000:00:00", 3_599_999, 3_600_000);
    type("Time64(3)", "999:59:59.999", 3_599_999_999L, 3_600_000_000L, "00:00:00.0001");
    type("Time64(9)", "-999:59:59.999999999");
    type("IntervalNanosecond", "PT0.000000001S");
    type("IntervalMicrosecond");
    type("IntervalMillisecond", "PT-1.5S");
    type("IntervalSecond", Long.MAX_VALUE, "PT0.5S");
    type("IntervalMinute");
    type("IntervalHour", "PT36H");
    type("IntervalDay", "P2W");
    type("IntervalWeek", "P14D", "P15D");
    type("IntervalMonth", "P1Y", "P1D");
    type("IntervalQuarter", "P6M", "P1M");
    type("IntervalYear", "P24M", "P2Y");
  }

  private void others() {
    type("UUID", "00112233445566778899aabbccddeeff");
    type("IPv4", "255.255.255.255", "256.0.0.1", "01.2.3.4", "localhost");
    type("IPv6", "::", "::ffff:192.0.2.1", "fe80::1%eth0");
  }

  private void optional() {
    type("Nullable(Int32)");
    type("Nullable(String)");
    type("Nullable(Decimal(12, 4))");
    type("Nullable(DateTime64(3, 'UTC'))");
    type("Nullable(Tuple(a Int8, b String))");
    type("Nullable(JSON)");
    type("LowCardinality(String)");
    type("LowCardinality(Nullable(String))");
    type("LowCardinality(FixedString(4))");
    type("LowCardinality(UInt16)");
    type("LowCardinality(Nullable(Date))");
    type("LowCardinality(UUID)");
    type("LowCardinality(IPv6)");
    type("SimpleAggregateFunction(sum, UInt64)");
    type("SimpleAggregateFunction(groupArrayArray, Array(String))");
  }

  private void arrays() {
    type("Array(Int8)", List.of(127, 128));
    type("Array(Nullable(String))");
    type("Array(LowCardinality(Nullable(String)))");
    type("Array(Array(Float64))", List.of(List.of(), List.of(1)));
    type("Array(Enum8('a' = 1, 'b' = 2))");
    type("Array(Tuple(a Int8, b String))");
    type("Map(String, String)");
    type("Map(LowCardinality(String), Nullable(Int16))", Map.of("a", 32_768));
    type("Map(FixedString(2), LowCardinality(String))", Map.of("abc", "x"));
    type("Map(Int32, Float64)");
    type("Map(String, Array(Map(UUID, Tuple(Int8))))", deepMap());
    type("Array(Array(Array(Array(Array(Nullable(Int8))))))", deepList(5));
  }

  private static Object deepMap() {
    return Map.of("k", List.of(Map.of("00000000-0000-0000-0000-000000000001", List.of(5))));
  }

  private static Object deepList(int depth) {
    return depth == 0 ? 7 : List.of(deepList(depth - 1), deepList(depth - 1));
  }

  private void tuples() {
    Map<String, @Nullable Object> absent = new HashMap<>();
    absent.put("b", "only");
    type("Tuple(a Int8, b String)", absent, Map.of("c", 1), List.of(1));
    type("Tuple(Int8, String)");
    type("Tuple(a Tuple(b Tuple(c Array(Int8))))", Map.of("a", Map.of("b", Map.of("c", "[3]"))));
    type("Tuple(dimensions UInt16, vector Map(UInt16, Float64))");
    type("Nested(a Int8, b String)");
  }

  private void variants() {
    type("Variant(Array(Int64), Bool, DateTime64(3, 'UTC'), Float64, Int64, String)");
    type("Variant(Decimal(9, 2), Map(String, String), UUID)");
    type("Array(Variant(Int8, String))");
    type("Dynamic");
    type("Dynamic(max_types=1)");
    type("Array(Dynamic)");
    type("JSON", "{\"n\":18446744073709551616}", "{\"n\":18446744073709551615}", deepMap());
    type("JSON(max_dynamic_paths=2, a UInt8, SKIP more)", "{\"a\":1.5}", "{\"x\":{\"y\":[1]}}");
    type("Tuple(j JSON, d Dynamic, v Variant(Int8, String))", List.of(Map.of("x", 1), 2, "y"));
  }

  private void shapes() {
    type("Point", MatrixValues.ordered("x", 1, "y", 2));
    type("Ring");
    type("LineString");
    type("MultiLineString");
    type("Polygon");
    type("MultiPolygon");
    type("Geometry");
  }
}
