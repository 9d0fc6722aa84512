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

  /**
   * The float that is nearest to a number or its text.
   *
   * @throws ValueException when it is no number, or a finite one that would become infinite
   */
  static float nearest(Object value, String type) {
    float nearest;
    if (value instanceof Number number) {
      nearest = number.floatValue();
      if (Float.isInfinite(nearest) && Double.isInfinite(number.doubleValue()) && isBinary(value)) {
        return nearest;
      }
    } else if (value instanceof String text && NumberText.isDecimal(text)) {
      nearest = Float.parseFloat(text);
    } else {
      Double special = value instanceof String text ? special(text) : null;
      if (special == null) {
        throw ValueException.unsuited(value, type, NEEDED);
      }
      return special.floatValue();
    }
    if (Float.isInfinite(nearest)) {
      throw tooLarge(value, type);
    }
    return nearest;
  }

  /**
   * The double that is nearest to a number or its text.
   *
   * @throws ValueException when it is no number, or a finite one that would become infinite
   */
  static double nearestDouble(Object value, String type) {
    if (value instanceof Double || value instanceof Float) {
      return ((Number) value).doubleValue();
    }
    double nearest;
    if (value instanceof Number number) {
      nearest = number.doubleValue();
    } else if (value instanceof String text && NumberText.isDecimal(text)) {
      nearest = Double.parseDouble(text);
    } else {
      Double special = value instanceof String text ? special(text) : null;
      if (special == null) {
        throw ValueException.unsuited(value, type, NEEDED);
      }
      return special;
    }
    if (Double.isInfinite(nearest)) {
      throw tooLarge(value, type);
    }
    return nearest;
  }

  /** Whether an infinity of the value is the value's own, not the result of a conversion. */
  private static boolean isBinary(Object value) {
    return value instanceof Double || value instanceof Float;
  }

  static ValueException tooLarge(Object value, String type) {
    return ValueException.outOfRange(value, type, "it would become infinite");
  }
}
