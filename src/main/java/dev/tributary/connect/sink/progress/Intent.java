package dev.tributary.connect.sink.progress;

import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.table.TableId;
import java.util.Map;
import java.util.TreeMap;

/**
 * "Exactly these offsets of a partition go into this table under this token", durable before that
 * insert.
 *
 * @param number unique in its epoch
 * @param attempt from 1; grows when some of its offsets go in under a new token
 * @param earlier how many rows of which of these offsets the table had before: those of an earlier
 *     epoch, or of a topic of the same name; mostly none
 */
public record Intent(
    long number, int attempt, TableId table, OffsetSet offsets, Map<Long, OffsetSet> earlier) {

  /** The offsets of which so many rows are more than there were before. */
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

  /** The same for a part of its offsets, as an intent of its own. */
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
