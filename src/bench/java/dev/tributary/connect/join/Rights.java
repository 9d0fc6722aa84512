package dev.tributary.connect.join;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** The right rows of the benchmarks: users, numbered from 0. */
final class Rights {

  static final int VALUE_BYTES = 200;
  static final long START = 1_753_000_000_000L;

  private Rights() {}

  /** The JSON of a user. */
  static byte[] value(int user) {
    String start =
        String.format(
            Locale.ROOT,
            "{\"user_id\":%d,\"name\":\"Name of %d\",\"tier\":\"gold\",\"country\":\"DE\",\"note\":\"",
            user,
            user);
    String text = start + "x".repeat(VALUE_BYTES - start.length() - 2) + "\"}";
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
