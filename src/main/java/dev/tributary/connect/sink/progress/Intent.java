package dev.tributary.connect.sink.progress;

import dev.tributary.connect.sink.offsets.OffsetSet;
import dev.tributary.connect.sink.table.TableId;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A write-ahead intent: exactly these offsets of a partition are inserted into this table under
 * this token. Durable before that insert is sent.
 *
 * @param number unique in its epoch
 * @param attempt from 1; incremented when the remaining offsets are sent under a new token
 * @param earlier by number of rows, the offsets that the table had rows of before: rows of an
 *     earlier epoch or of a topic of the same name; mostly empty
 * @param tokenAge present if materialized views read the table: the insert is only done once they
 *     have been given its rows, too
 */
public record Intent(
    long number,
    int attempt,
    TableId table,
    OffsetSet offsets,
    Map<Long, OffsetSet> earlier,
    Optional<TokenAge> tokenAge) {

  /**
   * Whether it is known to be done without a question. An intent whose table feeds views is done as
   * a whole, when ClickHouse acknowledges it.
   *
   * @param position everything below is done
   */
  boolean isOver(long position) {
    return offsets.isEmpty()
        || (tokenAge.isPresent() ? offsets.first() : offsets.last()) < position;
  }

  /** The intent, with its views known to lack the rows, at an unknown age. */
  Intent owingViews() {
    return new Intent(number, attempt, table, offsets, earlier, Optional.of(TokenAge.UNKNOWN));
  }

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

  /**
   * The intent for a part of these offsets.
   *
   * @param newTokenAge of its token, which is a new one
   */
  Intent part(long newNumber, int newAttempt, OffsetSet part, Optional<TokenAge> newTokenAge) {
    Map<Long, OffsetSet> before = new TreeMap<>();
    earlier.forEach(
        (count, set) -> {
          OffsetSet common = set.intersect(part);
          if (!common.isEmpty()) {
            before.put(count, common);
          }
        });
    return new Intent(newNumber, newAttempt, table, part, before, newTokenAge);
  }
}
