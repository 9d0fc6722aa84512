package dev.tributary.chaos;

import dev.tributary.stack.ClickHouseSql;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;

/** Whether a table holds each number from 0 on exactly once, and each with its text. */
final class ChaosCheck {

  /** What a table with columns {@code n} and {@code text} is measured by. */
  private static final String MEASURES = "count(), sum(%1$s), sum(cityHash64(%1$s, %2$s))";

  /**
   * What is in a table.
   *
   * @param checksum over number and text of all rows
   */
  record Measures(String rows, String sum, String checksum) {}

  private final ClickHouseSql sql;
  private final String table;
  private final long numbers;
  private final LongFunction<String> coordinates;

  /**
   * @param coordinates says where a number was sent
   */
  ChaosCheck(ClickHouseSql sql, String table, long numbers, LongFunction<String> coordinates) {
    this.sql = sql;
    this.table = table;
    this.numbers = numbers;
    this.coordinates = coordinates;
  }

  Measures found() {
    return measures(MEASURES.formatted("n", "text"), table);
  }

  /** The first number that is missing, repeated, not one of those sent, or not as it was. */
  Optional<String> firstDifference() {
    Measures found = found();
    Measures expected =
        measures(
            MEASURES.formatted("number", "concat('event ', toString(number))"),
            "numbers(" + numbers + ")");
    if (found.equals(expected)) {
      return Optional.empty();
    }
    return missing()
        .or(this::wrong)
        .or(() -> Optional.of("found " + found + ", expected " + expected));
  }

  /** The first number that is missing. */
  Optional<String> firstMissing() {
    return missing();
  }

  private Measures measures(String expressions, String from) {
    List<String> row = sql.queryTsv("SELECT " + expressions + " FROM " + from).get(0);
    return new Measures(row.get(0), row.get(1), row.get(2));
  }

  private Optional<String> missing() {
    return sql
        .queryTsv(
            "SELECT number, %1$d - (SELECT uniqExact(n) FROM %2$s WHERE n < %1$d) FROM numbers(%1$d)"
                    .formatted(numbers, table)
                + " WHERE number NOT IN (SELECT n FROM %s) ORDER BY number LIMIT 1"
                    .formatted(table))
        .stream()
        .findFirst()
        .map(
            row ->
                "number "
                    + row.get(0)
                    + " is missing; it was sent to "
                    + coordinates.apply(Long.parseLong(row.get(0)))
                    + "; missing in all: "
                    + row.get(1));
  }

  private Optional<String> wrong() {
    return sql
        .queryTsv(
            """
            SELECT n, count() AS c, arrayStringConcat(arraySort(groupArray(
              concat('partition ', toString(_partition), ' offset ', toString(_offset)))), ' and ')
            FROM %s GROUP BY n
            HAVING c > 1 OR n >= %d OR any(text) != concat('event ', toString(n))
            ORDER BY n LIMIT 1
            """
                .formatted(table, numbers))
        .stream()
        .findFirst()
        .map(
            row ->
                row.get(1).equals("1")
                    ? "number " + row.get(0) + " is not as it was sent; it is from " + row.get(2)
                    : "number "
                        + row.get(0)
                        + " is there "
                        + row.get(1)
                        + " times, from "
                        + row.get(2));
  }
}
