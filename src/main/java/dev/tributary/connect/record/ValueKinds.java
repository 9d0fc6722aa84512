package dev.tributary.connect.record;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Date;
import java.util.Map;
import org.apache.kafka.connect.data.Struct;

/** Describes what a value is without revealing it, for messages that may reach a log. */
public final class ValueKinds {

  private ValueKinds() {}

  public static String of(Object value) {
    if (value instanceof String text) {
      return "a string of " + count(text.length(), "character");
    }
    if (value instanceof Boolean) {
      return "a boolean";
    }
    if (value instanceof Long
        || value instanceof Integer
        || value instanceof Short
        || value instanceof Byte
        || value instanceof BigInteger) {
      return "an integer (" + value.getClass().getSimpleName() + ")";
    }
    if (value instanceof Double || value instanceof Float) {
      return "a floating-point number (" + value.getClass().getSimpleName() + ")";
    }
    if (value instanceof BigDecimal decimal) {
      if (ValueLimits.hasTooManyDigits(decimal)) {
        return "a decimal of more than " + ValueLimits.MOST_DIGITS + " digits";
      }
      return "a decimal of precision " + decimal.precision() + " and scale " + decimal.scale();
    }
    if (value instanceof byte[] bytes) {
      return count(bytes.length, "byte");
    }
    if (value instanceof ByteBuffer bytes) {
      return count(bytes.remaining(), "byte");
    }
    if (value instanceof Date) {
      return "a date or time";
    }
    if (value instanceof Struct) {
      return "a struct";
    }
    if (value instanceof Map) {
      return "a map";
    }
    if (value instanceof Collection<?> list) {
      return "a list of " + count(list.size(), "element");
    }
    return "an object of " + value.getClass().getName();
  }

  private static String count(int n, String noun) {
    return n + " " + noun + (n == 1 ? "" : "s");
  }
}
