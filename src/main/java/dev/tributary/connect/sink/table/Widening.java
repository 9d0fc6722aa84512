package dev.tributary.connect.sink.table;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the type that holds every value of two types exactly, as ClickHouse stores it.
 *
 * <ul>
 *   <li>integers: one as wide as both, signed when one of them is ({@code UInt32} and {@code Int8}
 *       give {@code Int64})
 *   <li>{@code Float32} and {@code Float64}; integers of at most 32 bits and floats give {@code
 *       Float64}
 *   <li>decimals: all digits of both, up to 76; integers and decimals likewise
 *   <li>{@code Date} and {@code Date32}; {@code DateTime} and {@code DateTime64}
 *   <li>{@code T} and {@code Nullable(T)}, for the types that ClickHouse lets be Nullable in any
 *       table; {@code Array} by its elements
 * </ul>
 *
 * Nothing else widens: in particular nothing becomes a String, and a column that aggregates keeps
 * its type.
 */
final class Widening {

  private static final Pattern INTEGER = Pattern.compile("(U?)Int(\\d+)");
  private static final Pattern DECIMAL = Pattern.compile("Decimal\\((\\d+), ?(\\d+)\\)");
  private static final Pattern TIME = Pattern.compile("DateTime(64)?(?:\\((.*)\\))?");
  private static final Pattern CAN_BE_NULLABLE =
      Pattern.compile(
          "(?s)U?Int\\d+|Float\\d+|BFloat16|Bool|Decimal\\(.*|String|FixedString\\(.*|Enum\\d+\\(.*"
              + "|Date(32)?|DateTime(64)?(\\(.*)?|Time|Time64\\(.*|UUID|IPv[46]|Interval[A-Z][a-z]+");

  private static final int MOST_BITS = 256;
  private static final int MOST_DIGITS = 76;

  private Widening() {}

  /** The narrowest type that holds both; empty if there is none. */
  static Optional<String> join(String one, String other) {
    if (one.equals(other)) {
      return Optional.of(one);
    }
    boolean nullable = isWrapped("Nullable", one) || isWrapped("Nullable", other);
    String a = unwrap("Nullable", one);
    String b = unwrap("Nullable", other);
    if (nullable) {
      return join(a, b).filter(Widening::canBeNullable).map(type -> "Nullable(" + type + ")");
    }
    if (isWrapped("Array", a) && isWrapped("Array", b)) {
      return join(unwrap("Array", a), unwrap("Array", b)).map(type -> "Array(" + type + ")");
    }
    return scalars(a, b).or(() -> scalars(b, a));
  }

  /**
   * Whether ClickHouse lets the type be Nullable; of a type that is not known here, it does not.
   */
  static boolean canBeNullable(String type) {
    return CAN_BE_NULLABLE.matcher(type).matches();
  }

  private static Optional<String> scalars(String a, String b) {
    Matcher integer = INTEGER.matcher(a);
    if (integer.matches()) {
      Matcher second = INTEGER.matcher(b);
      return second.matches() ? integers(integer, second) : integerAnd(integer, b);
    }
    Matcher decimal = DECIMAL.matcher(a);
    Matcher second = DECIMAL.matcher(b);
    if (decimal.matches() && second.matches()) {
      return decimals(number(decimal, 1), number(decimal, 2), number(second, 1), number(second, 2));
    }
    if (a.equals("Float32") && b.equals("Float64")) {
      return Optional.of(b);
    }
    if (a.equals("Date") && b.equals("Date32")) {
      return Optional.of(b);
    }
    return times(TIME.matcher(a), TIME.matcher(b));
  }

  private static Optional<String> integers(Matcher a, Matcher b) {
    boolean aSigned = a.group(1).isEmpty();
    boolean bSigned = b.group(1).isEmpty();
    int aBits = number(a, 2);
    int bBits = number(b, 2);
    if (aSigned == bSigned) {
      return Optional.of((aSigned ? "Int" : "UInt") + Math.max(aBits, bBits));
    }
    int bits = aSigned ? Math.max(aBits, bBits * 2) : Math.max(aBits * 2, bBits);
    return bits > MOST_BITS ? Optional.empty() : Optional.of("Int" + bits);
  }

  private static Optional<String> integerAnd(Matcher integer, String other) {
    int bits = number(integer, 2);
    if (other.equals("Float32") || other.equals("Float64")) {
      return bits <= 32 ? Optional.of("Float64") : Optional.empty();
    }
    Matcher decimal = DECIMAL.matcher(other);
    // The number of decimal digits of the highest integer with this many bits.
    int digits = (int) Math.floor(bits * Math.log10(2)) + 1;
    return decimal.matches()
        ? decimals(digits, 0, number(decimal, 1), number(decimal, 2))
        : Optional.empty();
  }

  private static Optional<String> decimals(int precision, int scale, int precision2, int scale2) {
    int places = Math.max(scale, scale2);
    int digits = Math.max(precision - scale, precision2 - scale2) + places;
    return digits > MOST_DIGITS
        ? Optional.empty()
        : Optional.of("Decimal(" + digits + ", " + places + ")");
  }

  /** {@code DateTime} keeps its time zone in the wider type. */
  private static Optional<String> times(Matcher seconds, Matcher finer) {
    if (!seconds.matches()
        || seconds.group(1) != null
        || !finer.matches()
        || finer.group(1) == null
        || finer.group(2) == null) {
      return Optional.empty();
    }
    String precision = finer.group(2).split(",", -1)[0].strip();
    String zone = seconds.group(2);
    // Every DateTime64 covers the range of DateTime, 1970 to 2106.
    return Optional.of("DateTime64(" + precision + (zone == null ? "" : ", " + zone) + ")");
  }

  private static int number(Matcher matcher, int group) {
    return Integer.parseInt(matcher.group(group));
  }

  private static boolean isWrapped(String wrapper, String type) {
    return type.startsWith(wrapper + "(") && type.endsWith(")");
  }

  private static String unwrap(String wrapper, String type) {
    return isWrapped(wrapper, type)
        ? type.substring(wrapper.length() + 1, type.length() - 1)
        : type;
  }
}
