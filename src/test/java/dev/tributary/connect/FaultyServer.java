package dev.tributary.connect;

import dev.tributary.connect.DeliveryFaults.Fault;
import dev.tributary.connect.sink.clickhouse.Attempt;
import dev.tributary.connect.sink.clickhouse.ClickHouseException;
import dev.tributary.connect.sink.clickhouse.FakeClickHouse;
import dev.tributary.connect.sink.clickhouse.FakeTable;
import dev.tributary.connect.sink.clickhouse.FakeView;
import dev.tributary.connect.sink.clickhouse.Fate;
import dev.tributary.connect.sink.clickhouse.Reach;
import dev.tributary.connect.util.ManualTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * The ClickHouse of one schedule of {@link DeliveryModel}: a table, a target for its view if it has
 * one, inserts that fail in all ways, and questions that get no answer.
 */
final class FaultyServer {

  private static final int WINDOW = 1_000;
  private static final String[] COLUMNS = {
    "id Int64", "_topic String", "_partition Int32", "_offset Int64"
  };

  final FakeTable table = new FakeTable("t", COLUMNS).window(WINDOW);
  final FakeTable target = new FakeTable("target", COLUMNS).window(WINDOW);
  final FakeClickHouse clickHouse;

  private final Random random;
  private final DeliveryFaults faults;
  private final @Nullable FakeView view;

  /** How often the server still lacks memory for the insert of a token. */
  private final Map<String, Integer> pressure = new HashMap<>();

  private boolean refusing;

  FaultyServer(Random random, DeliveryFaults faults, ManualTime time) {
    this.random = random;
    this.faults = faults;
    clickHouse = new FakeClickHouse(time).with(table).with(target);
    boolean viewed = faults.may(Fault.VIEW);
    view = viewed ? clickHouse.view("v", table, target) : null;
    if (!viewed && random.nextBoolean()) {
      table.partitionBy(row -> String.valueOf(row.get("id") instanceof Long id ? id % 3 : 0));
    } else if (random.nextBoolean()) {
      target.partitionBy(row -> String.valueOf(row.get("id") instanceof Long id ? id % 2 : 0));
    }
    clickHouse.onInsert(this::fate);
    clickHouse.onSelect(this::answer);
  }

  private Optional<ClickHouseException> answer(String sql) {
    faults.throwSometimes();
    return faults.areOn() && random.nextInt(25) == 0
        ? Optional.of(FakeClickHouse.unreachable())
        : Optional.empty();
  }

  private Fate fate(Attempt attempt) {
    if (faults.happen(Fault.LATE, 4)) {
      return Fate.late();
    } else if (faults.happen(Fault.DOUBLED, 4)) {
      return Fate.doubled();
    } else if (faults.happen(Fault.FOREIGN, 5)) {
      return Fate.lostRequest();
    } else if (lacksMemory(attempt)) {
      return Fate.error(241, "Memory limit exceeded");
    }
    return switch (faults.areOn() ? random.nextInt(20) : 99) {
      case 0 -> Fate.lostAnswer();
      case 1 -> Fate.lostRequest();
      case 2 -> Fate.split(random.nextInt(3));
      case 3 -> killedServer();
      case 4 -> Fate.refused();
      case 5 -> Fate.error(252, "Too many parts");
      case 6 -> Fate.noAnswer(Reach.TABLE);
      default -> Fate.pass();
    };
  }

  private boolean lacksMemory(Attempt attempt) {
    if (attempt.rows().size() == 1) {
      return false;
    }
    if (!pressure.containsKey(attempt.token())) {
      pressure.put(attempt.token(), faults.happen(Fault.SPLIT, 3) ? 3 : 0);
    }
    return faults.areOn() && pressure.merge(attempt.token(), -1, Integer::sum) >= 0;
  }

  /** A server that is started again gives other answers than its old tokens would. */
  private Fate killedServer() {
    // With a view, a token whose rows are lost is not promised: the view gets them twice.
    int tokensOnly = view == null ? random.nextInt(3) : 0;
    Fate fate = Fate.noAnswer(Reach.killedAfter(random.nextInt(3), tokensOnly));
    clickHouse.kill();
    clickHouse.start();
    return fate;
  }

  /** The tables no longer know the token of any insert. */
  void forget() {
    table.forget();
    target.forget();
  }

  boolean hasView() {
    return view != null;
  }

  /** Whether the view was made to refuse rows; it no longer does once it is fixed. */
  boolean viewRefuses() {
    return refusing;
  }

  /** The view begins to refuse rows, or no longer does. */
  void toggleView() {
    if (view == null) {
      return;
    }
    refusing = !refusing && faults.happen(Fault.VIEW);
    if (refusing) {
      int code = List.of(395, 241, 159, 131, 349, 12345).get(random.nextInt(6));
      int which = random.nextInt(4);
      view.refuses(code, "refused", row -> row.get("id") instanceof Long id && id % 4 == which);
    } else {
      view.fix();
    }
  }

  void fixView() {
    if (view != null) {
      view.fix();
    }
  }
}
