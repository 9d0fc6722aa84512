package dev.tributary.bench;

import dev.tributary.stack.ClickHouseSql;
import dev.tributary.stack.Stack;

/**
 * The right rows: a table that ClickHouse's own reader of JSON has made of the same records,
 * without Kafka and Connect. It grows as far as it is asked for. Confined to one thread.
 */
final class ExpectedRows {

  private static final int CHARACTERS_A_STATEMENT = 6_000_000;

  private final ClickHouseSql sql;
  private final RowShape shape;
  private final String table;
  private long records;

  ExpectedRows(Stack stack, RowShape shape, String table) {
    this.sql = stack.clickHouse().sql();
    this.shape = shape;
    this.table = table;
  }

  /** What {@link RowShape#check} gives for these records; the last one is not among them. */
  String check(long from, long to) {
    grow(to);
    return sql.query(
            "SELECT %s FROM %s WHERE number >= %d AND number < %d"
                .formatted(shape.check(), table, from, to))
        .strip();
  }

  void grow(long to) {
    if (records == 0) {
      drop();
      sql.execute(
          "CREATE TABLE %s (number UInt64, %s) ENGINE = MergeTree ORDER BY number"
              .formatted(table, shape.columns()));
    }
    while (records < to) {
      StringBuilder insert = new StringBuilder("INSERT INTO " + table + " FORMAT JSONEachRow ");
      for (; records < to && insert.length() < CHARACTERS_A_STATEMENT; records++) {
        String text = shape.text().apply(records);
        insert.append("{\"number\":").append(records).append(',');
        insert.append(text, 1, text.length()).append('\n');
      }
      sql.execute(insert.toString());
    }
  }

  void drop() {
    sql.execute("DROP TABLE IF EXISTS " + table);
    records = 0;
  }
}
