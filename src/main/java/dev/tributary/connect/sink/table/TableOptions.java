package dev.tributary.connect.sink.table;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/**
 * Whether and how the sink creates and alters tables. Each text is in ClickHouse's syntax; empty
 * omits the clause.
 *
 * @param creates whether a table that does not exist is created
 * @param adds whether columns are added
 * @param widens whether columns are given wider types
 * @param orderBy an expression, or several in brackets
 * @param settings {@code name = value, …}
 */
public record TableOptions(
    boolean creates,
    boolean adds,
    boolean widens,
    String engine,
    String orderBy,
    String partitionBy,
    String settings,
    String cluster) {

  /** Every name in the sorting and partition keys that may be a column: these are not Nullable. */
  Set<String> keyNames() {
    Set<String> names = new HashSet<>();
    for (String text : new String[] {orderBy, partitionBy}) {
      names.addAll(Arrays.asList(text.split("[^\\p{L}\\p{N}_.]+", -1)));
      for (String quoted : text.split("`", -1)) {
        names.add(quoted);
      }
    }
    return names;
  }
}
