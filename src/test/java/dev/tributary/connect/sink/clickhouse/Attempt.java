package dev.tributary.connect.sink.clickhouse;

import dev.tributary.connect.sink.table.TableId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to insert.
 *
 * @param number from 1
 * @param fenced whether it runs only while its session exists
 */
public record Attempt(int number, TableId table, String token, boolean fenced, DecodedBlock block) {

  /** As they travel, NULLs that stand for a DEFAULT included. */
  public List<Map<String, @Nullable Object>> rows() {
    return block.rows();
  }

  /** The names of the columns that travel, unquoted. */
  public List<String> columns() {
    return block.fields().stream().map(DecodedBlock.Field::name).toList();
  }

  /** What the rows have in a column, in their order. */
  public List<@Nullable Object> values(String column) {
    List<@Nullable Object> values = new ArrayList<>();
    rows().forEach(row -> values.add(row.get(column)));
    return values;
  }

  @Override
  public String toString() {
    return "attempt " + number + ": " + rows().size() + " rows for " + table + " as " + token;
  }
}
