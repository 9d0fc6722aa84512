package dev.tributary.connect.dedup.index;

import java.util.Locale;

/** What happens when the marks of a task need more memory than they may have. */
public enum OnOverflow {
  /** The task stops. */
  FAIL,
  /** The oldest marks go, so a later duplicate of theirs passes. */
  EVICT;

  public static OnOverflow of(String name) {
    return valueOf(name.toUpperCase(Locale.ROOT));
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
