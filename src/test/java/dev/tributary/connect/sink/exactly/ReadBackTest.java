package dev.tributary.connect.sink.exactly;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.clickhouse.ListRows;
import dev.tributary.connect.sink.clickhouse.StubClickHouse;
import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.table.TableId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class ReadBackTest {

  private static final TableId TABLE = new TableId("shop", "orders");
  private static final TopicPartition PARTITION = new TopicPartition("orders", 3);

  private final List<String> asked = new ArrayList<>();
  private final Queue<List<List<Long>>> answers = new ArrayDeque<>();
  private final ReadBack readBack =
      new ReadBack(
          new StubClickHouse() {
            @Override
            public <T> T select(String sql, List<String> parameters, RowsReader<T> reader)
                throws ClickHouseException {
              asked.add(sql);
              return reader.read(new ListRows(answers.remove()));
            }
          },
          new CoordinateColumns("_topic", "_partition", "_off`set"));

  private static List<List<List<Long>>> statements(OffsetSet offsets) {
    return ReadBack.statements(offsets).stream()
        .map(ranges -> ranges.stream().map(range -> Arrays.stream(range).boxed().toList()).toList())
        .toList();
  }

  /** The given number of offsets, too far from each other for one range. */
  private static OffsetSet scattered(int count) {
    OffsetSet.Builder set = new OffsetSet.Builder();
    for (long i = 0; i < count; i++) {
      set.add(i * 2_000, i * 2_000 + 1);
    }
    return set.build();
  }

  @Test
  void no_offsets_are_no_question() throws Exception {
    assertThat(statements(OffsetSet.EMPTY)).isEmpty();
    assertThat(readBack.counts(TABLE, PARTITION, OffsetSet.EMPTY)).isEmpty();
    assertThat(asked).isEmpty();
  }

  @Test
  void runs_that_are_near_are_one_range_and_others_are_not() {
    assertThat(statements(OffsetSet.of(10, 11, 1_011)))
        .containsExactly(List.of(List.of(10L, 1_011L)));
    assertThat(statements(OffsetSet.of(10, 11, 1_012)))
        .containsExactly(List.of(List.of(10L, 11L), List.of(1_012L, 1_012L)));
  }

  @Test
  void statement_has_two_hundred_ranges_at_most() {
    assertThat(statements(scattered(200))).hasSize(1);
    assertThat(statements(scattered(401))).extracting(List::size).containsExactly(200, 200, 1);
  }

  @Test
  void statement_spans_a_million_offsets_at_most_unless_one_range_alone_spans_more() {
    OffsetSet halves = OffsetSet.range(0, 500_000).plus(OffsetSet.range(600_000, 1_100_000));
    assertThat(statements(halves)).hasSize(1);
    OffsetSet more = OffsetSet.range(0, 500_000).plus(OffsetSet.range(600_000, 1_100_001));
    assertThat(statements(more)).hasSize(2);
    OffsetSet alone = OffsetSet.range(0, 3_000_000).plus(OffsetSet.of(4_000_000));
    assertThat(statements(alone))
        .containsExactly(
            List.of(List.of(0L, 2_999_999L)), List.of(List.of(4_000_000L, 4_000_000L)));
  }

  @Test
  void range_that_is_long_enough_takes_no_further_run_in() {
    OffsetSet offsets = OffsetSet.range(0, 1_000_001).plus(OffsetSet.of(1_000_100));
    assertThat(statements(offsets)).hasSize(2);
    assertThat(statements(OffsetSet.range(0, 1_000_000).plus(OffsetSet.of(1_000_100))))
        .containsExactly(List.of(List.of(0L, 1_000_100L)));
  }

  @Test
  void question_names_the_partition_its_ranges_and_what_a_replica_must_know() throws Exception {
    answers.add(List.of());
    readBack.counts(TABLE, PARTITION, OffsetSet.of(10, 11, 5_000));
    assertThat(asked)
        .containsExactly(
            "SELECT toInt64(`_off\\`set`) AS tributary_offset, toInt64(count())"
                + " FROM `shop`.`orders` WHERE `_topic` = 'orders' AND `_partition` = 3 AND"
                + " (`_off\\`set` BETWEEN 10 AND 11 OR `_off\\`set` BETWEEN 5000 AND 5000)"
                + " GROUP BY tributary_offset ORDER BY tributary_offset"
                + " SETTINGS select_sequential_consistency = 1, final = 0");
  }

  @Test
  void answer_is_offsets_by_count_without_those_that_were_not_asked_for() throws Exception {
    answers.add(List.of(List.of(10L, 1L), List.of(11L, 1L), List.of(12L, 2L), List.of(500L, 2L)));
    assertThat(readBack.counts(TABLE, PARTITION, OffsetSet.of(10, 12, 600)))
        .isEqualTo(Map.of(1L, OffsetSet.of(10), 2L, OffsetSet.of(12)));
  }

  @Test
  void count_of_offsets_that_were_not_asked_for_is_left_out() throws Exception {
    answers.add(List.of(List.of(11L, 3L)));
    assertThat(readBack.counts(TABLE, PARTITION, OffsetSet.of(10, 12))).isEmpty();
  }

  @Test
  void answers_of_several_statements_are_put_together() throws Exception {
    answers.add(List.of(List.of(0L, 1L)));
    answers.add(List.of(List.of(400_000L, 1L)));
    assertThat(readBack.counts(TABLE, PARTITION, scattered(201)))
        .isEqualTo(Map.of(1L, OffsetSet.of(0, 400_000)));
    assertThat(asked).hasSize(2);
  }

  @Test
  void ceiling_of_a_table_without_such_rows_is_below_all_offsets() throws Exception {
    answers.add(List.of(List.of(0L, 0L)));
    assertThat(readBack.ceiling(TABLE, PARTITION)).isEqualTo(-1);
    answers.add(List.of());
    assertThat(readBack.ceiling(TABLE, PARTITION)).isEqualTo(-1);
  }

  @Test
  void ceiling_is_the_greatest_offset_of_the_partition() throws Exception {
    answers.add(List.of(List.of(0L, 1L)));
    assertThat(readBack.ceiling(TABLE, PARTITION)).isZero();
    answers.add(List.of(List.of(42L, 7L)));
    assertThat(readBack.ceiling(TABLE, PARTITION)).isEqualTo(42);
    assertThat(asked.get(1))
        .isEqualTo(
            "SELECT toInt64(max(`_off\\`set`)), count() FROM `shop`.`orders` WHERE"
                + " `_topic` = 'orders' AND `_partition` = 3"
                + " SETTINGS select_sequential_consistency = 1, final = 0");
  }
}
