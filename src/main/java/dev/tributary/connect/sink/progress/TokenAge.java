package dev.tributary.connect.sink.progress;

import dev.tributary.connect.sink.table.TableId;
import java.util.Map;

/**
 * A moment before an insert was first sent, as its table and the targets of the table's views count
 * it. From this a later owner can tell whether they still know the insert's token.
 *
 * @param serverTimeS by the server's clock, in seconds since the epoch
 * @param inserts by table, a number that grows by at least one with each insert into it
 */
public record TokenAge(long serverTimeS, Map<TableId, Long> inserts) {

  /** Of an insert whose tables did not count when it was sent: nothing says that it is known. */
  public static final TokenAge UNKNOWN = new TokenAge(0, Map.of());
}
