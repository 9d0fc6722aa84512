package dev.tributary.connect.sink.clickhouse;

import dev.tributary.connect.sink.table.TableId;

/** A statement, read from left to right; whatever is not as expected throws. */
final class SqlText {

  private final String sql;
  private int at;

  SqlText(String sql) {
    this.sql = sql;
  }

  boolean accept(String text) {
    boolean found = sql.startsWith(text, at);
    at += found ? text.length() : 0;
    return found;
  }

  SqlText expect(String text) {
    if (!accept(text)) {
      throw unexpected("<" + text + ">");
    }
    return this;
  }

  void expectEnd() {
    if (at < sql.length()) {
      throw unexpected("the end");
    }
  }

  /** An identifier in backquotes. */
  String identifier() {
    expect("`");
    StringBuilder name = new StringBuilder();
    while (!accept("`")) {
      accept("\\");
      name.append(next());
    }
    return name.toString();
  }

  TableId table() {
    String database = identifier();
    expect(".");
    return new TableId(database, identifier());
  }

  /** A string without escapes. */
  String string() {
    expect("'");
    StringBuilder text = new StringBuilder();
    while (!accept("'")) {
      text.append(next());
    }
    return text.toString();
  }

  long number() {
    int from = at;
    accept("-");
    while (at < sql.length() && Character.isDigit(sql.charAt(at))) {
      at++;
    }
    try {
      return Long.parseLong(sql.substring(from, at));
    } catch (NumberFormatException e) {
      throw unexpected("a number");
    }
  }

  /** All up to a comma, a closing bracket or a blank that is in no bracket and in no string. */
  String type() {
    int from = at;
    int depth = 0;
    boolean quoted = false;
    while (at < sql.length()) {
      char next = sql.charAt(at);
      quoted ^= next == '\'';
      if (!quoted && depth == 0 && (next == ',' || next == ')' || next == ' ')) {
        break;
      }
      depth += quoted ? 0 : next == '(' ? 1 : next == ')' ? -1 : 0;
      at++;
    }
    return sql.substring(from, at);
  }

  /** All up to a text, or to the end where it does not come. */
  String upTo(String text) {
    int found = sql.indexOf(text, at);
    int from = at;
    at = found < 0 ? sql.length() : found;
    return sql.substring(from, at);
  }

  private char next() {
    if (at == sql.length()) {
      throw unexpected("more");
    }
    return sql.charAt(at++);
  }

  IllegalArgumentException unexpected(String expected) {
    return new IllegalArgumentException(
        "expected " + expected + " at <" + sql.substring(at) + "> of <" + sql + ">");
  }
}
