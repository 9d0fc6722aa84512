package dev.tributary.connect.util;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tributary.connect.util.NativeCompressionChild.Step;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a worker leaves in its temporary directory, seen from outside: each is killed. */
@EnabledOnOs(OS.LINUX)
@Timeout(60)
class NativeCompressionTest {

  private static final String FALLBACK = "Inserts work but are compressed in Java";

  private static final Step[] INSERTS = {
    Step.INSERTS_LOAD, Step.INSERTS_LOAD, Step.INSERTS_COMPRESS, Step.KAFKA_COMPRESSES
  };

  @TempDir Path directory;

  static Stream<Arguments> orders() {
    return Stream.of(
        Arguments.of("inserts", INSERTS),
        Arguments.of(
            "state topics only", new Step[] {Step.STATE_TOPICS_LOAD, Step.KAFKA_COMPRESSES}),
        Arguments.of(
            "state topics first",
            new Step[] {
              Step.STATE_TOPICS_LOAD,
              Step.INSERTS_LOAD,
              Step.STATE_TOPICS_LOAD,
              Step.INSERTS_COMPRESS,
              Step.KAFKA_COMPRESSES
            }),
        Arguments.of(
            "Kafka's clients first",
            new Step[] {Step.KAFKA_COMPRESSES, Step.INSERTS_LOAD, Step.INSERTS_COMPRESS}));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("orders")
  void killed_worker_leaves_nothing(String order, Step[] steps) throws Exception {
    List<String> output = runAndKill(directory, List.of(), steps);

    assertThat(output)
        .as(order)
        .filteredOn(line -> line.contains(" with "))
        .isNotEmpty()
        .allMatch(line -> line.endsWith("with LZ4Factory:JNI"));
    assertThat(directory).isEmptyDirectory();
  }

  /** The moment between unpacking and loading is short: mostly, but not always, it is hit. */
  @Test
  void library_that_another_process_deletes_before_it_is_loaded_is_unpacked_again()
      throws Exception {
    List<String> output =
        runAndKill(
            directory,
            List.of(),
            Step.ANOTHER_DELETES_THE_NEXT_LIBRARY,
            Step.INSERTS_LOAD,
            Step.INSERTS_COMPRESS);

    assertThat(output).contains("INSERTS_COMPRESS with LZ4Factory:JNI");
    assertThat(directory).isEmptyDirectory();
  }

  /** Somebody may want to look into the library, or keep it for a checkpoint of the process. */
  @Test
  void file_stays_where_the_worker_is_configured_to_keep_it() throws Exception {
    runAndKill(directory, List.of("-Dlz4java.jnilib.temp.keep=true"), INSERTS);

    assertThat(directory).isDirectoryContaining("glob:**/liblz4-java-*.so");
  }

  @Test
  void leftovers_of_earlier_kills_go_but_not_what_another_worker_is_about_to_load()
      throws Exception {
    Path leftover = Files.createFile(directory.resolve("liblz4-java-1.so"));
    Path lock = Files.createFile(directory.resolve("liblz4-java-1.so.lck"));
    for (Path old : List.of(leftover, lock)) {
      Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofHours(2))));
    }
    Files.createFile(directory.resolve("liblz4-java-2.so"));

    runAndKill(directory, List.of(), INSERTS);

    assertThat(names()).containsExactly("liblz4-java-2.so");
  }

  @Test
  void only_mapped_files_are_deleted_with_their_locks() throws Exception {
    for (String name :
        List.of("liblz4-java-17.so", "liblz4-java-17.so.lck", "liblz4-java-18.so", "other.so")) {
      Files.createFile(directory.resolve(name));
    }
    String maps =
        """
        7f5c1c000000-7f5c1c021000 rw-p 00000000 00:00 0
        7f5c20000000-7f5c20001000 r--p 00000000 08:01 41 /tmp/liblz4-java-17.so
        7f5c20001000-7f5c20021000 r-xp 00001000 08:01 41 /tmp/liblz4-java-17.so
        7f5c21000000-7f5c21001000 r-xp 00000000 08:01 42 /tmp/liblz4-java-18.so (deleted)
        7f5c22000000-7f5c22001000 r-xp 00000000 08:01 43 /tmp/other.so
        7f5c23000000-7f5c23001000 r-xp 00000000 08:01 44 /tmp/liblz4-java-19.so
        """;

    NativeCompression.deleteMapped(maps.lines(), directory);

    assertThat(names()).containsExactlyInAnyOrder("liblz4-java-18.so", "other.so");
  }

  @Test
  void missing_directory_is_logged_once_and_inserts_are_compressed_in_java() throws Exception {
    assertLoggedOnce(directory.resolve("missing"), "No such file or directory");
  }

  @Test
  void read_only_directory_is_logged_once_and_inserts_are_compressed_in_java() throws Exception {
    try (Mount mount = Mount.of(directory, "ro")) {
      assertLoggedOnce(mount.directory(), "Read-only file system");
    }
  }

  @Test
  void directory_without_execution_is_logged_once_and_left_empty() throws Exception {
    try (Mount mount = Mount.of(directory, "noexec")) {
      assertLoggedOnce(mount.directory(), "failed to map segment from shared object");
      assertThat(mount.directory()).isEmptyDirectory();
    }
  }

  @Test
  void platform_without_native_code_is_logged_once() throws Exception {
    List<String> output = runAndKill(directory, List.of("-Dos.arch=pdp11"), INSERTS);

    assertThat(output)
        .filteredOn(line -> line.contains(FALLBACK))
        .singleElement()
        .asString()
        .contains("linux/pdp11")
        .endsWith("nothing needs to be done.");
    assertThat(output).contains("INSERTS_COMPRESS with LZ4Factory:JavaSafe");
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  private static void assertLoggedOnce(Path temporary, String reason) throws Exception {
    List<String> output = runAndKill(temporary, List.of(), INSERTS);

    assertThat(output)
        .filteredOn(line -> line.contains(FALLBACK))
        .singleElement()
        .asString()
        .contains(" INFO ")
        .contains(reason)
        .contains("It is unpacked into " + temporary + ",")
        .contains("-Djava.io.tmpdir");
    assertThat(output)
        .contains(
            "INSERTS_COMPRESS with LZ4Factory:JavaSafe",
            "KAFKA_COMPRESSES with LZ4Factory:JavaSafe");
  }

  /** Returns what the process has printed; its log is at INFO on standard output. */
  private static List<String> runAndKill(Path temporary, List<String> options, Step... steps)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx64m",
            "-XX:TieredStopAtLevel=1",
            "-Djava.io.tmpdir=" + temporary,
            "-Dlog4j2.configurationFile=classpath:dev/tributary/stack/child/log4j2.xml"));
    command.addAll(options);
    command.addAll(
        List.of(
            "-cp", System.getProperty("java.class.path"), NativeCompressionChild.class.getName()));
    Stream.of(steps).map(Step::name).forEach(command::add);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
      List<String> lines = new ArrayList<>();
      String line = output.readLine();
      while (line != null && !line.equals(NativeCompressionChild.READY)) {
        lines.add(line);
        line = output.readLine();
      }
      assertThat(line).as("%s", lines).isEqualTo(NativeCompressionChild.READY);
      return lines;
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  /** A file system in memory, for those who may mount one. */
  private record Mount(Path directory) implements AutoCloseable {

    static Mount of(Path parent, String options) throws IOException {
      Path directory = Files.createDirectory(parent.resolve(options));
      assumeTrue(
          succeeds("mount", "-t", "tmpfs", "-o", options, "tmpfs", directory.toString()),
          "needs the right to mount");
      return new Mount(directory);
    }

    @Override
    public void close() throws IOException {
      assertThat(succeeds("umount", directory.toString())).isTrue();
    }

    private static boolean succeeds(String... command) throws IOException {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getInputStream().transferTo(OutputStream.nullOutputStream());
      return process.onExit().join().exitValue() == 0;
    }
  }
}
