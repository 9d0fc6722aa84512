package dev.tributary.connect.sink.row;

import dev.tributary.connect.sink.columns.ColumnOptions;
import dev.tributary.connect.sink.columns.TimeFormats;
import dev.tributary.connect.sink.table.Column;
import dev.tributary.connect.sink.table.FieldToColumn;
import dev.tributary.connect.sink.table.MetadataColumns;
import dev.tributary.connect.sink.table.SinkKeys;
import dev.tributary.connect.sink.table.Table;
import dev.tributary.connect.sink.table.TableId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.connect.errors.ConnectException;

/**
 * How the settings map records to rows, independent of the table.
 *
 * @param raw whether a record's value is one value for one column instead of a record with fields
 * @param roundDecimals whether decimals with too many digits after the point are rounded half up
 * @param truncateTimes whether a fraction of a second that is finer than its column is cut off
 * @param timeFormats the formats of texts and numbers for dates and times, by column
 * @param addsColumns whether fields without a column get one
 */
public record RowMapping(
    FieldToColumn fields,
    MetadataColumns metadata,
    boolean raw,
    boolean unknownFieldsAreErrors,
    boolean nullAsDefault,
    boolean roundDecimals,
    boolean truncateTimes,
    TimeFormats timeFormats,
    boolean addsColumns) {

  /** The field name that stands for the whole value if values are raw. */
  static final String RAW_FIELD = "value";

  public ColumnOptions options(Table table, Column column) {
    return ColumnOptions.of(
        column.name(), table.serverZone(), roundDecimals, truncateTimes, timeFormats);
  }

  /** The column that the sink creates for whole values if there is none. */
  String rawColumn() {
    return fields.paths().entrySet().stream()
        .filter(entry -> entry.getValue().equals(List.of(RAW_FIELD)))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse(RAW_FIELD);
  }

  /** Whether the column takes the whole value if values are raw. */
  boolean takesRawValue(String column) {
    return metadata.sourceOf(column).isEmpty()
        && fields.pathsFor(column).equals(List.of(List.of(RAW_FIELD)));
  }

  /** Why the table cannot hold such rows, as messages by the setting that fixes each. */
  public Map<String, String> problems(Table table) {
    Map<String, String> problems = new LinkedHashMap<>();
    List<String> missing = metadata.problems(table, truncateTimes);
    if (!missing.isEmpty()) {
      problems.put(SinkKeys.METADATA_COLUMNS, String.join(" ", missing));
    }
    String unsupported = unsupported(table);
    if (!unsupported.isEmpty()) {
      problems.put(SinkKeys.TOPIC_TO_TABLE, unsupported);
    }
    if (raw && table.columns().stream().noneMatch(column -> takesRawValue(column.name()))) {
      problems.put(
          SinkKeys.VALUE_MODE,
          "With "
              + SinkKeys.VALUE_MODE
              + "=raw the whole value goes into one column, and "
              + table.id().sql()
              + " has no column `"
              + RAW_FIELD
              + "` for it. Name another with "
              + SinkKeys.FIELD_TO_COLUMN
              + "="
              + RAW_FIELD
              + ":<column>.");
    }
    return problems;
  }

  private static String unsupported(Table table) {
    return table.unsupported().stream()
        .filter(column -> !column.hasDefault())
        .map(
            column ->
                "Column "
                    + TableId.quote(column.name())
                    + " of "
                    + table.id().sql()
                    + ": "
                    + column.reason()
                    + ". Give it a DEFAULT, which then always applies, or name another table.")
        .collect(Collectors.joining(" "));
  }

  /**
   * @throws ConnectException when the table cannot hold such rows
   */
  public void check(Table table) {
    Map<String, String> problems = problems(table);
    if (!problems.isEmpty()) {
      throw new ConnectException(String.join(" ", problems.values()) + " Then restart the task.");
    }
  }
}
