package dev.tributary.connect.sink.batch;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.record.Records;
import dev.tributary.connect.sink.clickhouse.StubClickHouse;
import dev.tributary.connect.sink.table.Column;
import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import dev.tributary.connect.util.ManualBackground;
import dev.tributary.connect.util.ManualTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.Test;

class TableRegistryTest {

  private static final TableId ID = new TableId("default", "t");

  private final ManualTime time = new ManualTime();
  private Table table = table("Int8");
  private int questions;
  private final ManualBackground background = new ManualBackground(time);
  private final TableRegistry tables =
      SmallTables.of(
          new StubClickHouse() {
            @Override
            public Optional<Table> table(TableId id) {
              questions++;
              return Optional.of(table);
            }
          },
          background);

  private static Table table(String type) {
    return new Table(ID, List.of(new Column("id", type, false)), ZoneOffset.UTC);
  }

  private SinkRecord arrived(long id) {
    tables.arrived();
    return Records.at("t", 0, id, 0L, null, Map.of("id", id));
  }

  /** Such as those of an insert of a previous owner, which are collected until it is complete. */
  @Test
  void records_that_were_collected_are_judged_by_the_table_as_it_is() {
    SinkRecord first = arrived(1);
    TableBuffer buffer = requireNonNull(tables.bufferFor("t", List.of(first), time.milliseconds()));
    assertThat(tables.append(first, buffer, List.of(first), time.milliseconds())).isNotNull();
    List<SinkRecord> refused = new ArrayList<>();
    SinkRecord second = arrived(300);
    table = table("Int64");
    assertThat(
            tables.build(
                ID, List.of(second), time.milliseconds(), (one, error) -> refused.add(one)))
        .singleElement()
        .satisfies(batch -> assertThat(batch.table()).isEqualTo(table));
    assertThat(refused).isEmpty();
    tables.build(ID, List.of(second), time.milliseconds(), (one, error) -> refused.add(one));
    assertThat(questions).as("once for all that have arrived").isEqualTo(2);
  }

  @Test
  void schema_is_read_again_in_the_background_before_it_is_old() {
    SinkRecord first = arrived(1);
    tables.bufferFor("t", List.of(first), time.milliseconds());
    for (int i = 0; i < 100; i++) {
      background.runDue();
      time.advance(100);
      SinkRecord next = arrived(1);
      tables.follow(time.milliseconds());
      tables.bufferFor("t", List.of(next), time.milliseconds());
    }
    assertThat(questions).as("every two seconds").isBetween(5, 6);
  }
}
