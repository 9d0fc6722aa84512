package dev.tributary.connect.sink.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Date;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Timestamp;
import org.junit.jupiter.api.Test;

class InferredTypeTest {

  @Test
  void schema_tells_the_type() {
    assertThat(InferredType.of(Schema.INT8_SCHEMA)).isEqualTo("Int8");
    assertThat(InferredType.of(Schema.OPTIONAL_FLOAT32_SCHEMA)).isEqualTo("Float32");
    assertThat(InferredType.of(Schema.BYTES_SCHEMA)).isEqualTo("String");
    assertThat(InferredType.of(Decimal.schema(4))).isEqualTo("Decimal(38, 4)");
    assertThat(
            InferredType.of(Decimal.builder(2).parameter("connect.decimal.precision", "9").build()))
        .isEqualTo("Decimal(9, 2)");
    assertThat(InferredType.of(Decimal.schema(-3))).isEqualTo("String");
    assertThat(InferredType.of(Date.SCHEMA)).isEqualTo("Date32");
    assertThat(InferredType.of(Timestamp.SCHEMA)).isEqualTo("DateTime64(3, 'UTC')");
    assertThat(InferredType.of(SchemaBuilder.array(Schema.OPTIONAL_INT32_SCHEMA).build()))
        .isEqualTo("Array(Nullable(Int32))");
    assertThat(
            InferredType.of(SchemaBuilder.map(Schema.STRING_SCHEMA, Schema.INT64_SCHEMA).build()))
        .isEqualTo("Map(String, Int64)");
    assertThat(InferredType.of(SchemaBuilder.struct().field("a", Schema.INT8_SCHEMA).build()))
        .isEqualTo("String");
  }

  @Test
  void value_tells_the_type_unless_there_is_nothing_in_it() {
    assertThat(InferredType.of((Object) 1L)).contains("Int64");
    assertThat(InferredType.of(new BigInteger("18446744073709551615"))).contains("UInt64");
    assertThat(InferredType.of(new BigInteger("-9223372036854775809"))).contains("Int128");
    assertThat(InferredType.of(new BigDecimal("1.5"))).contains("Float64");
    assertThat(InferredType.of((Object) true)).contains("Bool");
    assertThat(InferredType.of((Object) "2026-01-01")).contains("String");
    assertThat(InferredType.of(Map.of("a", 1))).contains("String");
    assertThat(InferredType.of((Object) null)).isEmpty();
    assertThat(InferredType.of(List.of())).isEmpty();
    assertThat(InferredType.of(Arrays.asList(1L, null, new BigDecimal("0.5"))))
        .contains("Array(Nullable(Float64))");
    assertThat(InferredType.of(List.of(1L, "a"))).contains("Array(String)");
    assertThat(InferredType.of(List.of(List.of(), List.of(true)))).contains("Array(Array(Bool))");
  }

  /** ClickHouse makes columns of 300 lists and more, and then reads no block with them. */
  @Test
  void lists_in_more_lists_than_a_block_can_have_are_text() {
    Object value = 1L;
    Schema schema = Schema.INT64_SCHEMA;
    for (int level = 0; level < 2_000; level++) {
      value = List.of(value);
      schema = SchemaBuilder.array(schema).build();
    }
    String expected = "Array(".repeat(16) + "String" + ")".repeat(16);
    assertThat(InferredType.of(value)).contains(expected);
    assertThat(InferredType.of(schema)).isEqualTo("Array(".repeat(16) + "String" + ")".repeat(16));
  }

  @Test
  void values_of_several_types_have_the_one_that_holds_all() {
    assertThat(InferredType.both("Int64", "Float64")).isEqualTo("Float64");
    assertThat(InferredType.both("Int64", "UInt64")).isEqualTo("Int128");
    assertThat(InferredType.both("Int64", "Bool")).isEqualTo("String");
    assertThat(InferredType.both("Array(Int64)", "Int64")).isEqualTo("String");
  }

  @Test
  void column_widens_for_what_it_cannot_hold_and_only_then() {
    assertThat(InferredType.widened("UInt8", 300L, null)).contains("Int64");
    assertThat(InferredType.widened("Int32", 1, Schema.INT64_SCHEMA)).contains("Int64");
    assertThat(InferredType.widened("Decimal(5, 2)", new BigDecimal("1234.5"), null))
        .contains("Decimal(6, 2)");
    assertThat(InferredType.widened("Decimal(5, 2)", new BigDecimal("1e6"), null))
        .contains("Decimal(9, 2)");
    assertThat(InferredType.widened("Decimal(5, 2)", 100.125, null)).contains("Decimal(6, 3)");
    assertThat(InferredType.widened("Int32", null, null)).contains("Nullable(Int32)");
    assertThat(InferredType.widened("Array(Int8)", null, null)).isEmpty();
    assertThat(InferredType.widened("Int64", 5L, null)).isEmpty();
    assertThat(InferredType.widened("Int32", "text", null)).isEmpty();
  }
}
