package dev.tributary.connect.sink.columns;

import java.util.ArrayList;
import java.util.List;

/**
 * A ClickHouse type taken apart: {@code Map(String, Enum8('a' = 1))} is named {@code Map} and has
 * two arguments, which are types themselves; an argument that is a number or a quoted text is a
 * type without arguments of its own.
 *
 * <p>The driver's own parser is not used: it reads the escape {@code \n} of an enum's name as the
 * letter n and an unknown time zone as GMT, and does not map an enum's names to numbers.
 *
 * @param label the name in front of a tuple's element or a typed path of JSON, unquoted; else empty
 * @param text exactly as ClickHouse spells it, without the label
 * @param name the type's name; for a literal, its text in plain
 * @param quoted whether the name is a quoted literal
 * @param number what a quoted literal is set to, as in {@code 'a' = 1}; else 0
 */
record ColumnType(
    String label,
    String text,
    String name,
    boolean quoted,
    int number,
    List<ColumnType> arguments) {

  /** What Point travels as; names are not part of what travels. */
  static final ColumnType POINT = parse("Tuple(x Float64, y Float64)");

  private static final ColumnType GEOMETRY =
      parse("Variant(LineString, MultiLineString, MultiPolygon, Point, Polygon, Ring)");

  static ColumnType parse(String text) {
    Parser parser = new Parser(text);
    ColumnType type = parser.type();
    parser.end();
    return type;
  }

  /** A type without arguments. */
  static ColumnType plain(String name) {
    return new ColumnType("", name, name, false, 0, List.of());
  }

  /** A type of this one only, as in {@code Array(T)}. */
  ColumnType in(String outer) {
    return new ColumnType("", outer + "(" + text + ")", outer, false, 0, List.of(this));
  }

  /** The type whose data this type's are: of shapes, Nested and SimpleAggregateFunction another. */
  ColumnType layout() {
    return switch (name) {
      case "Nested" -> new ColumnType("", text, "Tuple", false, 0, arguments).in("Array");
      case "Point" -> POINT;
      case "Ring", "LineString" -> POINT.in("Array");
      case "Polygon", "MultiLineString" -> POINT.in("Array").in("Array");
      case "MultiPolygon" -> POINT.in("Array").in("Array").in("Array");
      case "Geometry" -> GEOMETRY;
      case "SimpleAggregateFunction" -> {
        if (arguments.size() != 2) {
          throw new UnsupportedTypeException(text, "it should have two arguments");
        }
        yield arguments.get(1); // merging is ClickHouse's
      }
      default -> this;
    };
  }

  ColumnType only() {
    if (arguments.size() != 1) {
      throw new UnsupportedTypeException(text, "it should have one argument");
    }
    return arguments.get(0);
  }

  /** The argument at an index as a number. */
  int integer(int index) {
    String argument = index < arguments.size() ? arguments.get(index).name() : "";
    if (argument.isEmpty() || argument.length() > 9 || !argument.chars().allMatch(Parser::digit)) {
      throw new UnsupportedTypeException(text, "argument " + (index + 1) + " should be a number");
    }
    return Integer.parseInt(argument);
  }

  private static final class Parser {

    private final String text;
    private int at;

    Parser(String text) {
      this.text = text;
    }

    static boolean digit(int c) {
      return c >= '0' && c <= '9';
    }

    ColumnType type() {
      skipSpaces();
      int start = at;
      if (at < text.length() && text.charAt(at) == '\'') {
        String literal = literal();
        int number = assigned();
        return new ColumnType("", text.substring(start, at), literal, true, number, List.of());
      }
      if (at < text.length() && text.charAt(at) == '`') {
        return new ColumnType("", "", literal(), false, 0, List.of());
      }
      while (at < text.length() && "(), ='".indexOf(text.charAt(at)) < 0) {
        at++;
      }
      String name = text.substring(start, at);
      if (name.isEmpty()) {
        throw malformed();
      }
      List<ColumnType> arguments = new ArrayList<>();
      if (take('(') && !take(')')) {
        do {
          arguments.add(element(name));
        } while (take(','));
        if (!take(')')) {
          throw malformed();
        }
      }
      return new ColumnType("", text.substring(start, at), name, false, 0, List.copyOf(arguments));
    }

    /**
     * A type, or a name and a type; accepts what follows it, as in {@code max_types=3} and in the
     * {@code SKIP path} of JSON, where a path with that name stands in backticks.
     */
    private ColumnType element(String outer) {
      ColumnType first = type();
      if (outer.equals("JSON") && first.name().equals("SKIP") && !first.text().isEmpty()) {
        skipRest();
        return first;
      }
      if (first.quoted() || atEnd() || text.charAt(at) == '=') {
        skipRest();
        return first;
      }
      ColumnType second = type();
      skipRest();
      return new ColumnType(
          first.name(),
          second.text(),
          second.name(),
          second.quoted(),
          second.number(),
          second.arguments());
    }

    private void skipRest() {
      while (!atEnd()) {
        if (!take('=')) {
          type();
        }
      }
    }

    private boolean atEnd() {
      skipSpaces();
      return at == text.length() || text.charAt(at) == ',' || text.charAt(at) == ')';
    }

    /** A text in quotes or in backticks, in plain. */
    private String literal() {
      StringBuilder plain = new StringBuilder();
      char quote = text.charAt(at++);
      while (at < text.length()) {
        char c = text.charAt(at++);
        if (c == quote) {
          if (at == text.length() || text.charAt(at) != quote) {
            return plain.toString();
          }
          at++;
          plain.append(quote);
        } else if (c == '\\' && at < text.length()) {
          plain.append(unescaped(text.charAt(at++)));
        } else {
          plain.append(c);
        }
      }
      throw malformed();
    }

    /** The escapes ClickHouse writes. */
    private static char unescaped(char c) {
      return switch (c) {
        case 'b' -> '\b';
        case 'f' -> '\f';
        case 'n' -> '\n';
        case 'r' -> '\r';
        case 't' -> '\t';
        case '0' -> '\0';
        default -> c;
      };
    }

    private int assigned() {
      if (!take('=')) {
        return 0;
      }
      skipSpaces();
      int start = at;
      while (at < text.length() && (digit(text.charAt(at)) || text.charAt(at) == '-')) {
        at++;
      }
      try {
        return Integer.parseInt(text, start, at, 10);
      } catch (NumberFormatException e) {
        throw malformed();
      }
    }

    private boolean take(char c) {
      skipSpaces();
      if (at < text.length() && text.charAt(at) == c) {
        at++;
        return true;
      }
      return false;
    }

    private void skipSpaces() {
      while (at < text.length() && text.charAt(at) == ' ') {
        at++;
      }
    }

    void end() {
      skipSpaces();
      if (at < text.length()) {
        throw malformed();
      }
    }

    private UnsupportedTypeException malformed() {
      return new UnsupportedTypeException(text, "the type cannot be read at character " + (at + 1));
    }
  }
}
