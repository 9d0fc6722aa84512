package dev.tributary.connect.sink.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.sink.table.MetadataColumns.Kind;
import java.time.ZoneOffset;
import java.util.List;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MetadataColumnsTest {

  @Test
  void entries_name_a_column_each() {
    MetadataColumns columns =
        MetadataColumns.parse(List.of("offset:_offset", " header.a:b : h ", "topic:t"));

    assertThat(columns.columnFor(Kind.OFFSET)).contains("_offset");
    assertThat(columns.columnFor(Kind.KEY)).isEmpty();
    assertThat(columns.columns()).containsExactly("_offset", "h", "t");
    assertThat(columns.sourceOf("h")).contains(new MetadataColumns.Source(Kind.HEADER, "a:b"));
    assertThat(columns.sourceOf("x")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"offset", "offset:", ":c", "ofset:c", "header:c", "header.:c", "Topic:c"})
  void entry_that_is_no_pair_is_named(String entry) {
    assertThatThrownBy(() -> MetadataColumns.parse(List.of(entry)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("metadata.columns")
        .hasMessageContaining(entry)
        .hasMessageContaining("header.<name>");
  }

  @Test
  void two_entries_for_one_column_are_refused() {
    assertThatThrownBy(() -> MetadataColumns.parse(List.of("offset:x", "partition:x")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("`x`");
  }

  private static List<String> problems(String entry, String type) {
    return problems(entry, type, false);
  }

  private static List<String> problems(String entry, String type, boolean truncateTimes) {
    return MetadataColumns.parse(List.of(entry))
        .problems(
            new Table(
                new TableId("db", "t"), List.of(new Column("c", type, false)), ZoneOffset.UTC),
            truncateTimes);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "topic:c      | String",
        "topic:c      | LowCardinality(Nullable(String))",
        "partition:c  | Int32",
        "partition:c  | UInt16",
        "offset:c     | UInt64",
        "offset:c     | Nullable(Int64)",
        "timestamp:c  | DateTime64(3)",
        "timestamp:c  | DateTime64(9, 'UTC')",
        "timestamp:c  | Int64",
        "key:c        | UUID",
        "header.h:c   | Array(String)",
      })
  void column_of_a_fitting_type_is_no_problem(String entry, String type) {
    assertThat(problems(entry, type)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "topic:c      | UInt64         | String",
        "partition:c  | Int8           | Int32",
        "offset:c     | Int32          | Int64",
        "offset:c     | String         | Int64",
        "timestamp:c  | DateTime       | DateTime64(3)",
        "timestamp:c  | DateTime64(2)  | DateTime64(3)",
      })
  void column_that_cannot_hold_every_value_is_reported_with_its_type(
      String entry, String type, String advice) {
    assertThat(problems(entry, type))
        .singleElement()
        .asString()
        .contains("`c` of `db`.`t` is " + type, entry, advice);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "DateTime",
        "DateTime('Asia/Tokyo')",
        "DateTime64(0)",
        "DateTime64(2, 'UTC')",
        "LowCardinality(Nullable(DateTime))",
        "Int64"
      })
  void column_of_coarser_times_holds_the_timestamp_where_fractions_are_cut(String type) {
    assertThat(problems("timestamp:c", type, true)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"Date", "Time", "Int32", "String", "Array(DateTime)"})
  void column_of_no_point_in_time_holds_no_timestamp(String type) {
    assertThat(problems("timestamp:c", type, true)).hasSize(1);
  }

  @Test
  void missing_column_is_reported() {
    assertThat(problems("offset:o", "Int64"))
        .singleElement()
        .asString()
        .contains("`db`.`t` has no column `o`", "`offset:o` of metadata.columns");
  }
}
