package dev.tributary.connect.json;

import dev.tributary.connect.record.ExactNumbers;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Decodes JSON text that {@link JsonScanner} has passed; on any other text the result is undefined.
 * A range of the text begins at its first byte and ends after its last.
 */
final class JsonText {

  /** Up to this many digits fit a long whatever they are. */
  static final int LONG_DIGITS = 18;

  private JsonText() {}

  static boolean isSpace(int c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
  }

  static int skipSpace(byte[] text, int from) {
    int at = from;
    while (isSpace(text[at])) {
      at++;
    }
    return at;
  }

  /** The classes that numbers become. */
  enum Numbers {
    /** Long, BigInteger and BigDecimal, with all digits: for our own readers. */
    EXACT,
    /** Those of Connect's schemaless data, see {@link ExactNumbers}: for other plugins. */
    CONNECT
  }

  /** The value in a range: a map or list of its own, mutable, or something immutable. */
  static @Nullable Object value(byte[] text, int from, int to, boolean escaped, Numbers numbers) {
    return switch (text[from]) {
      case '"' -> string(text, from, to, escaped);
      case '{', '[' -> new Reader(text, from, numbers).value();
      case 't' -> true;
      case 'f' -> false;
      case 'n' -> null;
      default -> {
        Number number = number(text, from, to);
        yield numbers == Numbers.EXACT ? number : ExactNumbers.toConnect(number);
      }
    };
  }

  /** The string in a range, which its quotes belong to. */
  static String string(byte[] text, int from, int to, boolean escaped) {
    return escaped
        ? unescaped(text, from + 1, to - 1)
        : new String(text, from + 1, to - from - 2, StandardCharsets.UTF_8);
  }

  private static String unescaped(byte[] text, int from, int to) {
    StringBuilder plain = new StringBuilder(to - from);
    int at = from;
    while (at < to) {
      int start = at;
      while (at < to && text[at] != '\\') {
        at++;
      }
      plain.append(new String(text, start, at - start, StandardCharsets.UTF_8));
      if (at < to) {
        char kind = (char) text[at + 1];
        plain.append(kind == 'u' ? unit(text, at + 2) : escape(kind));
        at += kind == 'u' ? 6 : 2;
      }
    }
    return plain.toString();
  }

  private static char unit(byte[] text, int from) {
    int unit = 0;
    for (int i = from; i < from + 4; i++) {
      unit = unit << 4 | Character.digit(text[i], 16);
    }
    return (char) unit;
  }

  private static char escape(char kind) {
    return switch (kind) {
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      default -> kind;
    };
  }

  /** A whole number as a Long or, beyond that, a BigInteger; any other as a BigDecimal. */
  static Number number(byte[] text, int from, int to) {
    for (int i = from; i < to; i++) {
      if (text[i] == '.' || text[i] == 'e' || text[i] == 'E') {
        return new BigDecimal(ascii(text, from, to));
      }
    }
    if (to - from <= LONG_DIGITS) {
      return smallInteger(text, from, to);
    }
    BigInteger integer = new BigInteger(ascii(text, from, to));
    if (integer.bitLength() < Long.SIZE) {
      return integer.longValue();
    }
    return integer;
  }

  /** The whole number in a range of at most {@link #LONG_DIGITS} digits and a sign. */
  static long smallInteger(byte[] text, int from, int to) {
    boolean negative = text[from] == '-';
    long value = 0;
    for (int i = negative ? from + 1 : from; i < to; i++) {
      value = value * 10 + (text[i] - '0');
    }
    return negative ? -value : value;
  }

  private static String ascii(byte[] text, int from, int to) {
    return new String(text, from, to - from, StandardCharsets.ISO_8859_1);
  }

  /** Where the value that starts here ends; marked {@link JsonScanner#ESCAPED} like a span. */
  static int end(byte[] text, int from) {
    return switch (text[from]) {
      case '"' -> stringEnd(text, from);
      case '{', '[' -> containerEnd(text, from);
      default -> {
        int at = from;
        while (at < text.length && !isSpace(text[at]) && text[at] != ',' && !closes(text[at])) {
          at++;
        }
        yield at;
      }
    };
  }

  private static boolean closes(byte c) {
    return c == ']' || c == '}';
  }

  private static int stringEnd(byte[] text, int from) {
    int at = from + 1;
    int mark = 0;
    while (text[at] != '"') {
      if (text[at] == '\\') {
        mark = JsonScanner.ESCAPED;
        at++;
      }
      at++;
    }
    return (at + 1) | mark;
  }

  private static int containerEnd(byte[] text, int from) {
    int depth = 0;
    int at = from;
    do {
      byte c = text[at];
      if (c == '"') {
        at = stringEnd(text, at) & ~JsonScanner.ESCAPED;
        continue;
      }
      if (c == '{' || c == '[') {
        depth++;
      } else if (closes(c)) {
        depth--;
      }
      at++;
    } while (depth > 0);
    return at;
  }

  /** Reads lists and maps, with all that is in them. */
  private static final class Reader {

    private final byte[] text;
    private final Numbers numbers;
    private int at;

    Reader(byte[] text, int from, Numbers numbers) {
      this.text = text;
      this.numbers = numbers;
      this.at = from;
    }

    @Nullable Object value() {
      int start = at;
      if (text[start] == '{') {
        return map();
      }
      if (text[start] == '[') {
        return list();
      }
      int end = end(text, start);
      at = end & ~JsonScanner.ESCAPED;
      return JsonText.value(text, start, at, end < 0, numbers);
    }

    private Map<String, @Nullable Object> map() {
      Map<String, @Nullable Object> map = new LinkedHashMap<>();
      for (boolean more = enter('}'); more; more = hasMore()) {
        String name = String.valueOf(value());
        at = skipSpace(text, skipSpace(text, at) + 1);
        map.put(name, value());
      }
      return map;
    }

    private List<@Nullable Object> list() {
      List<@Nullable Object> list = new ArrayList<>();
      for (boolean more = enter(']'); more; more = hasMore()) {
        list.add(value());
      }
      return list;
    }

    /** Goes to the first part of a container, or past it when it is empty. */
    private boolean enter(char close) {
      at = skipSpace(text, at + 1);
      if (text[at] == close) {
        at++;
        return false;
      }
      return true;
    }

    /** Goes to the next part, or past the container. */
    private boolean hasMore() {
      at = skipSpace(text, at);
      boolean more = text[at++] == ',';
      if (more) {
        at = skipSpace(text, at);
      }
      return more;
    }
  }
}
