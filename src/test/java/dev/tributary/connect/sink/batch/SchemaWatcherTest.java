package dev.tributary.connect.sink.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.clickhouse.FailureKind;
import dev.tributary.connect.sink.clickhouse.StubClickHouse;
import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import dev.tributary.connect.util.ManualBackground;
import dev.tributary.connect.util.ManualTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SchemaWatcherTest {

  private static final Table ONE = table("one");
  private static final Table TWO = table("two");

  private final ManualTime time = new ManualTime();
  private final ManualBackground background = new ManualBackground(time);
  private final Map<TableId, Table> tables = new HashMap<>(Map.of(ONE.id(), ONE, TWO.id(), TWO));
  private final List<TableId> asked = new ArrayList<>();
  private boolean serverIsAway;
  private final SchemaWatcher watch =
      new SchemaWatcher(
          "task",
          new StubClickHouse() {
            @Override
            public Optional<Table> table(TableId id) throws ClickHouseException {
              asked.add(id);
              if (serverIsAway) {
                throw new ClickHouseException(FailureKind.UNREACHABLE, 0, "away", null);
              }
              return Optional.ofNullable(tables.get(id));
            }
          },
          background.factory().start("watch", 1));

  private static Table table(String name) {
    return new Table(new TableId("default", name), List.of(), ZoneOffset.UTC);
  }

  private void look(Table... which) {
    List<TableId> ids = new ArrayList<>();
    for (Table table : which) {
      ids.add(table.id());
    }
    watch.lookIfDue(ids, time.milliseconds());
  }

  @Test
  void look_shows_the_tables_once_and_the_task_does_not_wait_for_it() {
    look(ONE, TWO);
    assertThat(asked).isEmpty();
    assertThat(watch.takeSeen()).isEmpty();
    background.runDue();
    assertThat(watch.takeSeen()).containsExactly(ONE, TWO);
    assertThat(watch.takeSeen()).isEmpty();
  }

  @Test
  void tables_are_looked_at_every_three_seconds() {
    look(ONE);
    background.runDue();
    time.advance(2_999);
    look(ONE);
    background.runDue();
    assertThat(asked).hasSize(1);
    time.advance(1);
    look(ONE);
    background.runDue();
    assertThat(asked).hasSize(2);
    assertThat(watch.takeSeen()).containsExactly(ONE);
  }

  @Test
  void next_look_waits_until_the_one_before_has_ended() {
    look(ONE);
    time.advance(10_000);
    look(TWO);
    background.runDue();
    assertThat(asked).containsExactly(ONE.id());
    look(TWO);
    background.runDue();
    assertThat(asked).containsExactly(ONE.id(), TWO.id());
  }

  @Test
  void task_without_tables_has_nothing_to_look_at_and_looks_as_soon_as_it_has_one() {
    look();
    background.runDue();
    look(ONE);
    background.runDue();
    assertThat(watch.takeSeen()).containsExactly(ONE);
  }

  @Test
  void look_that_fails_is_forgotten_and_made_again_when_it_is_due() {
    serverIsAway = true;
    look(ONE);
    background.runDue();
    assertThat(watch.takeSeen()).isEmpty();
    serverIsAway = false;
    time.advance(SchemaWatcher.INTERVAL_MS);
    look(ONE);
    background.runDue();
    assertThat(watch.takeSeen()).containsExactly(ONE);
  }

  @Test
  void table_that_is_gone_is_not_among_those_seen() {
    tables.remove(ONE.id());
    look(ONE, TWO);
    background.runDue();
    assertThat(watch.takeSeen()).containsExactly(TWO);
  }

  @Test
  void close_ends_the_thread_and_what_it_was_about_to_do() {
    look(ONE);
    watch.close();
    background.runDue();
    assertThat(asked).isEmpty();
    assertThat(background.open()).isZero();
  }
}
