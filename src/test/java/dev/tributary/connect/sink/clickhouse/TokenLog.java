package dev.tributary.connect.sink.clickhouse;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The deduplication log of a table: the tokens of its last inserts, one entry for each partition
 * that these have touched. An entry that is found again does not become younger.
 */
final class TokenLog {

  private record Entry(String token, Object partition) {}

  private final Set<Entry> entries = new LinkedHashSet<>();
  private int window;

  int window() {
    return window;
  }

  void setWindow(int entriesToKeep) {
    window = entriesToKeep;
    forget();
  }

  /** Returns whether the insert is a new one; without a window every one is. */
  boolean add(String token, Object partition) {
    boolean isNew = entries.add(new Entry(token, partition));
    forget();
    return isNew;
  }

  private void forget() {
    Iterator<Entry> oldest = entries.iterator();
    while (entries.size() > window) {
      oldest.next();
      oldest.remove();
    }
  }

  /** The tokens that are known for some partition, oldest first. */
  List<String> tokens() {
    return entries.stream().map(Entry::token).distinct().toList();
  }
}
