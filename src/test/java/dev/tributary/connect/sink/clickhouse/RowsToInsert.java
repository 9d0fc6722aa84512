package dev.tributary.connect.sink.clickhouse;

import dev.tributary.connect.sink.columns.ColumnWriter;
import dev.tributary.connect.sink.columns.NativeBlock;
import dev.tributary.connect.sink.table.TableId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Rows of a test as the sink would send them: written by the real column writers. */
final class RowsToInsert {

  /** Stands for a value that a row lacks, which travels as NULL for the column's DEFAULT. */
  static final Object ABSENT = new Object();

  private final List<String> names = new ArrayList<>();
  private final List<ColumnWriter> writers = new ArrayList<>();

  /**
   * @param columns as {@code name type}
   */
  static RowsToInsert of(String... columns) {
    RowsToInsert rows = new RowsToInsert();
    for (String column : columns) {
      String[] parts = column.split(" ", 2);
      rows.names.add(parts[0]);
      rows.writers.add(ColumnWriter.create(parts[1], ZoneOffset.UTC));
    }
    return rows;
  }

  /** Rows with a number each, from one to another. */
  static RowsToInsert numbers(String column, long from, long to) {
    RowsToInsert rows = of(column);
    for (long number = from; number <= to; number++) {
      rows.row(number);
    }
    return rows;
  }

  RowsToInsert row(@Nullable Object... values) {
    for (int i = 0; i < values.length; i++) {
      if (values[i] == ABSENT) {
        writers.get(i).appendAbsent();
      } else {
        writers.get(i).append(values[i]);
      }
    }
    return this;
  }

  void insert(ClickHouse clickHouse, TableId table, String token) throws InsertException {
    clickHouse.insert(
        new InsertRequest(
            table,
            names.stream().map(TableId::quote).toList(),
            token,
            Optional.empty(),
            out -> NativeBlock.write(out, names, writers, writers.get(0).rows())));
  }
}
