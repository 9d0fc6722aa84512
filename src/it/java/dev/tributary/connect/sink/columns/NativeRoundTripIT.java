package dev.tributary.connect.sink.columns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.it.fixture.StackExtension;
import dev.tributary.stack.ClickHouseServer;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the writers write, a real server reads as the same values. */
@ExtendWith(StackExtension.class)
class NativeRoundTripIT {

  private static NativeClient client;

  @BeforeAll
  static void createDatabase(ClickHouseServer server) {
    client = new NativeClient(server.url(), "columns_it");
  }

  /** A value and what {@code SELECT} must print for it in TabSeparated. */
  private record Row(@Nullable Object value, String printed) {}

  private static Row row(@Nullable Object value, String printed) {
    return new Row(value, printed);
  }

  private static Arguments type(String type, Row... rows) {
    return Arguments.of(type, List.of(rows));
  }

  private static BigInteger two(int exponent) {
    return BigInteger.TWO.pow(exponent);
  }

  private static Row same(Object value) {
    return row(value, value.toString());
  }

  static Stream<Arguments> types() {
    return Stream.of(
            integers(), numbers(), texts(), times(), others(), nested(), composites(), shapes())
        .flatMap(s -> s);
  }

  private static Stream<Arguments> integers() {
    return Stream.of(
        type("Int8", same(-128L), same(127), same(0), row(true, "1")),
        type("Int16", same(-32768), same(32767L)),
        type("Int32", same(Integer.MIN_VALUE), same(Integer.MAX_VALUE), row(5.0, "5")),
        type("Int64", same(Long.MIN_VALUE), same(Long.MAX_VALUE), same("-9223372036854775808")),
        type("UInt8", same(0), same(255), same((short) 128)),
        type("UInt16", same(65535), same("00000000000000065535".substring(15))),
        type("UInt32", same(4294967295L), row(new BigDecimal("10.0"), "10")),
        type("UInt64", same(two(64).subtract(BigInteger.ONE)), same(two(63)), same(0)),
        type("Int128", same(two(127).negate()), same(two(127).subtract(BigInteger.ONE)), same(-1)),
        type("UInt128", same(two(128).subtract(BigInteger.ONE)), same(Long.MAX_VALUE)),
        type("Int256", same(two(255).negate()), same(two(255).subtract(BigInteger.ONE)), same(-1)),
        type("UInt256", same(two(256).subtract(BigInteger.ONE)), same("1")));
  }

  private static Stream<Arguments> numbers() {
    String nines76 = "9".repeat(76);
    return Stream.of(
        type(
            "Float32",
            row(Float.MAX_VALUE, "3.4028235e38"),
            row(0.1, "0.1"),
            row("NaN", "nan"),
            row(Double.NEGATIVE_INFINITY, "-inf"),
            row(1.4e-45, "1e-45")),
        type(
            "Float64",
            row(Double.MAX_VALUE, "1.7976931348623157e308"),
            row(Double.MIN_VALUE, "5e-324"),
            row("-2.5e-3", "-0.0025"),
            row("inf", "inf"),
            row(7, "7")),
        type("Bool", row(true, "true"), row(0L, "false"), row("TRUE", "true")),
        type("Decimal(9, 2)", row("-9999999.99", "-9999999.99"), row(1.5, "1.5"), row(0, "0")),
        type(
            "Decimal(18, 18)",
            row("0.999999999999999999", "0.999999999999999999"),
            row(new BigDecimal("-1E-18"), "-0.000000000000000001")),
        type("Decimal(18, 0)", row(-999999999999999999L, "-999999999999999999")),
        type(
            "Decimal(38, 10)",
            row(
                "9999999999999999999999999999.9999999999",
                "9999999999999999999999999999.9999999999"),
            row(-1, "-1")),
        type(
            "Decimal(76, 0)",
            row(new BigInteger(nines76), nines76),
            row("-" + nines76, "-" + nines76)),
        type("Decimal(76, 76)", row("-0." + nines76, "-0." + nines76)));
  }

  private static Stream<Arguments> texts() {
    String mega = "x".repeat(1 << 20);
    String edge = "ä".repeat(8192);
    return Stream.of(
        type(
            "String",
            row("", ""),
            row("plain", "plain"),
            row("grüße, 日本, \uD83D\uDE00", "grüße, 日本, \uD83D\uDE00"),
            row("x".repeat(127), "x".repeat(127)),
            row("x".repeat(128), "x".repeat(128)),
            row("é".repeat(64), "é".repeat(64)),
            row(edge, edge),
            row("y".repeat(16383), "y".repeat(16383)),
            row("y".repeat(16384), "y".repeat(16384)),
            row(mega, mega),
            row(1.5, "1.5"),
            row(12L, "12"),
            row(false, "false"),
            row(new BigDecimal("1E+3"), "1000"),
            row(Map.of("a", List.of(1, 2.5, "b")), "{\"a\":[1,2.5,\"b\"]}"),
            row("raw".getBytes(StandardCharsets.UTF_8), "raw")),
        type("FixedString(3)", row("", "\\0\\0\\0"), row("ab", "ab\\0"), row("äb", "äb")),
        type("LowCardinality(FixedString(2))", row("ab", "ab"), row("", "\\0\\0"), row("ab", "ab")),
        type("LowCardinality(String)", row("b", "b"), row("", ""), row("a", "a"), row("b", "b")),
        type(
            "LowCardinality(Nullable(String))",
            row(null, "\\N"),
            row("", ""),
            row("a", "a"),
            row(null, "\\N")),
        type("Nullable(String)", row(null, "\\N"), row("", ""), row("a", "a")),
        type(
            "Enum8('a' = -128, 'tab\\tquote\\'' = 127, 'x' = 0)",
            row("a", "a"),
            row("tab\tquote'", "tab\\tquote\\'"),
            row(0, "x")),
        type(
            "Enum16('a, b) = (' = -32768, 'back\\\\slash' = 32767)",
            row("a, b) = (", "a, b) = ("),
            row(32767L, "back\\\\slash")));
  }

  private static Stream<Arguments> times() {
    Date millis = Date.from(Instant.parse("2024-02-29T10:15:30.123Z"));
    Date seconds = Date.from(Instant.parse("2024-02-29T10:15:30Z"));
    return Stream.of(
        type(
            "Date",
            row("1970-01-01", "1970-01-01"),
            row(65535, "2149-06-06"),
            row(Date.from(Instant.parse("2024-02-29T00:00:00Z")), "2024-02-29")),
        type(
            "Date32",
            row("1900-01-01", "1900-01-01"),
            row("2299-12-31", "2299-12-31"),
            row(-1, "1969-12-31")),
        type(
            "DateTime",
            row(0, "1970-01-01 00:00:00"),
            row("2024-02-29 10:15:30", "2024-02-29 10:15:30"),
            row("2024-02-29T10:15:30+02:00", "2024-02-29 08:15:30"),
            row(seconds, "2024-02-29 10:15:30"),
            row(4294967295L, "2106-02-07 06:28:15")),
        type(
            "DateTime('America/New_York')",
            row("2024-07-01 10:00:00", "2024-07-01 10:00:00"),
            row("2024-07-01T10:00:00Z", "2024-07-01 06:00:00"),
            row("2024-11-03 01:30:00", "2024-11-03 01:30:00"),
            row("2024-03-10 03:00:00", "2024-03-10 03:00:00")),
        type(
            "DateTime64(3)",
            row(millis, "2024-02-29 10:15:30.123"),
            row(-1, "1969-12-31 23:59:59.999"),
            row("1900-01-01 00:00:00", "1900-01-01 00:00:00.000"),
            row("2299-12-31 23:59:59.999", "2299-12-31 23:59:59.999")),
        type("DateTime64(0, 'Asia/Tokyo')", row("2024-02-29", "2024-02-29 00:00:00")),
        type(
            "DateTime64(6, 'Asia/Kathmandu')",
            row("2024-02-29 10:15:30.000001", "2024-02-29 10:15:30.000001"),
            row(millis, "2024-02-29 16:00:30.123000")),
        type(
            "DateTime64(9, 'UTC')",
            row(Long.MAX_VALUE, "2262-04-11 23:47:16.854775807"),
            row("1900-01-01 00:00:00.000000001", "1900-01-01 00:00:00.000000001")));
  }

  private static Stream<Arguments> others() {
    String uuid = "00112233-4455-6677-8899-aabbccddeeff";
    byte[] bytes = new BigInteger("1".repeat(32), 16).toByteArray();
    return Stream.of(
        type(
            "UUID",
            row(uuid, uuid),
            row("FFEEDDCC-BBAA-9988-7766-554433221100", "ffeeddcc-bbaa-9988-7766-554433221100"),
            row(bytes, "11111111-1111-1111-1111-111111111111")),
        type("IPv4", same("0.0.0.0"), same("255.255.255.255"), same("192.0.2.1")),
        type(
            "IPv6",
            same("::"),
            same("2001:db8::1"),
            row("192.0.2.1", "::ffff:192.0.2.1"),
            row("FFFF:ffff:ffff:ffff:ffff:ffff:255.255.255.255", "ffff:".repeat(7) + "ffff")),
        type("Nullable(UUID)", row(null, "\\N"), row(uuid, uuid)),
        type("Nullable(DateTime64(3, 'UTC'))", row(null, "\\N"), row(0, "1970-01-01 00:00:00.000")),
        type("Nullable(Enum8('a' = 5, 'b' = -3))", row(null, "\\N"), row("a", "a")),
        type("Nullable(Decimal(40, 3))", row(null, "\\N"), row("-0.001", "-0.001")),
        type("LowCardinality(UInt64)", same(7), same(0), same(7)),
        type("LowCardinality(Nullable(Date))", row(null, "\\N"), row(0, "1970-01-01")));
  }

  private static Stream<Arguments> nested() {
    Map<String, Object> ordered = new LinkedHashMap<>();
    ordered.put("z", 1);
    ordered.put("a", null);
    return Stream.of(
        type(
            "Array(Int32)",
            row(List.of(), "[]"),
            row(List.of(1, 2L), "[1,2]"),
            row(List.of(), "[]"),
            row(List.of(-1), "[-1]")),
        type(
            "Array(Array(Nullable(String)))",
            row(List.of(List.of(), Arrays.asList("a", null)), "[[],['a',NULL]]"),
            row(List.of(), "[]")),
        type("Array(LowCardinality(String))", row(List.of(), "[]"), row(List.of(), "[]")),
        type(
            "Array(LowCardinality(Nullable(String)))",
            row(Arrays.asList("a", null, ""), "['a',NULL,'']"),
            row(List.of(), "[]"),
            row(List.of("a"), "['a']")),
        type("Map(String, UInt8)", row(Map.of(), "{}"), row(Map.of("k", 1), "{'k':1}")),
        type("Map(String, Nullable(Int8))", row(ordered, "{'z':1,'a':NULL}")),
        type(
            "Map(LowCardinality(String), LowCardinality(Nullable(String)))",
            row(Map.of("k", "v"), "{'k':'v'}"),
            row(Map.of(), "{}"),
            row(Collections.singletonMap("k", null), "{'k':NULL}")),
        type(
            "Map(LowCardinality(String), Array(Map(UUID, Array(LowCardinality(String)))))",
            row(
                Map.of(
                    "k",
                    List.of(
                        Map.of(),
                        Map.of("00000000-0000-0000-0000-000000000001", List.of("x", "x")))),
                "{'k':[{},{'00000000-0000-0000-0000-000000000001':['x','x']}]}"),
            row(Map.of(), "{}")),
        type("Array(Map(Int64, Bool))", row(List.of(Map.of(1, true)), "[{1:true}]")));
  }

  private static Stream<Arguments> composites() {
    return Stream.of(
        type("BFloat16", row(1.5, "1.5"), row(1.01171875, "1.015625"), row("nan", "nan")),
        type("Time", row("999:59:59", "999:59:59"), row(-1, "-00:00:01"), same("10:15:30")),
        type("Time64(3)", same("-999:59:59.999"), row(1, "00:00:00.001")),
        type("Time64(9)", same("10:15:30.123456789")),
        type("IntervalDay", row("P2W", "14"), same(Long.MIN_VALUE)),
        type("IntervalMonth", row("P1Y2M", "14"), row(-3, "-3")),
        type("IntervalMillisecond", row("-PT1.5S", "-1500"), row("P1DT1S", "86401000")),
        type(
            "Tuple(a Int8, `b c` LowCardinality(String))",
            row(List.of(1, "x"), "(1,'x')"),
            row(Map.of("b c", "y"), "(0,'y')"),
            row("{\"a\":5,\"other\":1}", "(5,'')")),
        type(
            "Tuple(Int8, Array(Tuple(String, Nullable(Int8))))",
            row(List.of(1, List.of(Arrays.asList("x", null))), "(1,[('x',NULL)])")),
        type("Tuple()", row(List.of(), "()"), row(List.of(), "()")),
        type(
            "Nullable(Tuple(a Int8, b String))", row(null, "\\N"), row(List.of(1, "x"), "(1,'x')")),
        type("SimpleAggregateFunction(sum, UInt64)", same(5)),
        type("SimpleAggregateFunction(groupArrayArray, Array(String))", row(List.of("x"), "['x']")),
        type(
            "Variant(Array(LowCardinality(String)), Float64, Int64, String)",
            row(null, "\\N"),
            row(5, "5"),
            row("5", "5"),
            row(2.5, "2.5"),
            row(List.of("x", "y"), "['x','y']")),
        type(
            "Array(Variant(Int8, String))",
            row(Arrays.asList(1, null, "x"), "[1,NULL,'x']"),
            row(List.of(), "[]")),
        type(
            "Dynamic",
            row(null, "\\N"),
            row(5, "5"),
            row("x", "x"),
            row(new BigDecimal("12.5"), "12.5"),
            row(new BigDecimal("0.12345678901234567890"), "0.1234567890123456789"),
            row(two(64), two(64).toString()),
            row(List.of(1, 2), "[1,2]"),
            row(List.of(1, "x", List.of()), "[1,'x',[]]"),
            row(Map.of("a", Map.of("b", 1)), "{\"a\":{\"b\":1}}")),
        type("Dynamic(max_types=1)", row(5, "5"), row("x", "x"), row(true, "true")),
        type("Array(Dynamic)", row(Arrays.asList(1, "x", null), "[1,'x',NULL]")),
        type(
            "JSON",
            row(Map.of("a", List.of(1, Map.of("b", "c"))), "{\"a\":[1,{\"b\":\"c\"}]}"),
            row("{\"n\":18446744073709551615}", "{\"n\":18446744073709551615}")),
        type(
            "JSON(max_dynamic_paths=1, `a.b` UInt8, SKIP z, SKIP REGEXP 'y.*')",
            row(Map.of("a", Map.of("b", 7), "c", 1, "d", 2), "{\"a\":{\"b\":7},\"c\":1,\"d\":2}"),
            row(Map.of("z", 1), "{\"a\":{\"b\":0}}")),
        type("Nullable(JSON)", row(null, "\\N"), row(Map.of("a", 1), "{\"a\":1}")),
        type("Array(JSON)", row(List.of(Map.of("a", 1)), "['{\"a\":1}']")),
        type(
            "Map(FixedString(2), Tuple(a Dynamic, b Variant(Int8, String)))",
            row(Map.of("k", List.of(1, "x")), "{'k\\0':(1,'x')}")));
  }

  private static Stream<Arguments> shapes() {
    List<List<Double>> line = List.of(List.of(0.0, 0.0), List.of(1.0, 2.5));
    return Stream.of(
        type("Point", row(List.of(1, 2.5), "(1,2.5)"), row(Map.of("x", 1, "y", 2), "(1,2)")),
        type("Ring", row(line, "[(0,0),(1,2.5)]")),
        type("LineString", row(line, "[(0,0),(1,2.5)]")),
        type("MultiLineString", row(List.of(line), "[[(0,0),(1,2.5)]]")),
        type(
            "Polygon",
            row(List.of(line), "[[(0,0),(1,2.5)]]"),
            row(Map.of("type", "Polygon", "coordinates", List.of(line)), "[[(0,0),(1,2.5)]]")),
        type("MultiPolygon", row(List.of(List.of(line)), "[[[(0,0),(1,2.5)]]]")),
        type(
            "Geometry",
            row(List.of(1, 2), "(1,2)"),
            row(Map.of("type", "Polygon", "coordinates", List.of(line)), "[[(0,0),(1,2.5)]]")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("types")
  void everyValueComesBack(String type, List<Row> rows) throws IOException {
    sql("CREATE OR REPLACE TABLE columns_it.t (n UInt32, c " + type + ") ENGINE = Memory");
    ColumnWriter n = ColumnWriter.create("UInt32", ZoneOffset.UTC);
    ColumnWriter c = ColumnWriter.create(systemType("t"), ZoneOffset.UTC);
    List<String> expected = new ArrayList<>();
    for (Row row : rows) {
      n.append(expected.size());
      c.append(row.value());
      expected.add(row.printed());
    }
    n.append(expected.size());
    c.appendDefault();
    expected.add(sql("SELECT defaultValueOfTypeName('" + quoted(type) + "')"));

    insert("t", List.of("n", "c"), List.of(n, c));

    assertThat(List.of(sql("SELECT c FROM columns_it.t ORDER BY n").split("\n", -1)))
        .isEqualTo(expected);
  }

  static Stream<Arguments> defaults() {
    return Stream.of(
        Arguments.of("UInt64", "n + 40", 5, "5"),
        Arguments.of("Int128", "7", 5, "5"),
        Arguments.of("String", "concat('row ', toString(n))", "given", "given"),
        Arguments.of("FixedString(2)", "'zz'", "ab", "ab"),
        Arguments.of("LowCardinality(String)", "'none'", "given", "given"),
        Arguments.of("LowCardinality(UInt16)", "9", 5, "5"),
        Arguments.of("DateTime('Asia/Tokyo')", "'2020-01-01 00:00:00'", 0, "1970-01-01 09:00:00"),
        Arguments.of("DateTime64(3)", "'2020-01-01 00:00:00.5'", 0, "1970-01-01 00:00:00.000"),
        Arguments.of("UUID", "toUUID('00000000-0000-0000-0000-000000000009')", null, ""),
        Arguments.of("Enum8('a' = 1, 'b' = 2)", "'b'", "a", "a"),
        Arguments.of("Decimal(20, 2)", "1.25", 2, "2"),
        Arguments.of("Bool", "true", false, "false"),
        Arguments.of("IPv6", "'::5'", "::6", "::6"),
        Arguments.of("Date32", "'1950-01-01'", 0, "1970-01-01"),
        Arguments.of("Float64", "0.5", 2, "2"));
  }

  @ParameterizedTest(name = "{0} DEFAULT {1}")
  @MethodSource("defaults")
  void absentValuesTakeTheDefaultExpression(
      String type, String expression, @Nullable Object value, String printed) throws IOException {
    sql(
        "CREATE OR REPLACE TABLE columns_it.d (n UInt32, c "
            + type
            + " DEFAULT "
            + expression
            + ") ENGINE = MergeTree ORDER BY n");
    ColumnWriter n = ColumnWriter.create("UInt32", ZoneOffset.UTC);
    ColumnWriter c = ColumnWriter.create(systemType("d"), ZoneOffset.UTC);
    n.append(0);
    c.appendAbsent();
    n.append(1);
    if (value == null) {
      c.appendDefault();
    } else {
      c.append(value);
    }
    n.append(2);
    c.appendAbsent();
    assertThat(c.type()).contains("Nullable(");

    insert("d", List.of("n", "c"), List.of(n, c));

    String given = value == null ? sql("SELECT defaultValueOfTypeName('" + type + "')") : printed;
    String column = "CAST(" + expression + " AS " + type + ")";
    List<String> expected =
        List.of(
            sql("SELECT " + column + " FROM (SELECT toUInt32(0) AS n)"),
            given,
            sql("SELECT " + column + " FROM (SELECT toUInt32(2) AS n)"));
    assertThat(List.of(sql("SELECT c FROM columns_it.d ORDER BY n").split("\n", -1)))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @MethodSource("distinctCounts")
  void lowCardinalityWithManyValues(int distinct) throws IOException {
    sql(
        "CREATE OR REPLACE TABLE columns_it.l (n UInt32, c LowCardinality(String), d"
            + " LowCardinality(Nullable(String)), e LowCardinality(String)) ENGINE = MergeTree"
            + " ORDER BY n");
    List<String> types =
        List.of(
            "UInt32",
            "LowCardinality(String)",
            "LowCardinality(Nullable(String))",
            "LowCardinality(String)");
    List<ColumnWriter> columns =
        types.stream().map(type -> ColumnWriter.create(type, ZoneOffset.UTC)).toList();
    for (int i = 0; i < distinct + 10; i++) {
      columns.get(0).append(i);
      columns.get(1).append("v" + i % distinct);
      columns.get(2).append(i % distinct == 3 ? null : "v" + i % distinct);
      columns.get(3).append("v" + i % distinct);
    }
    columns.get(0).append(distinct + 10);
    columns.get(1).appendDefault();
    columns.get(2).appendDefault();
    columns.get(3).appendAbsent();

    insert("l", List.of("n", "c", "d", "e"), columns);

    String right = "concat('v', toString(n % " + distinct + "))";
    assertThat(
            sql(
                "SELECT count(), countIf(c = "
                    + right
                    + "), countIf(if(n % "
                    + distinct
                    + " = 3, d IS NULL, d = "
                    + right
                    + ")), countIf(e = "
                    + right
                    + ") FROM columns_it.l WHERE n < "
                    + (distinct + 10)))
        .isEqualTo(String.join("\t", Collections.nCopies(4, String.valueOf(distinct + 10))));
    assertThat(sql("SELECT c, d, e FROM columns_it.l WHERE n = " + (distinct + 10)))
        .isEqualTo("\t\\N\t");
  }

  static IntStream distinctCounts() {
    return IntStream.of(254, 255, 256, 65534, 65535, 65536, 70000);
  }

  @Test
  void aDroppedRowAndTheNextBatchLeaveNoTrace() throws IOException {
    sql(
        "CREATE OR REPLACE TABLE columns_it.r (n UInt32, s String, l LowCardinality(String), a"
            + " Array(LowCardinality(Nullable(String))), m Map(String, UInt8)) ENGINE = Memory");
    List<String> names = List.of("n", "s", "l", "a", "m");
    List<ColumnWriter> columns =
        Stream.of(
                "UInt32",
                "String",
                "LowCardinality(String)",
                "Array(LowCardinality(Nullable(String)))",
                "Map(String, UInt8)")
            .map(type -> ColumnWriter.create(type, ZoneOffset.UTC))
            .toList();
    for (int batch = 0; batch < 3; batch++) {
      for (int i = 0; i < 5; i++) {
        int rows = columns.get(0).rows();
        List<Object> values =
            List.of(batch * 10 + i, "s" + i, "l" + i, List.of("a" + i), Map.of("k", i));
        for (int c = 0; c < columns.size(); c++) {
          columns.get(c).append(values.get(c));
        }
        if (i % 2 == 1) {
          columns.forEach(column -> column.truncate(rows));
        }
      }
      insert("r", names, columns);
      columns.forEach(ColumnWriter::clear);
    }
    assertThat(sql("SELECT * FROM columns_it.r ORDER BY n"))
        .isEqualTo(
            Stream.of(0, 2, 4, 10, 12, 14, 20, 22, 24)
                .map(
                    n ->
                        String.format(
                            "%d\ts%d\tl%d\t['a%d']\t{'k':%d}", n, n % 10, n % 10, n % 10, n % 10))
                .reduce((a, b) -> a + "\n" + b)
                .orElseThrow());
  }

  @Test
  void strangeColumnNamesAndManyColumns() throws IOException {
    List<String> names =
        new ArrayList<>(List.of("dot.ted", "spa ce", "back`tick", "grüße", "\"q\""));
    while (names.size() < 300) {
      names.add("c" + names.size());
    }
    sql(
        "CREATE OR REPLACE TABLE columns_it.w ("
            + String.join(
                ", ", names.stream().map(name -> NativeClient.identifier(name) + " Int16").toList())
            + ") ENGINE = Memory");
    List<ColumnWriter> columns = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      ColumnWriter column = ColumnWriter.create("Int16", ZoneOffset.UTC);
      column.append(i);
      columns.add(column);
    }
    insert("w", names, columns);
    assertThat(sql("SELECT * FROM columns_it.w"))
        .isEqualTo(String.join("\t", IntStream.range(0, 300).mapToObj(String::valueOf).toList()));
  }

  private static void insert(String table, List<String> names, List<ColumnWriter> columns)
      throws IOException {
    client.insert(table, names, columns);
  }

  private static String quoted(String text) {
    return text.replace("\\", "\\\\").replace("'", "\\'");
  }

  /** The type of column c as the sink reads it. */
  private static String systemType(String table) {
    return client.systemType(table, "c");
  }

  private static String sql(String statement) {
    return client.sql(statement);
  }
}
