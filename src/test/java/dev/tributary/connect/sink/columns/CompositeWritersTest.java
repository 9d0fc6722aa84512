package dev.tributary.connect.sink.columns;

import static dev.tributary.connect.sink.columns.Cells.column;
import static dev.tributary.connect.sink.columns.Cells.hex;
import static dev.tributary.connect.sink.columns.Cells.refusal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tuples, variants, Dynamic, JSON and shapes. */
class CompositeWritersTest {

  private static final String VARIANT = "Variant(Array(Int64), Float64, Int64, String)";

  @Test
  void tuplesAreColumnsOfTheirElements() {
    assertThat(hex("Tuple(a Int8, b String)", List.of(1, "x"), Map.of("b", "y")))
        .isEqualTo("0100" + "01780179");
  }

  @Test
  void variantsKeepTimesAsTimesAndNotAsFloats() {
    Schema nanos = SchemaBuilder.int64().name("io.debezium.time.NanoTimestamp").build();
    Schema year = SchemaBuilder.int32().name("io.debezium.time.Year").build();
    String type = "Variant(Date, DateTime64(9, 'UTC'), Float64, Int64)";
    ColumnWriter column = column(type);
    column.append(1_709_201_730_123_456_789L, nanos);
    column.append(2024, year);
    assertThat(hex(column)).startsWith("0".repeat(16) + "0103");
  }

  @Test
  void structsOfTwoSchemasGoIntoOneTuple() {
    Schema one = SchemaBuilder.struct().field("b", Schema.STRING_SCHEMA).build();
    Schema two =
        SchemaBuilder.struct()
            .field("a", Schema.INT8_SCHEMA)
            .field("b", Schema.STRING_SCHEMA)
            .build();
    assertThat(
            hex(
                "Tuple(a Int8, b String)",
                new Struct(one).put("b", "x"),
                new Struct(two).put("a", (byte) 7).put("b", "y"),
                new Struct(one).put("b", "z")))
        .isEqualTo("000700" + "01780179017a");
  }

  @Test
  void tuplesTellWhichElementIsRefused() {
    assertThat(refusal("Tuple(a Int8, b String)", List.of(300, "x")))
        .startsWith(
            "a list of 2 elements: element a: an integer (Integer) is out of the range of Int8");
    assertThat(refusal("Tuple(String, Int8)", List.of("x", 300)))
        .startsWith("a list of 2 elements: element 2: ");
    assertThat(refusal("Tuple(a Int8, b String)", List.of(1))).contains("lists of 2 elements");
    assertThat(refusal("Tuple(a Int8, b String)", Map.of("c", 1)))
        .isEqualTo("a map: none of its fields is an element of Tuple(a Int8, b String)");
    assertThat(refusal("Tuple(a Int8, b String)", Map.of()))
        .startsWith("a map: none of its fields");
    assertThat(refusal("Point", Map.of("x", 1))).startsWith("a map: not every element is among");
    assertThat(refusal("Tuple(Int8, String)", Map.of("a", 1))).contains("which takes lists");
    assertThat(refusal("Array(Tuple(a Int8))", List.of(List.of(1), List.of(300))))
        .startsWith("a list of 2 elements: element 2 of 2: element a: ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        VARIANT,
        "Dynamic",
        "Array(Dynamic)",
        "Tuple(a Dynamic, b Array(LowCardinality(String)))",
        "JSON",
        "Nullable(Tuple(a Int8))",
        "Nullable(JSON)",
        "Map(String, Variant(Int8, String))"
      })
  void rowsTakenBackLeaveNoTrace(String type) {
    List<Object> values =
        switch (type) {
          case VARIANT, "Dynamic" ->
              List.of(1, "x", 2.5, List.of(1, 2), List.of("a", 1), Map.of("a", 1));
          case "Array(Dynamic)" -> List.of(List.of(1, "x"), List.of(2.5), List.of(Map.of()));
          case "JSON", "Nullable(JSON)" -> List.of(Map.of("a", 1), Map.of(), "{\"b\":[1]}");
          case "Nullable(Tuple(a Int8))" -> List.of(List.of(1), List.of(2));
          case "Map(String, Variant(Int8, String))" ->
              List.of(Map.of("a", 1), Map.of("a", "x"), Map.of());
          default -> List.of(List.of(1, List.of("x")), List.of("y", List.of("x", "z")));
        };
    for (int kept = 0; kept < values.size(); kept++) {
      ColumnWriter expected = column(type);
      ColumnWriter column = column(type);
      for (int i = 0; i < values.size(); i++) {
        column.append(values.get(i));
        if (i < kept) {
          expected.append(values.get(i));
        }
      }
      column.truncate(kept);
      assertThat(column.rows()).isEqualTo(kept);
      assertThat(column.bytes()).isEqualTo(expected.bytes());
      column.append(values.get(0));
      expected.append(values.get(0));
      assertThat(hex(column)).isEqualTo(hex(expected));
      column.clear();
      column.append(values.get(0));
      assertThat(hex(column)).isEqualTo(hex(type, values.get(0)));
    }
  }

  @Test
  void variantsKeepTheKindOfAValue() {
    String none = "0".repeat(16);
    assertThat(hex(VARIANT, 5)).isEqualTo(none + "02" + "0500000000000000");
    assertThat(hex(VARIANT, "5")).isEqualTo(none + "03" + "0135");
    assertThat(hex(VARIANT, 5.0)).isEqualTo(none + "01" + "0000000000001440");
    assertThat(hex(VARIANT, new BigDecimal("5.5"))).startsWith(none + "01");
    assertThat(hex(VARIANT, BigInteger.TEN.pow(20))).startsWith(none + "01");
    assertThat(hex(VARIANT, BigInteger.TWO.pow(70))).startsWith(none + "03");
    assertThat(hex(VARIANT, new BigDecimal("0.12345678901234567890"))).startsWith(none + "03");
    assertThat(hex("Variant(Float64, UUID)", BigInteger.TWO.pow(70))).startsWith(none + "00");
    assertThat(hex(VARIANT, List.of(5))).startsWith(none + "00");
    assertThat(hex(VARIANT, true)).startsWith(none + "03");
    assertThat(hex(VARIANT, List.of("a"))).isEqualTo(none + "03" + "055b2261225d");
    assertThat(hex("Variant(Array(Int64), Array(String))", List.of("5"))).startsWith(none + "01");
    assertThat(hex(VARIANT, (Object) null)).isEqualTo(none + "ff");
    assertThat(refusal("Variant(Int8, UUID)", 300)).contains("what one of its types takes");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "5       | Int64",
        "0.5     | Float64",
        "1E+400  | refused",
        "0.1234567890123456789012 | Decimal(38, 22)",
        "12345678901234567890123456789.5 | Decimal(38, 1)",
        "1234567890123456789012345678901234567890.5 | Decimal(76, 1)"
      })
  void dynamicKeepsAllDigits(String text, String type) {
    Object value = text.equals("5") ? (Object) 5 : (Object) new BigDecimal(text);
    if (type.equals("refused")) {
      assertThat(refusal("Dynamic", value)).contains("76 digits");
    } else {
      assertThat(DynamicType.of(value, null, "Dynamic", 0)).isEqualTo(type);
    }
  }

  @Test
  void dynamicListsHaveTheTypeThatTheirElementsShare() {
    assertThat(DynamicType.of(Arrays.asList(1, null), null, "Dynamic", 0))
        .isEqualTo("Array(Nullable(Int64))");
    assertThat(DynamicType.of(List.of(1, "x"), null, "Dynamic", 0)).isEqualTo("Array(Dynamic)");
    assertThat(DynamicType.of(List.of(), null, "Dynamic", 0)).isEqualTo("Array(Dynamic)");
    assertThat(DynamicType.of(List.of(List.of(1), List.of(2)), null, "Dynamic", 0))
        .isEqualTo("Array(Array(Nullable(Int64)))");
    assertThat(DynamicType.of(List.of(Map.of()), null, "Dynamic", 0)).isEqualTo("Array(JSON)");
  }

  @Test
  void jsonTakesObjectsThatTheServerKeeps() {
    String version = "0100000000000000";
    assertThat(hex("JSON", Map.of("a", 1))).isEqualTo(version + "077b2261223a317d");
    assertThat(hex("JSON", " {\"a\":1} ")).isEqualTo(version + "077b2261223a317d");
    assertThat(refusal("JSON", "[1]")).contains("JSON objects");
    assertThat(refusal("JSON", List.of(1))).contains("JSON objects");
    assertThat(refusal("JSON", Map.of("a", BigInteger.TWO.pow(64)))).contains("64 bits");
    assertThat(
            refusal("JSON", Map.of("a", BigInteger.TWO.pow(63).negate().subtract(BigInteger.ONE))))
        .contains("64 bits");
    assertThat(hex("JSON", Map.of("a", BigInteger.TWO.pow(64).subtract(BigInteger.ONE))))
        .startsWith(version);
  }

  @Test
  void typedPathsOfJsonTakeWhatAColumnOfTheirTypeTakes() {
    String type = "JSON(`a.b` UInt8)";
    assertThat(refusal(type, Map.of("a", Map.of("b", 1.5)))).startsWith("a map: path a.b: ");
    assertThat(refusal(type, "{\"a\":{\"b\":256}}")).contains(": path a.b: ");
    Schema inner = SchemaBuilder.struct().field("b", Schema.INT16_SCHEMA).build();
    Schema outer = SchemaBuilder.struct().field("a", inner).build();
    assertThat(
            refusal(
                type,
                ZoneOffset.UTC,
                new Struct(outer).put("a", new Struct(inner).put("b", (short) -1)),
                outer))
        .startsWith("a struct: path a.b: ");
    assertThat(column(type).rows()).isZero();
    assertThat(hex(type, Map.of("c", 300))).isNotEmpty();
  }

  @Test
  void shapesAreWhatTheirNameSays() {
    byte[] line = bytes("01" + "02000000" + "02000000" + "0".repeat(64));
    assertThat(hex("LineString", line)).isEqualTo("0200000000000000" + "0".repeat(64));
    assertThat(refusal("Polygon", line)).contains("does not suit Polygon");
    assertThat(refusal("Ring", line)).contains("does not suit Ring");
    assertThat(refusal("Point", new byte[] {1, 2})).contains("no well-known binary");
    assertThat(refusal("Point", bytes("01" + "e9030000" + "0".repeat(48))))
        .contains("more than two dimensions");
    assertThat(refusal("LineString", bytes("01" + "02000000" + "ffffff7f")))
        .contains("no well-known binary");
    assertThat(refusal("Point", Map.of("type", "LineString", "coordinates", List.of())))
        .contains("does not suit Point");
  }

  private static byte[] bytes(String hex) {
    return java.util.HexFormat.of().parseHex(hex);
  }

  @Test
  void compositesDoNotTravelAsNullable() {
    for (String type : List.of("Tuple(a Int8)", VARIANT, "Dynamic", "Point", "Nested(a Int8)")) {
      assertThat(column(type).canTravelAsNullable()).isFalse();
      assertThatThrownBy(() -> column(type).appendAbsent())
          .isInstanceOf(IllegalStateException.class);
    }
  }
}
