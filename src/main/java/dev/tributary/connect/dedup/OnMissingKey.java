package dev.tributary.connect.dedup;

import java.util.Locale;

/** What happens to a record without a key. */
enum OnMissingKey {
  /** It passes and is not marked: without a key nothing can be its duplicate. */
  PASS,
  DROP,
  FAIL;

  static OnMissingKey of(String name) {
    return valueOf(name.toUpperCase(Locale.ROOT));
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
