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
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Source roots are compiled together, so only this keeps them apart: the plugin uses none of the
 * others, and the tools use the plugin alone. In both, packages are layers: each uses only those
 * below it, in code and in Javadoc. docs/architecture.md draws them.
 */
class SourceRootsTest {

  /** Names one of our types, in an import or in full. */
  private static final Pattern QUALIFIED =
      Pattern.compile("\\bdev\\.tributary(?:\\.[a-z]\\w*)*\\.[A-Z]\\w*");

  /** A default or a message may name a class that users write. */
  private static final Pattern STRINGS = Pattern.compile("\"(?:\\\\.|[^\"\\\\\n])*\"");

  private static final Pattern WORDS = Pattern.compile("\\W+");

  /** What the sources of a root may use besides their own. */
  private static final Map<String, Set<String>> USES =
      Map.of(
          "main", Set.of(),
          "tools", Set.of("main"),
          "test", Set.of("main", "tools"),
          "bench", Set.of("main", "tools", "test"),
          "it", Set.of("main", "tools", "test"));

  /** By root, from the top to the bottom; a package uses those after it. */
  private static final Map<String, List<String>> LAYERS =
      Map.of(
          "main",
          Stream.of(
                  "",
                  ".chain",
                  ".sink",
                  ".sink.config",
                  ".sink.exactly",
                  ".sink.progress",
                  ".sink.insert",
                  ".sink.batch",
                  ".sink.offsets",
                  ".sink.row",
                  ".sink.clickhouse",
                  ".sink.table",
                  ".sink.columns",
                  ".dedup",
                  ".dedup.index",
                  ".join",
                  ".join.right",
                  ".state",
                  ".kafka",
                  ".json",
                  ".record",
                  ".util")
              .map("dev.tributary.connect"::concat)
              .toList(),
          "tools",
          Stream.of("cli", "bench", "chaos", "demo", "foreign", "stack", "stack.child")
              .map("dev.tributary."::concat)
              .toList());

  /** The catalogue of column types holds one file a type. */
  private static final String CATALOGUE = "dev.tributary.connect.sink.columns";

  private static final int MOST_FILES = 20;

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
  void packages_are_layers() {
    List<String> upwards = new ArrayList<>();
    for (Source source : sources()) {
      List<String> layers = LAYERS.get(source.root());
      if (layers == null) {
        continue;
      }
      int own = layers.indexOf(source.packageName());
      assertThat(own).as("Layer of " + source.type()).isNotNegative();
      for (String type : source.qualified()) {
        int used = layers.indexOf(packageOf(type));
        if (used >= 0 && used < own) {
          upwards.add(source.type() + " uses " + type);
        }
      }
    }
    assertThat(upwards).isEmpty();
  }

  @Test
  void no_package_of_the_plugin_is_too_full() {
    Map<String, Long> files =
        sources().stream()
            .filter(source -> source.root().equals("main"))
            .filter(source -> !source.packageName().equals(CATALOGUE))
            .collect(Collectors.groupingBy(Source::packageName, Collectors.counting()));
    assertThat(files)
        .isNotEmpty()
        .allSatisfy((name, count) -> assertThat(count).isLessThanOrEqualTo(MOST_FILES));
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

  private static String packageOf(String type) {
    return type.substring(0, type.lastIndexOf('.'));
  }

  /**
   * A source file.
   *
   * @param root the folder below src
   * @param type qualified
   * @param qualified the types of ours that it imports or names in full
   * @param words of the whole text
   */
  private record Source(String root, String type, Set<String> qualified, Set<String> words) {

    /** Those, and the types of its own package that it names. */
    Set<String> uses(Set<String> types) {
      Set<String> all = new TreeSet<>(qualified);
      words.stream().map((packageName() + ".")::concat).filter(types::contains).forEach(all::add);
      return all;
    }

    String packageName() {
      return packageOf(type);
    }

    static Source of(Path file) {
      Path path = Path.of("src").relativize(file);
      String type =
          path.subpath(2, path.getNameCount()).toString().replace(".java", "").replace('/', '.');
      try {
        String text = STRINGS.matcher(Files.readString(file)).replaceAll("");
        Set<String> qualified =
            QUALIFIED.matcher(text).results().map(MatchResult::group).collect(Collectors.toSet());
        return new Source(
            path.getName(0).toString(),
            type,
            qualified,
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
