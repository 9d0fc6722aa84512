package dev.tributary.connect.sink.progress;

import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.table.TableId;
import java.util.Map;
import java.util.TreeMap;

/**
 * A write-ahead intent: exactly these offsets of a partition are inserted into this table under
 * this token. Durable before that insert is sent.
 *
 * @param number unique in its epoch
 * @param attempt from 1; incremented when the remaining offsets are sent under a new token
 * @param earlier by number of rows, the offsets that the table had rows of before: rows of an
 *     earlier epoch or of a topic of the same name; mostly empty
 */
public record Intent(
    long number, int attempt, TableId table, OffsetSet offsets, Map<Long, OffsetSet> earlier) {

  /** The offsets that have more rows now than before the intent. */
  OffsetSet present(Map<Long, OffsetSet> rowsByCount) {
    OffsetSet present = OffsetSet.EMPTY;
    for (Map.Entry<Long, OffsetSet> now : rowsByCount.entrySet()) {
      OffsetSet more = now.getValue().intersect(offsets);
      for (Map.Entry<Long, OffsetSet> before : earlier.entrySet()) {
        if (before.getKey() >= now.getKey()) {
          more = more.minus(before.getValue());
        }
      }
      present = present.plus(more);
    }
    return present;
  }

  /** The intent for a part of these offsets. */
  Intent part(long newNumber, int newAttempt, OffsetSet part) {
    Map<Long, OffsetSet> before = new TreeMap<>();
    earlier.forEach(
        (count, set) -> {
          OffsetSet common = set.intersect(part);
          if (!common.isEmpty()) {
            before.put(count, common);
          }
        });
    return new Intent(newNumber, newAttempt, table, part, before);
  }
}
