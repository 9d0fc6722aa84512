package dev.tributary.connect;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Lefts in a chain of joins, and what the joins make of them. A chain is a letter for each join: H
 * if it holds lefts, else D.
 */
final class ChainedLefts {

  /** When the right side of a left comes. */
  enum Right {
    EARLY,
    LATE,
    NEVER
  }

  /**
   * A left.
   *
   * @param rights its right side in each join of the chain
   * @param refusedBy the join, from 1, that refuses it, as it has a field of that name already; 0
   *     for none
   */
  record Left(List<Right> rights, int refusedBy) {

    /** Whether it waits in one of the joins before it is refused or reaches the end. */
    boolean isHeld(String chain) {
      int joins = refusedBy == 0 ? rights.size() : refusedBy;
      return IntStream.rangeClosed(1, joins)
          .anyMatch(join -> holds(chain, join) && rights.get(join - 1) != Right.EARLY);
    }

    /** What the joins add to it. */
    Map<String, @Nullable Object> added(String chain) {
      Map<String, @Nullable Object> added = new TreeMap<>();
      for (int join = 1; join <= rights.size(); join++) {
        Right right = rights.get(join - 1);
        boolean comes = right == Right.EARLY || (right == Right.LATE && holds(chain, join));
        added.put("r" + join, comes ? name(right) : null);
      }
      return added;
    }
  }

  private ChainedLefts() {}

  static boolean holds(String chain, int join) {
    return chain.charAt(join - 1) == 'H';
  }

  static String name(Right right) {
    return right.name().toLowerCase(Locale.ROOT);
  }

  /** All that the right sides of a left may be in a number of joins. */
  static List<List<Right>> combinations(int joins) {
    List<List<Right>> combinations = List.of(List.of());
    for (int join = 1; join <= joins; join++) {
      List<List<Right>> longer = new ArrayList<>();
      for (List<Right> combination : combinations) {
        for (Right right : Right.values()) {
          List<Right> one = new ArrayList<>(combination);
          one.add(right);
          longer.add(one);
        }
      }
      combinations = longer;
    }
    return combinations;
  }
}
