package dev.tributary;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Source roots are compiled together, so only this keeps them apart: the plugin uses none of the
 * others, the tools use the plugin alone, and the packages of the tools are layers.
 */
class SourceRootsTest {

  private static final Pattern IMPORT =
      Pattern.compile("^import (?:static )?(dev\\.tributary\\.[\\w.]+?)\\.[A-Z]\\w*.*;$");

  private static final Pattern WORDS = Pattern.compile("\\W+");

  /** What the sources of a root may use besides their own. */
  private static final Map<String, Set<String>> USES =
      Map.of(
          "main", Set.of(),
          "tools", Set.of("main"),
          "test", Set.of("main", "tools"),
          "bench", Set.of("main", "tools", "test"),
          "it", Set.of("main", "tools", "test"));

  /** From the top to the bottom, below {@code dev.tributary}; a package uses those after it. */
  private static final List<String> TOOLS =
      List.of("cli", "bench", "chaos", "demo", "foreign", "stack", "stack.child");

  @Test
  void roots_use_only_those_below_them() {
    Map<String, Set<String>> rootsOf = new TreeMap<>();
    for (Source source : sources()) {
      rootsOf.computeIfAbsent(source.type(), type -> new TreeSet<>()).add(source.root());
    }
    List<String> problems = new ArrayList<>();
    for (Source source : sources()) {
      for (String type : source.uses(rootsOf.keySet())) {
        for (String root : rootsOf.getOrDefault(type, Set.of())) {
          if (!root.equals(source.root()) && !uses(source.root()).contains(root)) {
            problems.add(
                source.type() + " of src/" + source.root() + " uses " + type + " of src/" + root);
          }
        }
      }
    }
    assertThat(problems).isEmpty();
    assertThat(rootsOf).allSatisfy((type, roots) -> assertThat(roots).as(type).hasSize(1));
  }

  @Test
  void packages_of_the_tools_are_layers() {
    List<String> problems = new ArrayList<>();
    for (Source source : sources()) {
      if (source.root().equals("tools")) {
        int layer = layer(source.type());
        for (String type : source.imports()) {
          if (!type.startsWith("dev.tributary.connect.") && layer(type) < layer) {
            problems.add(source.type() + " uses " + type);
          }
        }
      }
    }
    assertThat(problems).isEmpty();
  }

  @Test
  void no_two_classes_share_a_name() {
    Map<String, List<String>> names = new TreeMap<>();
    for (Source source : sources()) {
      String name = source.type().substring(source.type().lastIndexOf('.') + 1);
      names.computeIfAbsent(name, key -> new ArrayList<>()).add(source.type());
    }
    assertThat(names).allSatisfy((name, types) -> assertThat(types).hasSize(1));
  }

  private static Set<String> uses(String root) {
    return USES.getOrDefault(root, Set.of());
  }

  private static int layer(String type) {
    String name = type.substring("dev.tributary.".length(), type.lastIndexOf('.'));
    int layer = TOOLS.indexOf(name);
    assertThat(layer).as("Layer of " + type).isNotNegative();
    return layer;
  }

  /**
   * A source file.
   *
   * @param root the folder below src
   * @param type qualified
   * @param imports of ours, qualified, without members
   * @param words of the whole text
   */
  private record Source(String root, String type, Set<String> imports, Set<String> words) {

    /** What it imports, and those of its own package that it names. */
    Set<String> uses(Set<String> types) {
      String prefix = type.substring(0, type.lastIndexOf('.') + 1);
      Set<String> all = new TreeSet<>(imports);
      words.stream().map(prefix::concat).filter(types::contains).forEach(all::add);
      return all;
    }

    static Source of(Path file) {
      Path path = Path.of("src").relativize(file);
      String type =
          path.subpath(2, path.getNameCount()).toString().replace(".java", "").replace('/', '.');
      try {
        String text = Files.readString(file);
        Set<String> imports =
            text.lines()
                .map(IMPORT::matcher)
                .filter(Matcher::matches)
                .map(line -> line.group().replaceAll("^import (static )?|;$", ""))
                .map(name -> name.replaceAll("(\\.[A-Z]\\w*)\\..*", "$1"))
                .collect(Collectors.toSet());
        return new Source(
            path.getName(0).toString(),
            type,
            imports,
            WORDS.splitAsStream(text).collect(Collectors.toSet()));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static List<Source> sources() {
    try (Stream<Path> files = Files.walk(Path.of("src"))) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .filter(file -> !file.endsWith("package-info.java"))
          .map(Source::of)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
