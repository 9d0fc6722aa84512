package dev.tributary.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.docs.Page.Piece;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The pages link to what there is, name classes that there are, and keep to plain English. */
class DocsTest {

  private static final Path ROOT = Path.of("").toAbsolutePath();
  private static final Path DOCS = ROOT.resolve("docs");

  private static final Pattern TEST = Pattern.compile("^([A-Z]\\w+(?:Test|IT|Jmh|Bench))\\b.*");
  private static final Pattern SOURCE = Pattern.compile("^(?:.*/)?(\\w+)\\.java$");
  private static final Pattern MEMBER = Pattern.compile("^([A-Z]\\w+)\\.(\\w+)$");

  /** Turns of phrase that make readers stumble, with words to use instead. */
  private static final Map<String, String> BANNED = phrases();

  private static Map<String, String> phrases() {
    return read(ROOT.resolve("src/test/resources/dev/tributary/docs/phrases.txt"))
        .lines()
        .map(line -> line.split(" -> "))
        .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
  }

  @Test
  void every_relative_link_leads_somewhere() {
    Map<Path, Set<String>> anchors = new HashMap<>();
    assertThat(
            problems(
                pages(),
                (page, problems) -> {
                  for (Piece link : page.links()) {
                    String problem = problem(page, link.text(), anchors);
                    if (!problem.isEmpty()) {
                      problems.add(at(page.file(), link.line()) + problem);
                    }
                  }
                  for (Piece link : page.undefinedReferences()) {
                    problems.add(
                        at(page.file(), link.line())
                            + "["
                            + link.text()
                            + "] has no definition in this page");
                  }
                }))
        .as("links that lead nowhere")
        .isEmpty();
  }

  /** What is wrong with a link; empty if nothing is. */
  private static String problem(Page page, String link, Map<Path, Set<String>> anchors) {
    if (link.matches("(?i)[a-z][a-z0-9+.-]*:.*")) {
      return "";
    }
    String[] parts = link.split("#", 2);
    Path target =
        parts[0].isEmpty()
            ? page.file()
            : page.file()
                .resolveSibling(URLDecoder.decode(parts[0], StandardCharsets.UTF_8))
                .normalize();
    if (!target.startsWith(ROOT) || !Files.exists(target)) {
      return link + ": there is no file " + relative(target);
    }
    if (parts.length > 1
        && target.toString().endsWith(".md")
        && !anchors.computeIfAbsent(target, file -> Page.of(file).anchors()).contains(parts[1])) {
      return link + ": " + relative(target) + " has no heading #" + parts[1];
    }
    return "";
  }

  @Test
  void classes_and_members_that_pages_name_exist() {
    Map<String, Path> sources = sources();
    assertThat(
            problems(
                pages(),
                (page, problems) -> {
                  for (Piece code : page.code()) {
                    String problem = problem(code.text(), sources);
                    if (!problem.isEmpty()) {
                      problems.add(at(page.file(), code.line()) + problem);
                    }
                  }
                }))
        .as("names in backticks")
        .isEmpty();
  }

  private static String problem(String name, Map<String, Path> sources) {
    for (Pattern pattern : List.of(TEST, SOURCE)) {
      Matcher matcher = pattern.matcher(name);
      if (matcher.matches() && !sources.containsKey(matcher.group(1))) {
        return "`" + name + "`: there is no source file " + matcher.group(1) + ".java";
      }
    }
    Matcher member = MEMBER.matcher(name);
    if (member.matches()) {
      Path file = sources.get(member.group(1));
      if (file != null && !read(file).matches("(?s).*\\b" + member.group(2) + "\\b.*")) {
        return "`" + name + "`: " + relative(file) + " has no " + member.group(2);
      }
    }
    return "";
  }

  @Test
  void pages_are_in_plain_english() {
    List<Page> checked =
        Stream.concat(
                files(DOCS, 1, ".md"), Stream.of("README.md", "CONTRIBUTING.md").map(ROOT::resolve))
            .map(Page::of)
            .toList();
    assertThat(
            problems(
                checked,
                (page, problems) -> {
                  JavaText.Text text = new JavaText.Text();
                  int line = 1;
                  for (char c : page.text().toCharArray()) {
                    text.add(c, line);
                    line += c == '\n' ? 1 : 0;
                  }
                  problems.addAll(banned(page.file(), text));
                }))
        .as("banned phrases")
        .isEmpty();
  }

  @Test
  void comments_and_messages_are_in_plain_english() {
    List<String> problems = new ArrayList<>();
    for (Path root : sourceRoots()) {
      files(root, Integer.MAX_VALUE, ".java")
          .forEach(
              file -> JavaText.of(read(file)).forEach(text -> problems.addAll(banned(file, text))));
    }
    assertThat(problems).as("banned phrases").isEmpty();
  }

  private static List<String> banned(Path file, JavaText.Text text) {
    Map<Integer, String> found = new HashMap<>();
    BANNED.forEach(
        (phrase, instead) -> {
          Matcher matcher =
              Pattern.compile("(?i)\\b" + phrase.replace(" ", "\\s+") + "\\b").matcher(text.text());
          while (matcher.find()) {
            String message =
                at(file, text.line(matcher.start())) + "\"" + phrase + "\", better: " + instead;
            // Of two phrases with the same end the longer one counts.
            found.merge(matcher.end(), message, DocsTest::longer);
          }
        });
    return found.values().stream().sorted().toList();
  }

  private static String longer(String one, String other) {
    return one.length() >= other.length() ? one : other;
  }

  private static List<String> problems(List<Page> pages, BiConsumer<Page, List<String>> check) {
    List<String> problems = new ArrayList<>();
    assertThat(pages).isNotEmpty();
    pages.forEach(page -> check.accept(page, problems));
    return problems;
  }

  private static List<Page> pages() {
    return Stream.of(
            Stream.of("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
                .map(ROOT::resolve),
            files(DOCS, Integer.MAX_VALUE, ".md"),
            files(ROOT.resolve(".github"), 1, ".md"))
        .flatMap(files -> files)
        .map(Page::of)
        .toList();
  }

  private static List<Path> sourceRoots() {
    try (Stream<Path> kinds = Files.list(ROOT.resolve("src"))) {
      List<Path> roots =
          kinds.map(kind -> kind.resolve("java")).filter(Files::isDirectory).sorted().toList();
      assertThat(roots).contains(ROOT.resolve("src/main/java"), ROOT.resolve("src/test/java"));
      return roots;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All sources by the names of their classes, whatever source root they are in. */
  private static Map<String, Path> sources() {
    return files(ROOT.resolve("src"), Integer.MAX_VALUE, ".java")
        .collect(
            Collectors.toMap(
                file -> file.getFileName().toString().replace(".java", ""),
                file -> file,
                (one, other) -> one));
  }

  static Stream<Path> files(Path directory, int depth, String ending) {
    try (Stream<Path> found = Files.walk(directory, depth)) {
      return found.filter(file -> file.toString().endsWith(ending)).sorted().toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String at(Path file, int line) {
    return relative(file) + ":" + line + ": ";
  }

  private static Path relative(Path file) {
    return file.startsWith(ROOT) ? ROOT.relativize(file) : file;
  }
}
