package dev.tributary.connect.sink.table;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WideningTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Int32               | Int32            | Int32",
        "Int8                | Int64            | Int64",
        "UInt32              | Int8             | Int64",
        "UInt64              | Int64            | Int128",
        "UInt8               | Int64            | Int64",
        "UInt256             | Int8             | -",
        "Float32             | Float64          | Float64",
        "Int32               | Float32          | Float64",
        "Int64               | Float64          | -",
        "Decimal(9, 2)       | Decimal(10, 4)   | Decimal(11, 4)",
        "Decimal(76, 2)      | Decimal(10, 4)   | -",
        "Int64               | Decimal(10, 4)   | Decimal(24, 4)",
        "Date                | Date32           | Date32",
        "DateTime            | DateTime64(3)    | DateTime64(3)",
        "DateTime('X/Y')     | DateTime64(6, 'UTC') | DateTime64(6, 'X/Y')",
        "DateTime64(3)       | DateTime64(6)    | -",
        "Int32               | Nullable(Int64)  | Nullable(Int64)",
        "Nullable(UInt8)     | Int64            | Nullable(Int64)",
        "Array(Int8)         | Array(Int64)     | Array(Int64)",
        "Array(Int8)         | Array(Nullable(Int8)) | Array(Nullable(Int8))",
        "Array(Int8)         | Nullable(Array(Int8)) | -",
        "Int32               | String           | -",
        "Bool                | Int64            | -",
        "Enum8('a' = 1)      | String           | -",
        "LowCardinality(String) | String        | -",
      })
  void join_holds_both_or_is_none(String one, String other, String expected) {
    assertThat(Widening.join(one, other).orElse("-")).isEqualTo(expected);
    assertThat(Widening.join(other, one).orElse("-")).isEqualTo(expected);
  }
}
