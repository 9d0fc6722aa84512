package dev.tributary.connect.sink.columns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ColumnTypeTest {

  @Test
  void takesNestedTypesApartAndKeepsTheirText() {
    ColumnType type =
        ColumnType.parse("Map(LowCardinality(String), Array(DateTime64(3, 'Asia/Tokyo')))");
    assertThat(type.name()).isEqualTo("Map");
    assertThat(type.arguments().get(0).text()).isEqualTo("LowCardinality(String)");
    ColumnType time = type.arguments().get(1).only();
    assertThat(time.text()).isEqualTo("DateTime64(3, 'Asia/Tokyo')");
    assertThat(time.integer(0)).isEqualTo(3);
    assertThat(time.arguments().get(1).name()).isEqualTo("Asia/Tokyo");
  }

  @Test
  void readsTheNamesOfEnums() {
    ColumnType type = ColumnType.parse("Enum16('a\\'b, (c)' = -300, 'd\\n\\\\' = 7, '' = 0)");
    assertThat(type.arguments().stream().map(ColumnType::name))
        .containsExactly("a'b, (c)", "d\n\\", "");
    assertThat(type.arguments().stream().map(ColumnType::number)).containsExactly(-300, 7, 0);
  }

  @Test
  void readsTheNamesOfElements() {
    ColumnType tuple =
        ColumnType.parse("Tuple(a Int8, `b\\`c, d` Array(String), SKIP Enum8('x' = 1))");
    assertThat(tuple.arguments().stream().map(ColumnType::label))
        .containsExactly("a", "b`c, d", "SKIP");
    assertThat(tuple.arguments().stream().map(ColumnType::text))
        .containsExactly("Int8", "Array(String)", "Enum8('x' = 1)");
  }

  @Test
  void readsThePathsOfJson() {
    ColumnType json =
        ColumnType.parse(
            "JSON(max_dynamic_paths=8, `SKIP` Int8, `a.b` UInt32, SKIP c, SKIP REGEXP 'x, (y)')");
    assertThat(json.arguments().stream().map(ColumnType::label))
        .containsExactly("", "SKIP", "a.b", "", "");
    assertThat(json.arguments().get(2).text()).isEqualTo("UInt32");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "AggregateFunction(quantiles(0.5, 0.9), UInt64)",
        "Array(Tuple(a AggregateFunction(sum, UInt8)))",
        "Variant(Int8, Nothing)",
        "Nothing",
        "QBit(Float32, 8)",
        "IntervalDecade",
        "Int512",
        "int8",
        "Nullable(Array(Int8))",
        "LowCardinality(Tuple(Int8))"
      })
  void otherTypesAreNotSupported(String type) {
    assertThatThrownBy(() -> ColumnWriter.create(type, ZoneOffset.UTC))
        .isInstanceOf(UnsupportedTypeException.class)
        .hasMessageStartingWith("Cannot write columns of type ")
        .hasMessageEndingWith("the type is not supported");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Array(",
        "Array()",
        "Array(Int8))",
        "Map(Int8)",
        "Nullable(Int8, Int8)",
        "Enum8('a' = )",
        "Enum8('a",
        "Enum8()",
        "Enum8(a)",
        "Enum8",
        "FixedString(0)",
        "FixedString",
        "FixedString(x)",
        "FixedString(99999999999)",
        "Decimal",
        "Decimal(77, 0)",
        "Decimal(0, 0)",
        "Decimal(5, 6)",
        "DateTime64",
        "DateTime64(10)",
        "DateTime('Nowhere/Never')",
        "Int8 x"
      })
  void whatIsNoTypeIsRefusedByName(String type) {
    assertThatThrownBy(() -> ColumnWriter.create(type, ZoneOffset.UTC))
        .isInstanceOf(UnsupportedTypeException.class)
        .hasMessageStartingWith("Cannot write columns of type ");
  }
}
