package dev.tributary.connect.sink.columns;

import static dev.tributary.connect.sink.columns.Cells.bytes;
import static dev.tributary.connect.sink.columns.Cells.column;
import static dev.tributary.connect.sink.columns.Cells.hex;
import static dev.tributary.connect.sink.columns.Cells.refusal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.apache.kafka.connect.data.Date;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nullable, LowCardinality, Array and Map, and columns that travel as Nullable. */
class NestedWritersTest {

  private static final String VERSION = "0100000000000000";

  @Test
  void nullableIsAMapOfNullsAndThenTheValues() {
    assertThat(hex("Nullable(Int16)", 1, null, 2, null)).isEqualTo("00010001" + "0100000002000000");
    assertThat(hex("Nullable(String)", null, "a")).isEqualTo("0100" + "000161");
    assertThat(refusal("Nullable(UInt8)", 300)).contains("out of the range of UInt8");
    ColumnWriter column = column("Nullable(Int8)");
    assertThat(column.canTravelAsNullable()).isFalse();
    column.appendDefault();
    assertThat(hex(column)).isEqualTo("0100");
    assertThatThrownBy(column::appendAbsent).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aColumnWithAbsentRowsTravelsAsNullable() {
    ColumnWriter column = column("Int16");
    column.append(1);
    column.appendAbsent();
    column.append(2);
    assertThat(column.type()).isEqualTo("Nullable(Int16)");
    assertThat(hex(column)).isEqualTo("000100" + "010000000200");
    assertThat(column.bytes()).isEqualTo(9);
    column.truncate(1);
    assertThat(column.type()).isEqualTo("Int16");
    assertThat(hex(column)).isEqualTo("0100");
    column.append(3);
    column.appendAbsent();
    assertThat(hex(column)).isEqualTo("000001" + "010003000000");
    column.clear();
    column.append(4);
    assertThat(column.type()).isEqualTo("Int16");
    assertThat(hex(column)).isEqualTo("0400");
  }

  @Test
  void lowCardinalityIsADictionaryAndKeys() {
    assertThat(hex("LowCardinality(String)", "a", "", "b", "a"))
        .isEqualTo(
            VERSION
                + ("0006000000000000" + "0300000000000000" + "00" + "0161" + "0162")
                + ("0400000000000000" + "01000201"));
    assertThat(hex("LowCardinality(Nullable(String))", "a", null, "", "a"))
        .isEqualTo(
            VERSION
                + ("0006000000000000" + "0300000000000000" + "00" + "00" + "0161")
                + ("0400000000000000" + "02000102"));
  }

  @Test
  void lowCardinalityWithAbsentRowsTravelsAsNullable() {
    ColumnWriter column = column("LowCardinality(FixedString(1))");
    assertThat(column.canTravelAsNullable()).isTrue();
    column.append("a");
    column.appendAbsent();
    column.appendDefault();
    assertThat(column.type()).isEqualTo("LowCardinality(Nullable(FixedString(1)))");
    assertThat(hex(column))
        .isEqualTo(
            VERSION
                + ("0006000000000000" + "0300000000000000" + "00" + "00" + "61")
                + ("0300000000000000" + "020001"));
    column.truncate(1);
    assertThat(column.type()).isEqualTo("LowCardinality(FixedString(1))");
    assertThat(hex(column)).isEqualTo(hex("LowCardinality(FixedString(1))", "a"));
    assertThat(column("LowCardinality(Nullable(String))").canTravelAsNullable()).isFalse();
    assertThatThrownBy(() -> column("LowCardinality(Nullable(String))").appendAbsent())
        .isInstanceOf(IllegalStateException.class);
    assertThat(refusal("LowCardinality(String)", null)).contains("is not Nullable");
  }

  @ParameterizedTest
  @ValueSource(ints = {255, 256, 257, 65535, 65536, 65537})
  void keysAreAsWideAsTheDictionaryNeeds(int entries) {
    ColumnWriter column = column("LowCardinality(UInt32)");
    column.append(0);
    for (int i = 1; i < entries; i++) {
      column.append(i);
    }
    int width = entries <= 256 ? 1 : entries <= 65536 ? 2 : 4;
    byte[] bytes = bytes(column);
    assertThat(bytes.length).isEqualTo(8 + 8 + 8 + entries * 4 + 8 + entries * width);
    assertThat(bytes[8]).isEqualTo((byte) (width / 2));
    assertThat(bytes[bytes.length - width]).isEqualTo((byte) (entries - 1));
  }

  /** Any order of appends, roll-backs and new batches leaves what a fresh column would have. */
  @Property
  void rollBacksLeaveNoTrace(@ForAll("edits") List<Integer> edits) {
    for (String type :
        List.of(
            "LowCardinality(String)",
            "LowCardinality(Nullable(String))",
            "Array(LowCardinality(Nullable(String)))",
            "Map(LowCardinality(String), Array(Nullable(UInt16)))",
            "Nullable(String)",
            "String",
            "Int16")) {
      ColumnWriter column = column(type);
      List<@Nullable Integer> rows = new ArrayList<>();
      for (int edit : edits) {
        if (edit == -100) {
          column.clear();
          rows.clear();
        } else if (edit < 0) {
          int keep = Math.max(0, rows.size() + edit);
          column.truncate(keep);
          rows.subList(keep, rows.size()).clear();
        } else {
          append(column, type, edit);
          rows.add(edit);
        }
      }
      ColumnWriter fresh = column(type);
      for (Integer row : rows) {
        append(fresh, type, row == null ? 0 : row);
      }
      assertThat(column.rows()).isEqualTo(rows.size());
      assertThat(column.type()).isEqualTo(fresh.type());
      assertThat(column.bytes()).isEqualTo(fresh.bytes());
      assertThat(bytes(column)).isEqualTo(bytes(fresh));
    }
  }

  @Provide
  Arbitrary<List<Integer>> edits() {
    Arbitrary<Integer> edit =
        Arbitraries.frequencyOf(
            net.jqwik.api.Tuple.of(20, Arbitraries.integers().between(0, 300)),
            net.jqwik.api.Tuple.of(4, Arbitraries.integers().between(-8, -1)),
            net.jqwik.api.Tuple.of(1, Arbitraries.just(-100)));
    return edit.list().ofMaxSize(400);
  }

  private static void append(ColumnWriter column, String type, int n) {
    if (n % 7 == 0) {
      column.appendDefault();
    } else if (n % 11 == 0 && column.canTravelAsNullable()) {
      column.appendAbsent();
    } else if (type.startsWith("Array")) {
      column.append(n % 5 == 0 ? List.of() : Arrays.asList("v" + n, null, "v" + n / 2));
    } else if (type.startsWith("Map")) {
      column.append(Map.of("k" + n % 20, Arrays.asList(n, null)));
    } else {
      column.append(n);
    }
  }

  @Test
  void arraysAreOffsetsAndElements() {
    assertThat(hex("Array(Int8)", List.of(), List.of(1, 2), chained(3)))
        .isEqualTo("0000000000000000" + "0200000000000000" + "0300000000000000" + "010203");
    assertThat(hex("Array(Array(Int8))", List.of(List.of(1), List.of()), List.of()))
        .isEqualTo(
            ("0200000000000000" + "0200000000000000")
                + ("0100000000000000" + "0100000000000000" + "01"));
  }

  @Test
  void arraysTellWhichElementIsRefused() {
    assertThat(refusal("Array(UInt8)", List.of(1, 2, 300)))
        .isEqualTo(
            "a list of 3 elements: element 3 of 3: an integer (Integer) is out of the range of UInt8:"
                + " 0..255");
    assertThat(refusal("Array(Array(UInt8))", chained(List.of(1), List.of(-1))))
        .startsWith("a list of 2 elements: element 2 of 2: element 1 of 1: ");
    assertThat(refusal("Array(UInt8)", Arrays.asList(1, null)))
        .isEqualTo("a list of 2 elements: element 2 of 2: null, and UInt8 is not Nullable");
    for (Object value : List.of(1, "{}", "7", new byte[] {1}, Map.of())) {
      assertThat(refusal("Array(UInt8)", value)).contains("which takes lists");
    }
    assertThat(refusal("Array(UInt8)", "[1"))
        .isEqualTo(
            "a string of 2 characters cannot be read as JSON: it is not JSON: it goes wrong at byte"
                + " 2");
    assertThat(refusal("Array(UInt8)", "[1, 300]"))
        .startsWith("a string of 8 characters: element 2 of 2: ");
    assertThat(refusal("Array(UInt8)", null))
        .isEqualTo("null, and Array(UInt8) is not Nullable: set null.as.default=true");
    assertThat(column("Array(UInt8)").canTravelAsNullable()).isFalse();
    assertThatThrownBy(() -> column("Array(UInt8)").appendAbsent())
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void prefixesComeBeforeAllData() {
    assertThat(hex("Array(LowCardinality(String))", List.of("a")))
        .startsWith(VERSION + "0100000000000000" + "0006000000000000");
    assertThat(hex("Array(LowCardinality(String))", List.of())).isEqualTo(VERSION + "0".repeat(16));
    assertThat(hex("Map(LowCardinality(String), Array(LowCardinality(String)))", Map.of()))
        .isEqualTo(VERSION + VERSION + "0".repeat(16));
  }

  @Test
  void mapsAreOffsetsKeysAndValues() {
    Map<Object, Object> map = new LinkedHashMap<>();
    map.put("b", 2);
    map.put("a", null);
    assertThat(hex("Map(String, Nullable(Int8))", map, Map.of()))
        .isEqualTo("0200000000000000" + "0200000000000000" + "01620161" + "0001" + "0200");
    assertThat(hex("Map(UInt16, Bool)", Map.of("7", true)))
        .isEqualTo("0100000000000000" + "0700" + "01");
  }

  @Test
  void mapsTellWhatIsRefusedAndNotWhere() {
    assertThat(refusal("Map(String, UInt8)", Map.of("secret", 300)))
        .isEqualTo("a map: a value: an integer (Integer) is out of the range of UInt8: 0..255");
    Map<String, Integer> halfRight = new LinkedHashMap<>();
    halfRight.put("a", 1);
    halfRight.put("b", 300);
    assertThat(refusal("Map(String, UInt8)", halfRight)).startsWith("a map: a value: ");
    assertThat(refusal("Map(UInt8, UInt8)", Map.of("secret", 3)))
        .startsWith("a map: a key: a string of 6 characters");
    assertThat(refusal("Map(String, UInt8)", List.of(1))).contains("which takes maps, structs and");
  }

  @Test
  void structsAndTheirSchemasReachMapsAndArrays() {
    Schema schema =
        SchemaBuilder.struct()
            .field("first", Date.SCHEMA)
            .field("second", SchemaBuilder.OPTIONAL_INT32_SCHEMA)
            .build();
    Struct struct = new Struct(schema).put("first", Cells.date("1970-01-02T00:00:00Z"));
    ColumnWriter column = column("Map(String, Nullable(String))");
    column.append(struct, schema);
    ColumnWriter expected = column("Map(String, Nullable(String))");
    Map<String, @Nullable String> map = new LinkedHashMap<>();
    map.put("first", "1970-01-02");
    map.put("second", null);
    expected.append(map);
    assertThat(hex(column)).isEqualTo(hex(expected));

    ColumnWriter array = column("Array(String)");
    array.append(
        List.of(Cells.date("1970-01-02T00:00:00Z")), SchemaBuilder.array(Date.SCHEMA).build());
    assertThat(hex(array)).isEqualTo(hex("Array(String)", List.of("1970-01-02")));
  }

  /** A list without fast access by index. */
  @SuppressWarnings("JdkObsolete")
  private static List<Object> chained(Object... elements) {
    return new LinkedList<>(List.of(elements));
  }
}
