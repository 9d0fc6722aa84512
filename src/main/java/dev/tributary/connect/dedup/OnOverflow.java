package dev.tributary.connect.dedup;

import java.util.Locale;

/** What happens when the marks of a task need more memory than they may have. */
enum OnOverflow {
  /** The task stops. */
  FAIL,
  /** The oldest marks go, so a later duplicate of theirs passes. */
  EVICT;

  static OnOverflow of(String name) {
    return valueOf(name.toUpperCase(Locale.ROOT));
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
