package dev.tributary.connect.record;

import java.util.Locale;

/** What happens to a record whose event time is missing, null or unreadable. */
public enum OnMissingTime {
  /** Its Kafka timestamp is used instead. */
  RECORD,
  DROP,
  FAIL;

  public static OnMissingTime of(String name) {
    return valueOf(name.toUpperCase(Locale.ROOT));
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
