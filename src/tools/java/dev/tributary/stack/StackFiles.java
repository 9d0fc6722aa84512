package dev.tributary.stack;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;

/** Where the build has put the parts of the stack. */
public final class StackFiles {

  private static final Properties BUILD = read();

  private StackFiles() {}

  /** The checkout: {@code connectors/} and the like are below it. */
  public static Path baseDirectory() {
    return Path.of(value("base.directory"));
  }

  static Path stackDirectory() {
    return Path.of(value("build.directory"), "stack");
  }

  /** The packaged plugin, as a user puts it on {@code plugin.path}. */
  public static Path pluginDirectory() {
    return Path.of(value("plugin.directory"));
  }

  /** Sink connectors that know nothing of the plugin, in a plugin directory of their own. */
  public static Path foreignSinkDirectory() {
    return stackDirectory().resolve("plugins").resolve("foreign-sink");
  }

  static String chdbVersion() {
    return value("chdb.version");
  }

  /** Kafka's own libraries and the launcher of child JVMs, and nothing of the plugin. */
  static String kafkaClassPath() {
    return childJar() + File.pathSeparator + classPath("kafka.classpath");
  }

  static String clickHouseClassPath() {
    List<String> jna =
        Stream.of(classPath("stack.classpath").split(File.pathSeparator))
            .filter(jar -> Path.of(jar).getFileName().toString().startsWith("jna-"))
            .toList();
    return childJar() + File.pathSeparator + String.join(File.pathSeparator, jna);
  }

  /** A new directory for the files of one run, below the build directory. */
  static Path newWorkDirectory(String prefix) {
    try {
      Path parent = Files.createDirectories(stackDirectory().resolve("runs"));
      return Files.createTempDirectory(parent, prefix + "-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void deleteTree(Path root) {
    if (!Files.exists(root)) {
      return;
    }
    try (Stream<Path> paths = Files.walk(root)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException | UncheckedIOException e) {
      System.err.println("Could not delete " + root + ": " + e.getMessage());
    }
  }

  private static Path childJar() {
    return built("child-stack.jar");
  }

  private static String classPath(String file) {
    try {
      return Files.readString(built(file)).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path built(String file) {
    Path path = stackDirectory().resolve(file);
    if (!Files.exists(path)) {
      throw new StackException(path + " is missing: run `mvn package` first");
    }
    return path;
  }

  private static String value(String key) {
    String value = BUILD.getProperty(key);
    if (value == null) {
      throw new StackException("tributary-stack.properties has no " + key);
    }
    return value;
  }

  private static Properties read() {
    Properties properties = new Properties();
    try (InputStream in = StackFiles.class.getResourceAsStream("/tributary-stack.properties")) {
      if (in == null) {
        throw new StackException("tributary-stack.properties is not on the class path");
      }
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties;
  }
}
