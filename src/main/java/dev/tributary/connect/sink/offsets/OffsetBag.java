package dev.tributary.connect.sink.offsets;

import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * A multiset of the pending offsets of one partition. Adding offsets in ascending order and
 * removing them run by run is cheap; any other order is correct but slower.
 *
 * <p>Not thread-safe.
 */
final class OffsetBag {

  /** First offset of a run to its end, exclusive; no two runs overlap. */
  private final NavigableMap<Long, Long> runs = new TreeMap<>();

  /** Further copies of offsets that are in a run already, by their number. */
  private final Map<Long, Integer> copies = new HashMap<>();

  /** The run that grows, after all others; empty if both bounds are equal. */
  private long tailFrom;

  private long tailEnd;

  void add(long offset) {
    if (tailFrom < tailEnd && offset == tailEnd) {
      tailEnd++;
    } else if (offset >= endOfAll()) {
      keepTail();
      tailFrom = offset;
      tailEnd = offset + 1;
    } else if (contains(offset)) {
      copies.merge(offset, 1, Integer::sum);
    } else {
      runs.put(offset, offset + 1);
    }
  }

  private long endOfAll() {
    if (tailFrom < tailEnd) {
      return tailEnd;
    }
    return runs.isEmpty() ? Long.MIN_VALUE : runs.lastEntry().getValue();
  }

  private void keepTail() {
    if (tailFrom < tailEnd) {
      runs.put(tailFrom, tailEnd);
    }
  }

  private boolean contains(long offset) {
    if (offset >= tailFrom && offset < tailEnd) {
      return true;
    }
    Map.Entry<Long, Long> run = runs.floorEntry(offset);
    return run != null && offset < run.getValue();
  }

  /** Removes one copy of each offset of a run, if it has one. */
  void remove(long from, long end) {
    if (copies.isEmpty()) {
      removeRun(from, end);
      return;
    }
    for (long offset = from; offset < end; offset++) {
      Integer further = copies.get(offset);
      if (further == null) {
        removeRun(offset, offset + 1);
      } else if (further == 1) {
        copies.remove(offset);
      } else {
        copies.put(offset, further - 1);
      }
    }
  }

  private void removeRun(long from, long end) {
    if (from <= tailFrom) {
      tailFrom = Math.min(tailEnd, Math.max(tailFrom, end));
    } else if (from < tailEnd) {
      runs.put(tailFrom, from);
      tailFrom = Math.min(tailEnd, end);
    }
    Map.Entry<Long, Long> before = runs.lowerEntry(from);
    if (before != null && before.getValue() > from) {
      runs.put(before.getKey(), from);
      keep(end, before.getValue());
    }
    Map.Entry<Long, Long> next = runs.ceilingEntry(from);
    while (next != null && next.getKey() < end) {
      runs.remove(next.getKey());
      keep(end, next.getValue());
      next = runs.ceilingEntry(from);
    }
  }

  private void keep(long from, long end) {
    if (from < end) {
      runs.put(from, end);
    }
  }

  /** The lowest offset; {@link Long#MAX_VALUE} if there is none. */
  long first() {
    if (!runs.isEmpty()) {
      return runs.firstKey();
    }
    return tailFrom < tailEnd ? tailFrom : Long.MAX_VALUE;
  }

  /** The offsets below a bound, each once. */
  OffsetSet below(long bound) {
    OffsetSet.Builder set = new OffsetSet.Builder();
    for (Map.Entry<Long, Long> run : runs.headMap(bound, false).entrySet()) {
      set.add(run.getKey(), Math.min(bound, run.getValue()));
    }
    return set.add(tailFrom, Math.min(bound, tailEnd)).build();
  }
}
