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
    watch.look(ids);
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
  void look_is_under_way_until_the_tables_are_read() {
    assertThat(watch.isLooking()).isFalse();
    look(ONE);
    assertThat(watch.isLooking()).isTrue();
    background.runDue();
    assertThat(watch.isLooking()).isFalse();
  }

  @Test
  void look_can_be_waited_for() {
    look(ONE);
    watch.await(100);
    assertThat(watch.takeSeen()).containsExactly(ONE);
    assertThat(watch.takeSeen()).isEmpty();
  }

  @Test
  void look_that_fails_is_forgotten() {
    serverIsAway = true;
    look(ONE);
    background.runDue();
    assertThat(watch.takeSeen()).isEmpty();
    serverIsAway = false;
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
