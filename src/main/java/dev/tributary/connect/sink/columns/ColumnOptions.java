package dev.tributary.connect.sink.columns;

import java.time.ZoneId;

/**
 * What a column's writer must know beside the type.
 *
 * @param serverZone the zone of local times for columns that name none
 * @param roundDecimals whether decimals with more digits behind the point than the column are
 *     rounded half up; otherwise they are refused
 */
public record ColumnOptions(ZoneId serverZone, boolean roundDecimals) {

  /** Rounds nothing. */
  public static ColumnOptions exact(ZoneId serverZone) {
    return new ColumnOptions(serverZone, false);
  }
}
