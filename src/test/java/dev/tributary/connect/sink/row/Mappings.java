package dev.tributary.connect.sink.row;

import dev.tributary.connect.sink.columns.TimeFormats;
import dev.tributary.connect.sink.table.FieldToColumn;
import dev.tributary.connect.sink.table.MetadataColumns;
import java.util.List;

/** Mappings of records to rows, without a connector's settings. */
public final class Mappings {

  private Mappings() {}

  /** Fields go to the columns of their names, and fields without a column are ignored. */
  public static RowMapping byName() {
    return new RowMapping(
        FieldToColumn.parse(List.of()),
        MetadataColumns.parse(List.of()),
        false,
        false,
        false,
        false,
        true,
        TimeFormats.none(),
        false);
  }

  static RowMapping withUnknownFieldsAsErrors(RowMapping of) {
    return new RowMapping(
        of.fields(),
        of.metadata(),
        of.raw(),
        true,
        of.nullAsDefault(),
        of.roundDecimals(),
        of.truncateTimes(),
        of.timeFormats(),
        of.addsColumns());
  }

  public static RowMapping withNullAsDefault(RowMapping of) {
    return new RowMapping(
        of.fields(),
        of.metadata(),
        of.raw(),
        of.unknownFieldsAreErrors(),
        true,
        of.roundDecimals(),
        of.truncateTimes(),
        of.timeFormats(),
        of.addsColumns());
  }
}
