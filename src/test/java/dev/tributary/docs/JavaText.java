package dev.tributary.docs;

import java.util.ArrayList;
import java.util.List;

/**
 * What a Java source says to people: its comments and string literals, each with the line where it
 * begins. Comments lose their frame, and literals that are joined by {@code +} are one text, so
 * that a phrase is found over the end of a line.
 */
final class JavaText {

  /** A text whose characters know their lines. */
  static final class Text {
    private final StringBuilder text = new StringBuilder();
    private final List<Integer> lines = new ArrayList<>();

    void add(char c, int line) {
      text.append(c);
      lines.add(line);
    }

    CharSequence text() {
      return text;
    }

    int line(int at) {
      return lines.get(at);
    }
  }

  private final String source;
  private final List<Text> texts = new ArrayList<>();
  private int at;
  private int line = 1;

  private JavaText(String source) {
    this.source = source;
  }

  static List<Text> of(String source) {
    JavaText java = new JavaText(source);
    java.scan();
    return java.texts;
  }

  private void scan() {
    Text literals = new Text();
    while (at < source.length()) {
      if (source.startsWith("//", at) || source.startsWith("/*", at)) {
        comment();
      } else if (source.startsWith("\"\"\"", at)) {
        literals = textBlock(literals);
      } else if (source.charAt(at) == '"') {
        literal(literals);
      } else if (source.charAt(at) == '\'') {
        character();
      } else {
        char c = next();
        if (c != '+' && !Character.isWhitespace(c)) {
          literals = finish(literals);
        }
      }
    }
    finish(literals);
  }

  private char next() {
    char c = source.charAt(at++);
    line += c == '\n' ? 1 : 0;
    return c;
  }

  private Text finish(Text literals) {
    if (literals.text().length() == 0) {
      return literals;
    }
    texts.add(literals);
    return new Text();
  }

  private void literal(Text literals) {
    next();
    while (at < source.length() && source.charAt(at) != '"') {
      if (source.charAt(at) == '\\') {
        next();
        next();
        literals.add(' ', line);
      } else {
        int where = line;
        literals.add(next(), where);
      }
    }
    next();
  }

  private Text textBlock(Text before) {
    Text block = finish(before);
    int end = source.indexOf("\"\"\"", at + 3);
    while (at < (end < 0 ? source.length() : end + 3)) {
      int where = line;
      block.add(next(), where);
    }
    return finish(block);
  }

  private void character() {
    next();
    while (source.charAt(at) != '\'') {
      if (source.charAt(at) == '\\') {
        next();
      }
      next();
    }
    next();
  }

  private void comment() {
    Text comment = new Text();
    boolean block = source.charAt(at + 1) == '*';
    int end = source.indexOf(block ? "*/" : "\n", at);
    while (at < (end < 0 ? source.length() : end)) {
      int where = line;
      char c = next();
      comment.add(c == '*' || c == '/' ? ' ' : c, where);
    }
    if (block) {
      at += 2;
    }
    texts.add(comment);
  }
}
