package dev.tributary.connect.sink.columns;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which type the server gives a JSON value where it may choose: in a Variant, and in Dynamic.
 *
 * <p>Its rules differ from version to version, so what they have in common is written here: a type
 * that might take the value counts as one that does. The values are those of {@link
 * NativeJsonReader}.
 */
final class JsonTypeChoice {

  /** The place of a type among those that the server tries, which differs between versions. */
  private static final int UNKNOWN = 0;

  private static final int LAST = 4;

  private static final Pattern NUMBER = Pattern.compile("[-+.0-9eE]*[0-9][-+.0-9eE]*");
  private static final Pattern NOT_FINITE = Pattern.compile("[-+]?(nan|inf|infinity)");
  private static final Pattern HEX = Pattern.compile("[-{}0-9a-fA-F]{32,}");
  private static final Pattern ADDRESS = Pattern.compile("[.:0-9a-fA-F]+");

  private static final Pattern WORD_OF_TIME =
      Pattern.compile(
          "t|z|am|pm|utc|gmt|msk|msd|st|nd|rd|th"
              + "|(mon|tue|wed|thu|fri|sat|sun)[a-z]*"
              + "|(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*");

  private static final String SIGNS_OF_TIME = " \t\n\r-+/:,.()";

  private static final Set<String> BOOLEANS =
      Set.of(
          "0",
          "1",
          "t",
          "f",
          "true",
          "false",
          "y",
          "n",
          "yes",
          "no",
          "on",
          "off",
          "enable",
          "disable",
          "enabled",
          "disabled");

  private JsonTypeChoice() {}

  /** Whether the server can but choose the given one of a Variant's types for a value. */
  static boolean isOnly(List<ColumnType> types, int chosen, Object json) {
    for (int i = 0; i < types.size(); i++) {
      if (i != chosen && !isAfter(types.get(i), types.get(chosen)) && mayTake(types.get(i), json)) {
        return false;
      }
    }
    return true;
  }

  /** Whether the server tries a type only if another one has not taken the value. */
  private static boolean isAfter(ColumnType type, ColumnType other) {
    if (type.name().equals("Array") && other.name().equals("Array")) {
      return isAfter(type.only(), other.only());
    }
    int place = place(type);
    int placeOfOther = place(other);
    return place > placeOfOther && (placeOfOther != UNKNOWN || place == LAST);
  }

  private static int place(ColumnType type) {
    return switch (type.name()) {
      case "Decimal" -> 2;
      case "Float32", "Float64" -> 3;
      case "String" -> LAST;
      default -> isInteger(type.name()) ? 1 : UNKNOWN;
    };
  }

  private static boolean isInteger(String name) {
    return name.startsWith("UInt") || (name.startsWith("Int") && !name.startsWith("Interval"));
  }

  private static boolean mayTake(ColumnType declared, @Nullable Object json) {
    ColumnType type = declared.layout();
    return switch (type.name()) {
      case "Nullable", "LowCardinality" -> mayTake(type.only(), json);
      case "Array" ->
          json instanceof List<?> list && list.stream().allMatch(e -> mayTake(type.only(), e));
      case "Tuple" -> json instanceof Map || mayBeElements(type.arguments(), json);
      case "Map", "JSON" -> json instanceof Map;
      case "String", "Dynamic", "Variant" -> true;
      case "FixedString" ->
          !(json instanceof String text)
              || text.getBytes(StandardCharsets.UTF_8).length <= type.integer(0);
      default ->
          json == null
              || (json instanceof String text && mayRead(type, text))
              || ((json instanceof Number || json instanceof Boolean) && mayConvert(type, json));
    };
  }

  private static boolean mayBeElements(List<ColumnType> types, @Nullable Object json) {
    if (!(json instanceof List<?> list)) {
      return false;
    }
    for (int i = 0; i < Math.min(types.size(), list.size()); i++) {
      if (!mayTake(types.get(i), list.get(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean mayConvert(ColumnType type, Object json) {
    return switch (type.name()) {
      case "UUID", "IPv4", "IPv6", "Date", "Date32" -> false;
      default -> !isInteger(type.name()) || !(json instanceof Double number) || isWhole(number);
    };
  }

  private static boolean isWhole(double number) {
    return number == Math.rint(number);
  }

  private static boolean mayRead(ColumnType type, String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    return switch (type.name()) {
      case "UUID" -> HEX.matcher(text).matches();
      case "IPv4", "IPv6" -> ADDRESS.matcher(text).matches();
      case "Bool" -> BOOLEANS.contains(lower);
      case "Enum8", "Enum16" ->
          NUMBER.matcher(text).matches()
              || type.arguments().stream().anyMatch(entry -> entry.name().equals(text));
      case "Float32", "Float64", "Decimal" ->
          NUMBER.matcher(text).matches() || NOT_FINITE.matcher(lower).matches();
      case "Date", "Date32", "DateTime", "DateTime64", "Time", "Time64" -> mayBeTime(lower, true);
      default -> NUMBER.matcher(text).matches() && !isFraction(text);
    };
  }

  private static boolean isFraction(String number) {
    return NumberText.isDecimal(number) && new BigDecimal(number).stripTrailingZeros().scale() > 0;
  }

  /** Whether the server makes this type of a value of no declared type. */
  static boolean isInferred(ColumnType type, Object json) {
    return switch (type.name()) {
      case "Bool", "Int64", "JSON" -> true;
      case "UInt64" -> json instanceof BigInteger;
      case "Float64" -> json instanceof Double;
      case "String" ->
          !(json instanceof String text) || !mayBeTime(text.toLowerCase(Locale.ROOT), false);
      case "Array" -> isInferredList(type.only(), (List<?>) json);
      default -> false;
    };
  }

  /** Elements of different types may become another common type. */
  private static boolean isInferredList(ColumnType element, List<?> json) {
    ColumnType type = element.name().equals("Nullable") ? element.only() : element;
    return json.isEmpty()
        || (!type.name().equals("Dynamic")
            && json.stream().allMatch(e -> e == null || isInferred(type, e)));
  }

  /**
   * Whether a text has digits and no words or signs but those of dates, times and zones.
   *
   * @param number whether a mere number may be a time
   */
  private static boolean mayBeTime(String lower, boolean number) {
    int numbers = 0;
    boolean words = false;
    int at = 0;
    while (at < lower.length()) {
      int start = at;
      if (isLetter(lower.charAt(at))) {
        at = end(lower, at, JsonTypeChoice::isLetter);
        words = true;
        if (!WORD_OF_TIME.matcher(lower).region(start, at).matches()) {
          return false;
        }
      } else if (isDigit(lower.charAt(at))) {
        at = end(lower, at, c -> isDigit(c) || c == '.');
        numbers++;
      } else if (SIGNS_OF_TIME.indexOf(lower.charAt(at)) >= 0) {
        at++;
      } else {
        return false;
      }
    }
    return numbers > 1 || (numbers == 1 && (words || number));
  }

  private static int end(String text, int from, IntPredicate of) {
    int at = from;
    while (at < text.length() && of.test(text.charAt(at))) {
      at++;
    }
    return at;
  }

  private static boolean isLetter(int c) {
    return c >= 'a' && c <= 'z';
  }

  private static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }
}
