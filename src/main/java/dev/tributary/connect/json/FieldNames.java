package dev.tributary.connect.json;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The names of an object's fields in their order, as a node of a tree: the last name, after those
 * of the node before it.
 *
 * <p>Objects with the same names in the same order end at the same node, so the names of a topic's
 * records are kept once, and what was looked up for one record holds for the next. A node remembers
 * which name followed it last: it is compared with the text before anything else is tried.
 *
 * <p>A tree that {@link #isFull} keeps no more names: what is added to it then belongs to the
 * object that it is added for. So names that vary from record to record fill no heap.
 *
 * <p>The tree grows on the thread that reads; a node that an object has ended at does not change
 * for those who hold it.
 */
final class FieldNames {

  /** Beyond this many different names a tree is full. */
  static final int MOST_NAMES = 20_000;

  private final @Nullable FieldNames before;
  private final FieldNames root;
  private final String name;
  private final byte[] utf8;
  private final int count;
  private final boolean needsNoEscape;
  private final Map<String, FieldNames> followers = new HashMap<>(2);
  private @Nullable FieldNames likely;
  private @Nullable Map<String, Integer> positions;

  /** Of the root: how many names its tree keeps. */
  private int kept;

  private FieldNames(@Nullable FieldNames before, String name) {
    this.before = before;
    this.root = before == null ? this : before.root;
    this.name = name;
    this.utf8 = name.getBytes(StandardCharsets.UTF_8);
    this.needsNoEscape = name.chars().noneMatch(c -> c == '"' || c == '\\' || c < ' ');
    this.count = before == null ? 0 : before.count + 1;
  }

  /** The root of a new tree: no names. */
  static FieldNames none() {
    return new FieldNames(null, "");
  }

  /** Whether its tree keeps no more names. */
  boolean isFull() {
    return root.kept >= MOST_NAMES;
  }

  /** What followed these names the last time. */
  @Nullable FieldNames likely() {
    return likely;
  }

  /** The last name as it stands in text that escapes nothing. */
  byte[] utf8() {
    return utf8;
  }

  int count() {
    return count;
  }

  /** These names and one more that is known already, or null. */
  @Nullable FieldNames known(String next) {
    FieldNames node = followers.get(next);
    if (node != null) {
      foresee(node);
    }
    return node;
  }

  /** These names and one more, or null when it is among them. */
  @Nullable FieldNames add(String next) {
    for (FieldNames node = this; node.before != null; node = node.before) {
      if (node.name.equals(next)) {
        return null;
      }
    }
    FieldNames node = new FieldNames(this, next);
    if (!isFull()) {
      root.kept++;
      followers.put(next, node);
      foresee(node);
    }
    return node;
  }

  /** Text is compared with a name as it is, which does for names that no text must escape. */
  private void foresee(FieldNames node) {
    if (node.needsNoEscape) {
      likely = node;
    }
  }

  /** Where a name stands, counted from 0, or -1. */
  int indexOf(String wanted) {
    return positions().getOrDefault(wanted, -1);
  }

  /** Every name with its place, in their order. */
  Map<String, Integer> positions() {
    Map<String, Integer> found = positions;
    if (found == null) {
      String[] names = new String[count];
      for (FieldNames node = this; node.before != null; node = node.before) {
        names[node.count - 1] = node.name;
      }
      found = new LinkedHashMap<>(2 * count);
      for (int i = 0; i < count; i++) {
        found.put(names[i], i);
      }
      positions = found;
    }
    return found;
  }
}
