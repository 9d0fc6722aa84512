package dev.tributary.connect.sink.clickhouse;

import static dev.tributary.connect.sink.clickhouse.RowsToInsert.numbers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tributary.connect.util.ManualTime;
import java.util.List;
import java.util.stream.LongStream;

/** A {@link FakeClickHouse} with a table of numbers, and inserts of numbers. */
abstract class FakeClickHouseFixture {

  final ManualTime time = new ManualTime();
  final FakeTable table = new FakeTable("t", "n UInt64").window(100);
  final FakeClickHouse server = new FakeClickHouse(time).with(table);

  void insert(String token, long from, long to) throws InsertException {
    numbers("n UInt64", from, to).insert(server, table.id(), token);
  }

  InsertException failure(String token, long from, long to) {
    return failure(numbers("n UInt64", from, to), token);
  }

  InsertException failure(RowsToInsert rows, String token) {
    InsertException failure =
        catchThrowableOfType(InsertException.class, () -> rows.insert(server, table.id(), token));
    assertThat(failure).isNotNull();
    return failure;
  }

  static List<Object> numbersOf(FakeTable table) {
    return table.rows().stream().<Object>map(row -> String.valueOf(row.get("n"))).toList();
  }

  static Object[] range(long from, long to) {
    return LongStream.rangeClosed(from, to).<Object>mapToObj(String::valueOf).toArray();
  }

  long uptime() throws ClickHouseException {
    return server.select("SELECT uptime()", List.of(), rows -> rows.next() ? rows.number(1) : -1);
  }
}
