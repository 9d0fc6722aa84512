package dev.tributary.connect.sink.clickhouse;

import static dev.tributary.connect.sink.clickhouse.RowsToInsert.ABSENT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.connect.sink.columns.ColumnWriter;
import dev.tributary.connect.sink.columns.NativeBlock;
import java.math.BigInteger;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a table of the fake makes of a block: its values, its tokens and its refusals. */
class FakeTableTest extends FakeClickHouseFixture {

  @Test
  void values_of_all_types_arrive_as_they_were_written() throws InsertException {
    FakeTable wide =
        new FakeTable(
            "wide",
            "a UInt8",
            "b UInt16",
            "c UInt32",
            "d UInt64",
            "e Int8",
            "f Int16",
            "g Int32",
            "h Int64",
            "i String",
            "j LowCardinality(String)",
            "k Nullable(Int32)",
            "l LowCardinality(Nullable(String))",
            "m Nullable(String)",
            "n Float64",
            "o Bool");
    server.with(wide);
    String[] columns =
        wide.table().columns().stream()
            .map(column -> column.name() + " " + column.type())
            .toArray(String[]::new);
    BigInteger greatest = BigInteger.TWO.pow(64).subtract(BigInteger.ONE);
    RowsToInsert.of(columns)
        .row(
            255,
            65_535,
            4_294_967_295L,
            greatest,
            -128,
            -32_768,
            -5,
            -6L,
            "ä",
            "x",
            7,
            "y",
            "z",
            1.5,
            true)
        .row(0, 0, 0, 0, 0, 0, 0, 0, "", "x", null, null, null, 0.0, false)
        .row(1, 2, 3, 4, 5, 6, 7, 8, "nine", "", -11, "", "", 12.0, true)
        .insert(server, wide.id(), "T");

    assertThat(wide.rows())
        .extracting(row -> row.values().toString())
        .containsExactly(
            "[255, 65535, 4294967295, 18446744073709551615, -128, -32768, -5, -6, ä, x, 7, y, z,"
                + " 1.5, true]",
            "[0, 0, 0, 0, 0, 0, 0, 0, , x, null, null, null, 0.0, false]",
            "[1, 2, 3, 4, 5, 6, 7, 8, nine, , -11, , , 12.0, true]");
  }

  @Test
  void a_second_block_after_the_first_is_noticed() {
    ColumnWriter column = ColumnWriter.create("UInt64", ZoneOffset.UTC);
    column.append(1);
    assertThatThrownBy(
            () ->
                server.insert(
                    new InsertRequest(
                        table.id(),
                        List.of("`n`"),
                        "T",
                        Optional.empty(),
                        out -> {
                          NativeBlock.write(out, List.of("n"), List.of(column), 1);
                          NativeBlock.write(out, List.of("n"), List.of(column), 1);
                        })))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("after the block");
  }

  @Test
  void a_column_list_that_is_not_the_block_s_is_noticed() {
    ColumnWriter column = ColumnWriter.create("UInt64", ZoneOffset.UTC);
    column.append(1);
    assertThatThrownBy(
            () ->
                server.insert(
                    new InsertRequest(
                        table.id(),
                        List.of("`m`"),
                        "T",
                        Optional.empty(),
                        out -> NativeBlock.write(out, List.of("n"), List.of(column), 1))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("names [`m`]");
  }

  @Test
  void a_known_token_drops_whatever_comes_under_it() throws InsertException {
    insert("T", 1, 3);
    insert("T", 1, 3);
    insert("T", 7, 9);
    assertThat(numbersOf(table)).containsExactly(range(1, 3));
    assertThat(table.tokens()).containsExactly("T");
  }

  @Test
  void without_a_window_every_insert_is_new() throws InsertException {
    table.window(0);
    insert("T", 1, 3);
    insert("T", 1, 3);
    assertThat(table.rows()).hasSize(6);
  }

  @Test
  void a_partition_takes_an_entry_of_the_window_each() throws InsertException {
    table.window(4).partitionBy(row -> (Long) row.getOrDefault("n", 0L) % 3);
    insert("A", 1, 3);
    insert("B", 4, 4);
    insert("A", 1, 3);
    assertThat(numbersOf(table)).containsExactly(range(1, 4));
    insert("B", 4, 5); // pushes out the entry of A for the partition of 1
    insert("A", 1, 1);
    assertThat(numbersOf(table)).containsExactly("1", "2", "3", "4", "5", "1");
  }

  @Test
  void an_entry_that_is_written_again_pushes_out_the_next_one() throws InsertException {
    table.window(3).partitionBy(row -> (Long) row.getOrDefault("n", 0L) % 3);
    insert("A", 1, 3);
    insert("B", 4, 4);
    insert("A", 1, 3);
    assertThat(numbersOf(table)).containsExactly("1", "2", "3", "4", "1", "2", "3");
  }

  @Test
  void of_a_known_token_only_the_partitions_count_that_it_had() throws InsertException {
    table.partitionBy(row -> (Long) row.getOrDefault("n", 0L) % 2);
    insert("T", 2, 2);
    insert("T", 1, 2);
    assertThat(numbersOf(table)).containsExactly("2", "1");
  }

  @Test
  void a_block_that_no_longer_fits_the_table_is_refused() {
    table.alter("n UInt32");
    assertThat(failure("T", 1, 1).code()).isEqualTo(53);
    table.alter("m UInt64");
    assertThat(failure("T", 1, 1).code()).isEqualTo(16);
    assertThat(table.rows()).isEmpty();
  }

  @Test
  void null_becomes_the_default_of_a_column_without_null() throws InsertException {
    table.alter("n UInt64", "a String DEFAULT", "b UInt8 DEFAULT", "c Nullable(String)");
    table.defaultValue("a", "other");
    RowsToInsert.of("n UInt64", "a String", "b UInt8", "c Nullable(String)")
        .row(1, ABSENT, ABSENT, null)
        .row(2, "", 5, "x")
        .insert(server, table.id(), "T");
    assertThat(table.rows().get(0)).containsValues(1L, "other", 0L, null);
    assertThat(table.rows().get(1)).containsValues(2L, "", 5L, "x");
  }

  @Test
  void null_is_refused_where_it_does_not_stand_for_the_default() {
    table.alter("n UInt64", "a String DEFAULT");
    server.nullAsDefault(false);
    RowsToInsert rows = RowsToInsert.of("n UInt64", "a String").row(1, ABSENT);
    assertThat(failure(rows, "T").code()).isEqualTo(349);
    assertThat(table.rows()).isEmpty();
  }

  @Test
  void a_column_that_does_not_travel_has_its_default() throws InsertException {
    table.alter("n UInt64", "a String DEFAULT", "b Nullable(UInt8)");
    table.defaultValue("a", "x");
    insert("T", 1, 1);
    assertThat(table.rows().get(0)).containsEntry("a", "x").containsEntry("b", null);
  }

  @Test
  void a_constraint_refuses_the_whole_block_before_it_is_written() {
    table.constraint("small", row -> !Long.valueOf(3).equals(row.get("n")));
    InsertException failure = failure("T", 1, 4);
    assertThat(failure.code()).isEqualTo(469);
    assertThat(failure.kind()).isEqualTo(FailureKind.DATA);
    assertThat(failure.getMessage()).contains("Constraint `small`").doesNotContain("Column values");
    assertThat(table.rows()).isEmpty();
    assertThat(table.tokens()).isEmpty();
  }

  @Test
  void too_many_partitions_are_refused_before_anything_is_written() throws InsertException {
    table.partitionBy(row -> String.valueOf(row.get("n"))).maxPartitions(10);
    InsertException failure = failure("T", 1, 11);
    assertThat(failure.kind()).isEqualTo(FailureKind.TOO_MANY_PARTITIONS);
    assertThat(failure.isUncertain()).isTrue();
    assertThat(table.rows()).isEmpty();
    insert("T", 1, 10);
    assertThat(table.rows()).hasSize(10);
  }

  @Test
  void another_writer_takes_entries_of_the_window() throws InsertException {
    table.window(1);
    insert("T", 1, 1);
    List<Map<String, @Nullable Object>> theirs = List.of(Map.of("n", 9L));
    server.insertDirectly(table.id(), theirs);
    server.insertDirectly(table.id(), theirs);
    insert("T", 1, 1);
    assertThat(numbersOf(table)).containsExactly("1", "9", "9", "1");
  }
}
