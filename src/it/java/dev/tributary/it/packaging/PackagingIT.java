package dev.tributary.it.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tributary.connect.ClickHouseSinkConnector;
import dev.tributary.connect.Deduplicate;
import dev.tributary.connect.JsonConverter;
import dev.tributary.connect.TemporalJoin;
import dev.tributary.connect.util.Version;
import java.io.IOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.apache.kafka.connect.runtime.isolation.PluginClassLoader;
import org.junit.jupiter.api.Test;

/** What the build leaves for users: plugin directory, zip and all-in-one jar. */
class PackagingIT {

  private static final String NAME = "tributary-connect-" + Version.get();
  private static final Path TARGET = Path.of("target");
  private static final Path DIRECTORY = TARGET.resolve(NAME);

  /** Brought by every worker; a second copy would break class loading or hide the worker's. */
  private static final String[] NEVER_BUNDLED = {
    "org/apache/kafka/", "org/slf4j/", "jakarta/", "org/apache/logging/"
  };

  @Test
  void version_is_the_projects() {
    assertThat(Version.get()).matches("\\d+\\.\\d+\\.\\d+.*");
    assertThat(new ClickHouseSinkConnector().version()).isEqualTo(Version.get());
  }

  @Test
  void plugin_directory_holds_libraries_manifest_and_documents() throws IOException {
    assertThat(DIRECTORY.resolve("doc/README.md")).exists();
    assertThat(DIRECTORY.resolve("doc/LICENSE")).exists();
    assertThat(DIRECTORY.resolve("etc/dedup-demo.json")).exists();
    JsonNode manifest = new ObjectMapper().readTree(DIRECTORY.resolve("manifest.json").toFile());
    assertThat(manifest.path("name").asText()).isEqualTo("tributary-connect");
    assertThat(manifest.path("version").asText()).isEqualTo(Version.get());
    try (Stream<Path> jars = Files.list(DIRECTORY.resolve("lib"))) {
      Set<String> classes =
          jars.flatMap(jar -> entries(jar).stream()).collect(Collectors.toCollection(TreeSet::new));
      assertThat(classes)
          .contains("dev/tributary/connect/Deduplicate.class")
          .contains("com/clickhouse/client/api/Client.class")
          .noneMatch(PackagingIT::isWorkers);
    }
  }

  @Test
  void every_library_is_documented() throws IOException {
    String page = Files.readString(Path.of("docs/dependencies.md"));
    try (Stream<Path> jars = Files.list(DIRECTORY.resolve("lib"))) {
      assertThat(jars)
          .extracting(jar -> jar.getFileName().toString().replaceFirst("-[0-9].*", ""))
          .hasSizeGreaterThan(5)
          .filteredOn(library -> !library.equals("tributary-connect"))
          .allMatch(
              library -> page.contains("`" + library + "`") || page.contains(":" + library + "`"));
    }
  }

  /** As a worker loads it, the client would choose Java code by itself. */
  @Test
  void plugin_compresses_with_native_code() throws Exception {
    List<URL> jars = new ArrayList<>();
    try (Stream<Path> files = Files.list(DIRECTORY.resolve("lib"))) {
      for (Path jar : files.toList()) {
        jars.add(jar.toUri().toURL());
      }
    }
    try (PluginClassLoader plugin =
        new PluginClassLoader(
            DIRECTORY.toUri().toURL(), jars.toArray(URL[]::new), getClass().getClassLoader())) {
      Class.forName("dev.tributary.connect.sink.clickhouse.HttpClickHouse", true, plugin);

      Class<?> factory = plugin.loadClass("net.jpountz.lz4.LZ4Factory");
      assertThat(factory.getClassLoader()).isSameAs(plugin);
      assertThat(factory.getMethod("fastestInstance").invoke(null)).hasToString("LZ4Factory:JNI");
    }
  }

  @Test
  void zip_holds_what_the_directory_holds() throws IOException {
    Set<String> inDirectory;
    try (Stream<Path> files = Files.walk(DIRECTORY)) {
      inDirectory =
          files
              .filter(Files::isRegularFile)
              .map(file -> NAME + "/" + DIRECTORY.relativize(file).toString().replace('\\', '/'))
              .collect(Collectors.toCollection(TreeSet::new));
    }
    try (ZipFile zip = new ZipFile(TARGET.resolve(NAME + ".zip").toFile())) {
      assertThat(zip.stream().filter(entry -> !entry.isDirectory()).map(entry -> entry.getName()))
          .containsExactlyInAnyOrderElementsOf(inDirectory);
    }
  }

  @Test
  void all_in_one_jar_has_everything_and_names_its_plugins() throws IOException {
    Path jar = TARGET.resolve(NAME + "-all.jar");

    assertThat(entries(jar))
        .contains(
            "dev/tributary/connect/ClickHouseSinkConnector.class",
            "com/clickhouse/client/api/Client.class",
            "com/dynatrace/hash4j/hashing/Hashing.class")
        .noneMatch(PackagingIT::isWorkers);
    assertThat(service(jar, "org.apache.kafka.connect.sink.SinkConnector"))
        .isEqualTo(ClickHouseSinkConnector.class.getName());
    assertThat(service(jar, "org.apache.kafka.connect.storage.Converter"))
        .isEqualTo(JsonConverter.class.getName());
    assertThat(service(jar, "org.apache.kafka.connect.transforms.Transformation"))
        .isEqualTo(Deduplicate.class.getName() + "\n" + TemporalJoin.class.getName());
  }

  private static boolean isWorkers(String entry) {
    return Stream.of(NEVER_BUNDLED).anyMatch(entry::startsWith);
  }

  private static Set<String> entries(Path jar) {
    try (JarFile file = new JarFile(jar.toFile())) {
      return file.stream()
          .map(entry -> entry.getName())
          .filter(name -> name.endsWith(".class"))
          .collect(Collectors.toSet());
    } catch (IOException e) {
      throw new AssertionError(jar + " cannot be read", e);
    }
  }

  private static String service(Path jar, String type) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      byte[] text = file.getInputStream(file.getEntry("META-INF/services/" + type)).readAllBytes();
      return new String(text, StandardCharsets.UTF_8).strip();
    }
  }
}
