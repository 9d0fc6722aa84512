package dev.tributary.connect.json;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.apache.kafka.connect.errors.DataException;

/**
 * Checks that a text is one JSON value in UTF-8, in one pass over its bytes, and notes where the
 * fields of an object lie, so that they can be decoded one by one on demand.
 *
 * <p>Refused are, beside what is no JSON: a name that stands twice in one object, nesting deeper
 * than {@value #DEEPEST}, and numbers of more than {@value #LONGEST_NUMBER} characters or with more
 * than nine digits in the exponent. What has passed can be decoded without further checks.
 *
 * <p>Strings are passed eight bytes at a time, as almost all of a text is inside of strings.
 *
 * <p>Not thread-safe: the result stands in this object until the next scan.
 */
final class JsonScanner {

  /** Marks the end of a span: the value is a string with an escape. */
  static final int ESCAPED = 1 << 31;

  /** Objects with more fields or longer names are not taken for records of one shape. */
  static final int MOST_FIELDS = 512;

  private static final int LONGEST_NAME = 256;

  private static final int DEEPEST = 1000;
  private static final int LONGEST_NUMBER = 1000;
  private static final int LONGEST_EXPONENT = 9;

  /** Up to this many names of an object are compared pairwise. */
  private static final int FEW_NAMES = 16;

  private static final long ONES = 0x0101010101010101L;
  private static final long HIGHS = 0x8080808080808080L;
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private byte[] text = {};
  private int start;
  private int at;

  private int[] spans = new int[32];
  private FieldNames root = FieldNames.none();
  private FieldNames names = root;

  /** Start and end of the names of the nested objects that are open. */
  private int[] nested = new int[32];

  private int nestedSize;

  /**
   * Checks a text.
   *
   * @return whether it is an object, not too large, whose {@link #names} and {@link #spans} are
   *     here
   * @throws DataException when it is not one JSON value; the message quotes nothing
   */
  boolean scan(byte[] input) {
    text = input;
    at = 0;
    nestedSize = 0;
    if (input.length >= 3 && input[0] == (byte) 0xEF && input[1] == (byte) 0xBB) {
      at = input[2] == (byte) 0xBF ? 3 : 0; // a byte order mark says what is known
    }
    skipSpace();
    if (at == input.length) {
      throw new DataException("it is not JSON: it is empty");
    }
    start = at;
    boolean isRecord = input[at] == '{' && fields();
    if (!isRecord) {
      at = start;
      value(0);
    }
    skipSpace();
    if (at < input.length) {
      throw malformed(at);
    }
    return isRecord;
  }

  /** Where the value begins. */
  int start() {
    return start;
  }

  /** The names of the object's fields. */
  FieldNames names() {
    return names;
  }

  /**
   * Start and end of each field's value, one after the other; the end is marked {@link #ESCAPED}.
   */
  int[] spans() {
    return Arrays.copyOf(spans, 2 * names.count());
  }

  /** Passes the outermost object; false, somewhere in the middle, when it is no common record. */
  private boolean fields() {
    if (root.isFull()) {
      root = FieldNames.none();
    }
    names = root;
    at++;
    skipSpace();
    if (peek() == '}') {
      at++;
      return true;
    }
    int next;
    do {
      if (names.count() == MOST_FIELDS) {
        return false;
      }
      skipSpace();
      if (!name()) {
        return false;
      }
      colon();
      int start = at;
      note(start, value(1));
      skipSpace();
      next = peek();
      at++;
    } while (next == ',');
    if (next != '}') {
      throw malformed(at - 1);
    }
    return true;
  }

  private void note(int start, int mark) {
    int index = 2 * (names.count() - 1);
    if (index + 2 > spans.length) {
      spans = Arrays.copyOf(spans, 2 * spans.length);
    }
    spans[index] = start;
    spans[index + 1] = at | mark;
  }

  private boolean name() {
    FieldNames likely = names.likely();
    if (likely != null) {
      int from = at + 1;
      int to = from + likely.utf8().length;
      if (to < text.length
          && text[to] == '"'
          && text[at] == '"'
          && Arrays.equals(text, from, to, likely.utf8(), 0, likely.utf8().length)) {
        names = likely;
        at = to + 1;
        return true;
      }
    }
    if (peek() != '"') {
      throw malformed(at);
    }
    int start = at;
    int mark = string();
    if (at - start > LONGEST_NAME) {
      return false;
    }
    String name = nameIn(start, at | mark);
    FieldNames next = names.known(name);
    if (next == null) {
      next = names.add(name);
    }
    if (next == null) {
      throw twice(start);
    }
    names = next;
    return true;
  }

  private void colon() {
    skipSpace();
    if (peek() != ':') {
      throw malformed(at);
    }
    at++;
    skipSpace();
  }

  /** Passes a value; returns {@link #ESCAPED} for a string with an escape, else 0. */
  private int value(int depth) {
    switch (peek()) {
      case '"' -> {
        return string();
      }
      case '{' -> object(depth + 1);
      case '[' -> array(depth + 1);
      case 't' -> literal('r', 'u', 'e');
      case 'f' -> {
        at++;
        literal('l', 's', 'e');
      }
      case 'n' -> literal('u', 'l', 'l');
      default -> number();
    }
    return 0;
  }

  /** The last three of a word, whose first letter is here. The second of {@code false} is not. */
  private void literal(int second, int third, int fourth) {
    boolean isFalse = second == 'l';
    if (at + 3 >= text.length
        || (isFalse && text[at] != 'a')
        || text[at + 1] != second
        || text[at + 2] != third
        || text[at + 3] != fourth) {
      throw malformed(at);
    }
    at += 4;
  }

  private void object(int depth) {
    checkDepth(depth);
    int base = nestedSize;
    at++;
    skipSpace();
    if (peek() == '}') {
      at++;
      return;
    }
    int next;
    do {
      skipSpace();
      if (peek() != '"') {
        throw malformed(at);
      }
      int start = at;
      int mark = string();
      push(start, at | mark);
      colon();
      var unused = value(depth);
      skipSpace();
      next = peek();
      at++;
    } while (next == ',');
    if (next != '}') {
      throw malformed(at - 1);
    }
    checkNames(base);
    nestedSize = base;
  }

  private void array(int depth) {
    checkDepth(depth);
    at++;
    skipSpace();
    if (peek() == ']') {
      at++;
      return;
    }
    int next;
    do {
      skipSpace();
      var unused = value(depth);
      skipSpace();
      next = peek();
      at++;
    } while (next == ',');
    if (next != ']') {
      throw malformed(at - 1);
    }
  }

  private void push(int start, int end) {
    if (nestedSize + 2 > nested.length) {
      nested = Arrays.copyOf(nested, 2 * nested.length);
    }
    nested[nestedSize++] = start;
    nested[nestedSize++] = end;
  }

  private void checkNames(int base) {
    int escapes = 0;
    for (int i = base; i < nestedSize; i += 2) {
      escapes |= nested[i + 1];
    }
    if (escapes < 0 || nestedSize - base > 2 * FEW_NAMES) {
      checkManyNames(base);
      return;
    }
    for (int i = base + 2; i < nestedSize; i += 2) {
      for (int j = base; j < i; j += 2) {
        if (Arrays.equals(text, nested[i], nested[i + 1], text, nested[j], nested[j + 1])) {
          throw twice(nested[i]);
        }
      }
    }
  }

  private void checkManyNames(int base) {
    Set<String> seen = new HashSet<>();
    for (int i = base; i < nestedSize; i += 2) {
      if (!seen.add(nameIn(nested[i], nested[i + 1]))) {
        throw twice(nested[i]);
      }
    }
  }

  /** A name; half a surrogate pair, which an escape can make, would not be the name of anything. */
  private String nameIn(int from, int markedEnd) {
    String name = JsonText.string(text, from, markedEnd & ~ESCAPED, markedEnd < 0);
    for (int i = 0; markedEnd < 0 && i < name.length(); i++) {
      if (Character.isSurrogate(name.charAt(i))) {
        if (!Character.isSurrogatePair(
            name.charAt(i), i + 1 < name.length() ? name.charAt(i + 1) : '\0')) {
          throw malformed(from);
        }
        i++;
      }
    }
    return name;
  }

  /** Passes a string, whose opening quote is here; returns {@link #ESCAPED} or 0. */
  private int string() {
    byte[] input = text;
    int last = input.length - Long.BYTES;
    int mark = 0;
    int i = at + 1;
    while (true) {
      while (i <= last) {
        long special = special((long) LONG.get(input, i));
        if (special != 0) {
          i += Long.numberOfTrailingZeros(special) >>> 3;
          break;
        }
        i += Long.BYTES;
      }
      if (i >= input.length) {
        throw malformed(input.length);
      }
      int c = input[i];
      if (c == '"') {
        at = i + 1;
        return mark;
      } else if (c == '\\') {
        mark = ESCAPED;
        i = escape(i);
      } else if (c < 0) {
        i = beyondAscii(i);
      } else if (c < ' ') {
        throw malformed(i);
      } else {
        i++;
      }
    }
  }

  /**
   * Returns a word with the high bit set in the first byte that is a quote, a backslash, a control
   * character or not ASCII; the bits of the bytes after that one may be wrong.
   */
  private static long special(long eight) {
    long quote = eight ^ (ONES * '"');
    long backslash = eight ^ (ONES * '\\');
    return ((quote - ONES) | (backslash - ONES) | (eight - ONES * ' ') | eight) & HIGHS;
  }

  private int escape(int start) {
    int kind = start + 1 < text.length ? text[start + 1] : -1;
    return switch (kind) {
      case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> start + 2;
      case 'u' -> {
        for (int i = start + 2; i < start + 6; i++) {
          if (i >= text.length || Character.digit(text[i], 16) < 0) {
            throw malformed(start);
          }
        }
        yield start + 6;
      }
      default -> throw malformed(start);
    };
  }

  /** Passes one character of two to four bytes, in the only form that UTF-8 has for it. */
  private int beyondAscii(int start) {
    int first = text[start] & 0xFF;
    int length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    int low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    int high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (first < 0xC2 || first > 0xF4 || start + length > text.length) {
      throw notUtf8();
    }
    int second = text[start + 1] & 0xFF;
    boolean ok = second >= low && second <= high;
    for (int i = start + 2; i < start + length; i++) {
      ok &= (text[i] & 0xC0) == 0x80;
    }
    if (!ok) {
      throw notUtf8();
    }
    return start + length;
  }

  private void number() {
    int start = at;
    if (peek() == '-') {
      at++;
    }
    if (peek() == '0') {
      at++;
    } else {
      digits();
    }
    if (peek() == '.') {
      at++;
      digits();
    }
    if (peek() == 'e' || peek() == 'E') {
      at++;
      if (peek() == '+' || peek() == '-') {
        at++;
      }
      int exponent = at;
      digits();
      while (exponent < at && text[exponent] == '0') {
        exponent++;
      }
      if (at - exponent > LONGEST_EXPONENT) {
        throw new DataException("its number at byte " + start + " is out of all range");
      }
    }
    if (at - start > LONGEST_NUMBER) {
      throw new DataException(
          "its number at byte " + start + " has more than " + LONGEST_NUMBER + " characters");
    }
  }

  /** At least one. */
  private void digits() {
    int start = at;
    while (at < text.length && text[at] >= '0' && text[at] <= '9') {
      at++;
    }
    if (at == start) {
      throw malformed(at);
    }
  }

  private void skipSpace() {
    while (at < text.length && text[at] <= ' ' && JsonText.isSpace(text[at])) {
      at++;
    }
  }

  private int peek() {
    return at < text.length ? text[at] : -1;
  }

  private static void checkDepth(int depth) {
    if (depth > DEEPEST) {
      throw new DataException("it is nested deeper than " + DEEPEST + " levels");
    }
  }

  private static DataException twice(int start) {
    return new DataException("an object has a name twice, the second time at byte " + start);
  }

  private static DataException notUtf8() {
    return new DataException("it is not JSON: its text is not UTF-8");
  }

  private static DataException malformed(int where) {
    return new DataException("it is not JSON: it goes wrong at byte " + where);
  }
}
