package dev.tributary.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A page of the documentation, as much of its Markdown as links and names need. */
final class Page {

  /** A piece of a page, and the line where it begins, from 1 on. */
  record Piece(int line, String text) {}

  private static final Pattern FENCE = Pattern.compile("^\\s*(```|~~~)");
  private static final Pattern HEADING =
      Pattern.compile("^#{1,6}[ \\t]+(.*?)[ \\t]*#*$", Pattern.MULTILINE);
  private static final Pattern CODE = Pattern.compile("(`+)(.+?)\\1", Pattern.DOTALL);
  private static final Pattern INLINE_LINK = Pattern.compile("\\]\\(\\s*<?([^)\\s>]+)");
  private static final Pattern DEFINITION =
      Pattern.compile("^\\s{0,3}\\[([^\\]]+)\\]:\\s+(\\S+)", Pattern.MULTILINE);
  private static final Pattern HTML_LINK = Pattern.compile("(?:href|src)=\"([^\"]+)\"");

  /** A class as the text of a link whose target is defined elsewhere in the page. */
  private static final Pattern REFERENCE = Pattern.compile("\\[([A-Z]\\w+)\\](?![(:\\[])");

  private final Path file;
  private final String text;

  /** The page without fenced blocks, in the same lines. */
  private final String prose;

  Page(Path file, String text) {
    this.file = file;
    this.text = text;
    this.prose = withoutFences(text);
  }

  static Page of(Path file) {
    try {
      return new Page(file, Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String withoutFences(String text) {
    StringBuilder prose = new StringBuilder();
    boolean fenced = false;
    for (String line : text.split("\n", -1)) {
      boolean fence = FENCE.matcher(line).find();
      prose.append(fenced || fence ? "" : line).append('\n');
      fenced ^= fence;
    }
    return prose.toString();
  }

  Path file() {
    return file;
  }

  String text() {
    return text;
  }

  /** The targets of all links and images. */
  List<Piece> links() {
    String withoutCode = CODE.matcher(prose).replaceAll(Page::blank);
    List<Piece> links = new ArrayList<>(find(withoutCode, INLINE_LINK, 1));
    links.addAll(find(withoutCode, DEFINITION, 2));
    links.addAll(find(withoutCode, HTML_LINK, 1));
    return links;
  }

  /** As many lines, so that what follows keeps its number. */
  private static String blank(MatchResult code) {
    return code.group().replaceAll("[^\n]", "");
  }

  /** Links to a definition that the page does not have. */
  List<Piece> undefinedReferences() {
    Set<String> defined = new HashSet<>();
    find(prose, DEFINITION, 1).forEach(definition -> defined.add(definition.text()));
    String body = HEADING.matcher(prose).replaceAll("");
    String withoutCode = CODE.matcher(body).replaceAll(Page::blank);
    return find(withoutCode, REFERENCE, 1).stream()
        .filter(reference -> !defined.contains(reference.text()))
        .toList();
  }

  /** What stands in backticks, outside of fenced blocks. */
  List<Piece> code() {
    return find(prose, CODE, 2);
  }

  private static List<Piece> find(String text, Pattern pattern, int group) {
    List<Piece> found = new ArrayList<>();
    Matcher matcher = pattern.matcher(text);
    int line = 1;
    int counted = 0;
    while (matcher.find()) {
      int start = matcher.start(group);
      line += (int) text.substring(counted, start).chars().filter(c -> c == '\n').count();
      counted = start;
      found.add(new Piece(line, matcher.group(group)));
    }
    return found;
  }

  /** The anchors that GitHub gives to the headings. */
  Set<String> anchors() {
    Map<String, Integer> taken = new HashMap<>();
    for (String line : prose.split("\n", -1)) {
      Matcher heading = HEADING.matcher(line);
      if (heading.matches()) {
        String name = anchor(heading.group(1));
        String unique = name;
        while (taken.containsKey(unique)) {
          unique = name + "-" + taken.merge(name, 1, Integer::sum);
        }
        taken.put(unique, 0);
      }
    }
    return taken.keySet();
  }

  static String anchor(String heading) {
    return heading
        .replaceAll("\\[([^\\]]*)\\]\\([^)]*\\)", "$1")
        .toLowerCase(Locale.ROOT)
        .replaceAll("[^\\p{L}\\p{M}\\p{N}\\p{Pc}\\- ]", "")
        .replace(' ', '-');
  }
}
