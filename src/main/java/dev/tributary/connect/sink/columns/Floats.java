package dev.tributary.connect.sink.columns;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What both floating-point writers share. */
final class Floats {

  static final String NEEDED = "numbers, also as decimal text, NaN or inf";

  private Floats() {}

  /** NaN and the infinities in text as ClickHouse and Java write them, in any case; else null. */
  static @Nullable Double special(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "nan" -> Double.NaN;
      case "inf", "+inf", "infinity", "+infinity" -> Double.POSITIVE_INFINITY;
      case "-inf", "-infinity" -> Double.NEGATIVE_INFINITY;
      default -> null;
    };
  }

  static ValueException tooLarge(Object value, String type) {
    return ValueException.outOfRange(value, type, "it would become infinite");
  }
}
