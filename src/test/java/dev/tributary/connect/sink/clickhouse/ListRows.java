package dev.tributary.connect.sink.clickhouse;

import dev.tributary.connect.sink.clickhouse.ClickHouse.Rows;
import java.util.Iterator;
import java.util.List;

/** An answer in memory. */
public final class ListRows implements Rows {

  private final Iterator<? extends List<?>> rows;
  private List<?> row = List.of();

  public ListRows(List<? extends List<?>> rows) {
    this.rows = rows.iterator();
  }

  @Override
  public boolean next() {
    boolean more = rows.hasNext();
    row = more ? rows.next() : List.of();
    return more;
  }

  @Override
  public String text(int column) {
    return String.valueOf(row.get(column - 1));
  }

  @Override
  public long number(int column) {
    return row.get(column - 1) instanceof Number number
        ? number.longValue()
        : Long.parseLong(text(column));
  }
}
