package dev.tributary.chaos;

import dev.tributary.stack.ClickHouseSql;
import dev.tributary.stack.Poll;
import dev.tributary.stack.StackException;
import java.time.Duration;

/**
 * A materialized view that copies a table's rows into a second table, and can be made to refuse
 * them: an insert then fails in the view after it has written to the table. Thread-safe.
 */
final class ChaosView {

  /** The second table. */
  static final String COPY = Chaos.NAME + "_copy";

  private static final String NAME = Chaos.NAME + "_view";

  /** The error with which the server answers an insert that the view refuses. */
  static final int REFUSED = 395;

  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final Duration INTERVAL = Duration.ofMillis(100);

  private static final String QUERY =
      "SELECT n, text, _topic, _partition, _offset FROM " + Chaos.NAME;
  private static final String REFUSING =
      QUERY + " WHERE NOT throwIf(_offset >= 0, 'the view of the chaos run refuses')";

  private final ClickHouseSql sql;

  ChaosView(ClickHouseSql sql) {
    this.sql = sql;
  }

  /** Creates the view and its table. */
  void create() {
    sql.execute("CREATE TABLE " + COPY + Chaos.TABLE);
    sql.execute("CREATE MATERIALIZED VIEW " + NAME + " TO " + COPY + " AS " + QUERY);
  }

  /** Drops the view and its table, if they are there. */
  static void drop(ClickHouseSql sql) {
    sql.execute("DROP VIEW IF EXISTS " + NAME);
    sql.execute("DROP TABLE IF EXISTS " + COPY);
  }

  /** From now on every insert fails. */
  void refuse() {
    modify(REFUSING);
  }

  /** Ends {@link #refuse}. */
  void mend() {
    modify(QUERY);
  }

  /** Returns when the server has done it, which may be down for a while. */
  private void modify(String query) {
    String statement = "ALTER TABLE " + NAME + " MODIFY QUERY " + query;
    if (!Poll.until(PATIENCE, INTERVAL, () -> isDone(statement))) {
      throw new StackException("ClickHouse does not take: " + statement);
    }
  }

  private boolean isDone(String statement) {
    try {
      sql.execute(statement);
      return true;
    } catch (StackException e) {
      return false;
    }
  }
}
