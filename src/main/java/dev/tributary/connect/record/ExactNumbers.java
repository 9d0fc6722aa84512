package dev.tributary.connect.record;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Numbers without a schema, as Kafka Connect knows them and as they are.
 *
 * <p>Connect's schemaless data has no class for an integer beyond 64 bits, nor for a decimal
 * fraction. Other plugins therefore get a Double where that stands for the very number, and else
 * the number's text. A transform that copies a value hands on the same text object, and such a text
 * is known by its identity: our own readers take the number in its place. A transform that makes a
 * new text of it, by its own formatting say, makes it a text for good.
 *
 * <p>Thread-safe.
 */
public final class ExactNumbers {

  /** Every decimal of up to 15 digits is the shortest text of its nearest double. */
  private static final int DOUBLE_DIGITS = 15;

  private static final int FLOAT_DIGITS = 6;

  /** Decimals of {@link #DOUBLE_DIGITS} digits and these powers of ten are normal doubles. */
  private static final int MOST_POWER = 300;

  /** No shorter text stands for a number. */
  private static final int SHORTEST_TEXT = 6;

  /** The numbers of texts, for as long as anybody holds these. */
  private static final Map<Object, Number> BY_TEXT = new ConcurrentHashMap<>();

  private static final ReferenceQueue<String> FORGOTTEN = new ReferenceQueue<>();

  /** A text object, equal to itself only. */
  private static final class Text extends WeakReference<String> {

    private final int hash;

    Text(String text, @Nullable ReferenceQueue<String> queue) {
      super(text, queue);
      hash = System.identityHashCode(text);
    }

    @Override
    public int hashCode() {
      return hash;
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // equal texts need not stand for the same
    public boolean equals(@Nullable Object other) {
      if (this == other) {
        return true;
      }
      String text = get();
      return text != null && other instanceof Text same && same.get() == text;
    }
  }

  /** A map that hands out Connect's classes and also has the exact values. */
  public abstract static class ExactMap extends AbstractMap<String, @Nullable Object> {

    /** The exact value of a field; null if there is none. */
    public abstract @Nullable Object exact(@Nullable Object name);

    /** All exact values, with exact values inside them; not to be changed. */
    public abstract Map<String, @Nullable Object> exact();
  }

  private ExactNumbers() {}

  /**
   * A value without a schema in Connect's classes. Lists and maps are copied, so that what is in
   * them may be changed.
   */
  public static @Nullable Object toConnect(@Nullable Object exact) {
    if (exact instanceof Map<?, ?> map) {
      Map<@Nullable Object, @Nullable Object> copy = new LinkedHashMap<>();
      map.forEach((name, value) -> copy.put(name, toConnect(value)));
      return copy;
    }
    if (exact instanceof List<?> list) {
      List<@Nullable Object> copy = new ArrayList<>(list.size());
      list.forEach(element -> copy.add(toConnect(element)));
      return copy;
    }
    return exact instanceof Number number ? toConnect(number) : exact;
  }

  /** The number as one of Connect's classes. */
  public static Object toConnect(Number exact) {
    if (exact instanceof BigDecimal decimal) {
      double nearest = decimal.doubleValue();
      if (standsFor(nearest, decimal)) {
        return nearest;
      }
    } else if (!(exact instanceof BigInteger)) {
      return exact;
    }
    // A new object: a BigDecimal keeps the text that it gives, and this map keeps the BigDecimal.
    String text = String.valueOf(exact.toString().toCharArray());
    for (Reference<?> old = FORGOTTEN.poll(); old != null; old = FORGOTTEN.poll()) {
      BY_TEXT.remove(old);
    }
    BY_TEXT.put(new Text(text, FORGOTTEN), exact);
    return text;
  }

  private static boolean standsFor(double nearest, BigDecimal decimal) {
    if (decimal.precision() <= DOUBLE_DIGITS
        && Math.abs((long) decimal.precision() - decimal.scale()) < MOST_POWER) {
      return true;
    }
    return Double.isFinite(nearest)
        && (nearest != 0 || decimal.signum() == 0)
        && shortest(nearest).compareTo(decimal) == 0;
  }

  /**
   * The exact form of a value that may come from {@link #toConnect} or be an {@link ExactMap}; any
   * other value unchanged.
   */
  public static @Nullable Object exact(@Nullable Object value) {
    if (value instanceof String text) {
      return exact(text);
    }
    return value instanceof ExactMap map ? map.exact() : value;
  }

  private static Object exact(String text) {
    int length = text.length();
    if (length < SHORTEST_TEXT || text.charAt(0) > '9' || !isDigit(text.charAt(length - 1))) {
      return text;
    }
    Number number = BY_TEXT.isEmpty() ? null : BY_TEXT.get(new Text(text, null));
    return number == null ? text : number;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  /** The exact value of a map's field; null if there is none. */
  public static @Nullable Object get(Map<?, ?> map, @Nullable Object name) {
    return map instanceof ExactMap exact ? exact.exact(name) : exact(map.get(name));
  }

  /**
   * The decimal with the fewest digits that has this number as its nearest double or, of a float,
   * as its nearest float. Unlike {@link Double#toString(double)} the same in every version of Java.
   *
   * @param number a Double or Float that is finite
   */
  public static BigDecimal shortest(Number number) {
    boolean single = number instanceof Float;
    double value = number.doubleValue();
    BigDecimal all = new BigDecimal(value);
    boolean normal = Math.abs(value) >= (single ? Float.MIN_NORMAL : Double.MIN_NORMAL);
    int fewest = normal ? single ? FLOAT_DIGITS : DOUBLE_DIGITS : 1;
    for (int digits = fewest; digits < all.precision(); digits++) {
      BigDecimal rounded = all.round(new MathContext(digits));
      if (single ? rounded.floatValue() == (float) value : rounded.doubleValue() == value) {
        return rounded;
      }
    }
    return all;
  }
}
