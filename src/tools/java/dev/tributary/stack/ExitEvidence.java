package dev.tributary.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The evidence that a child JVM leaves in its working directory when it ends by itself: HotSpot's
 * {@code hs_err} file, a core file where the system writes one there, and a report of what the
 * kernel knows.
 *
 * <p>Core files are written as {@code ulimit -c} has it where the build is started: one of
 * ClickHouse takes 0.7 GB. Of several the oldest stays, as the first crash shows most.
 */
final class ExitEvidence {

  private static final Path PROC = Path.of("/proc");

  private final Path directory;
  private final long oomKills = oomKills();

  ExitEvidence(Path directory) {
    this.directory = directory;
  }

  /** JVM options that put its crash report into the directory. */
  List<String> jvmOptions() {
    return List.of("-XX:+CreateCoredumpOnCrash", "-XX:ErrorFile=" + directory + "/hs_err_%p.log");
  }

  /** Writes the report; returns it and whatever else this process has left. */
  List<Path> collect(String headline, long pid, String lastLines) {
    Path report = directory.resolve("exit-" + pid + ".txt");
    try {
      Files.writeString(report, headline + "\n\n" + kernel() + "\n" + lastLines + "\n");
      list(name -> name.startsWith("core")).stream().skip(1).forEach(ExitEvidence::delete);
      return list(
          name ->
              name.equals("exit-" + pid + ".txt")
                  || name.equals("hs_err_" + pid + ".log")
                  || name.startsWith("core"));
    } catch (IOException | UncheckedIOException e) {
      System.err.println("Could not keep the evidence in " + directory + ": " + e);
      return List.of();
    }
  }

  private String kernel() {
    return """
    OOM kills on this machine while it ran: %d
    Core files: pattern '%s', %s
    Memory now: %s
    """
        .formatted(
            oomKills() - oomKills,
            line(PROC.resolve("sys/kernel/core_pattern"), ""),
            line(PROC.resolve("self/limits"), "Max core file size"),
            line(PROC.resolve("meminfo"), "MemAvailable"));
  }

  private static long oomKills() {
    String[] words = line(PROC.resolve("vmstat"), "oom_kill ").split(" ", -1);
    return words.length == 2 ? Long.parseLong(words[1]) : 0;
  }

  /** The first line that begins so; "unknown" where there is none, as on another system. */
  private static String line(Path file, String beginning) {
    try (Stream<String> lines = Files.lines(file)) {
      return lines
          .filter(line -> line.startsWith(beginning))
          .findFirst()
          .map(line -> line.replaceAll("\\s+", " ").strip())
          .orElse("unknown");
    } catch (IOException | UncheckedIOException e) {
      return "unknown";
    }
  }

  private List<Path> list(Predicate<String> name) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> name.test(file.getFileName().toString().toLowerCase(Locale.ROOT)))
          .sorted((one, other) -> Long.compare(modified(one), modified(other)))
          .toList();
    }
  }

  private static long modified(Path file) {
    try {
      return Files.getLastModifiedTime(file).toMillis();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path file) {
    try {
      Files.delete(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
