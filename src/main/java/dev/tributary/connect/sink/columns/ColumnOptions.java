package dev.tributary.connect.sink.columns;

import java.time.ZoneId;

/**
 * What a column's writer must know beside the type.
 *
 * @param serverZone the zone of local times for columns that name none
 * @param roundDecimals whether decimals with more digits after the point than the column are
 *     rounded half up; otherwise they are refused
 * @param truncateTimes whether a fraction of a second that is finer than the column is cut off,
 *     towards the past; otherwise it is refused
 * @param timeFormat how texts and numbers are dates and times
 */
public record ColumnOptions(
    ZoneId serverZone, boolean roundDecimals, boolean truncateTimes, TimeFormat timeFormat) {

  /** Those of the column with a name. */
  public static ColumnOptions of(
      String column,
      ZoneId serverZone,
      boolean roundDecimals,
      boolean truncateTimes,
      TimeFormats timeFormats) {
    return new ColumnOptions(serverZone, roundDecimals, truncateTimes, timeFormats.of(column));
  }

  /** Rounds and cuts nothing, and reads ISO-8601 and numbers in the column's own unit. */
  public static ColumnOptions exact(ZoneId serverZone) {
    return new ColumnOptions(serverZone, false, false, TimeFormat.USUAL);
  }
}
