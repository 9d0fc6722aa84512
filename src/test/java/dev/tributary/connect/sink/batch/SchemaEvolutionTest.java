package dev.tributary.connect.sink.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.tributary.connect.sink.clickhouse.StubClickHouse;
import dev.tributary.connect.sink.columns.ColumnWriter;
import dev.tributary.connect.sink.row.Mappings;
import dev.tributary.connect.sink.row.UnfitValueException;
import dev.tributary.connect.sink.table.Column;
import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import dev.tributary.connect.sink.table.TableOptions;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SchemaEvolutionTest {

  private static final List<String> MAY_WIDEN =
      List.of(
          "Int8",
          "Int64",
          "Int256",
          "UInt8",
          "UInt64",
          "UInt256",
          "Float32",
          "Float64",
          "BFloat16",
          "Bool",
          "Decimal(9, 2)",
          "Decimal(76, 10)",
          "String",
          "FixedString(3)",
          "UUID",
          "IPv4",
          "IPv6",
          "Date",
          "Date32",
          "DateTime",
          "DateTime('Europe/Berlin')",
          "DateTime64(3)",
          "Time",
          "Time64(3)",
          "IntervalDay",
          "Enum8('a' = 1)",
          "Array(Int8)",
          "Array(Array(Float32))");

  private static final List<String> NEVER_WIDEN =
      List.of(
          "Nullable(String)",
          "LowCardinality(String)",
          "LowCardinality(Nullable(String))",
          "Map(String, Int8)",
          "Tuple(a Int8, b String)",
          "Nested(a Int8)",
          "Variant(Int8, String)",
          "Dynamic",
          "JSON",
          "JSON(a Int8)",
          "SimpleAggregateFunction(sum, UInt64)",
          "SimpleAggregateFunction(max, Int8)",
          "SimpleAggregateFunction(anyLast, Nullable(Int8))");

  private static final List<String> SHAPES =
      List.of(
          "Point", "Ring", "LineString", "Polygon", "MultiLineString", "MultiPolygon", "Geometry");

  private static final List<@Nullable Object> VALUES =
      Arrays.asList(
          null,
          300L,
          -1L,
          Long.MIN_VALUE,
          new BigInteger("18446744073709551615"),
          BigInteger.TWO.pow(255),
          BigInteger.TWO.pow(300),
          0.1,
          1e300,
          Double.NaN,
          new BigDecimal("1e400"),
          new BigDecimal("1e-400"),
          new BigDecimal("123456789.123456789"),
          true,
          "text",
          "",
          new byte[] {1, 2, 3, 4},
          new java.util.Date(-1),
          List.of(),
          List.of(300L),
          Arrays.asList(1L, null),
          List.of(List.of(1e300)),
          Arrays.asList((Object) null),
          Map.of("a", 300L),
          Map.of());

  private final SchemaEvolution evolution;

  SchemaEvolutionTest() {
    TableOptions options = new TableOptions(false, true, true, "", "", "", "", "");
    TableCatalog catalog =
        new TableCatalog(
            "task", new StubClickHouse(), SmallTables.RETRY, Mappings.byName(), id -> List.of());
    evolution = new SchemaEvolution("task", options, Mappings.byName(), catalog);
  }

  private Optional<Column> wider(Column column, @Nullable Object value) {
    Table table = new Table(new TableId("default", "t"), List.of(column), ZoneOffset.UTC);
    Map<String, @Nullable Object> fields = new HashMap<>();
    fields.put("v", value);
    try {
      new TableBuffer(table, Mappings.byName(), true)
          .append(new SinkRecord("t", 0, null, null, null, fields, 1), 1);
      return Optional.empty();
    } catch (UnfitValueException e) {
      return evolution.wider(table, e);
    }
  }

  @Test
  void wider_type_takes_the_value_for_which_the_column_gets_it() {
    int widened = 0;
    for (String type : MAY_WIDEN) {
      for (Object value : VALUES) {
        Optional<Column> wider = wider(new Column("v", type, false), value);
        if (wider.isPresent()) {
          widened++;
          assertThatCode(
                  () -> ColumnWriter.create(wider.get().type(), ZoneOffset.UTC).append(value))
              .as("%s for %s instead of %s", wider.get(), value, type)
              .doesNotThrowAnyException();
        }
        assertThat(wider(new Column("v", type, false, true), value)).isEmpty();
      }
    }
    assertThat(widened).isGreaterThan(40);
  }

  @Test
  void null_makes_a_column_nullable_unless_it_has_a_default() {
    for (String type : MAY_WIDEN) {
      boolean isArray = type.startsWith("Array");
      assertThat(wider(new Column("v", type, false), null).map(Column::type))
          .isEqualTo(isArray ? Optional.empty() : Optional.of("Nullable(" + type + ")"));
      assertThat(wider(new Column("v", type, true), null)).isEmpty();
    }
  }

  @Test
  void types_that_aggregate_or_that_a_server_makes_nullable_by_a_setting_only_stay() {
    for (String type : NEVER_WIDEN) {
      for (Object value : VALUES) {
        assertThat(wider(new Column("v", type, false), value)).as("%s %s", type, value).isEmpty();
      }
    }
    for (String shape : SHAPES) {
      for (Object value : Arrays.asList(null, 1L, "text")) {
        assertThat(wider(new Column("v", shape, false), value)).as("%s %s", shape, value).isEmpty();
      }
    }
  }
}
