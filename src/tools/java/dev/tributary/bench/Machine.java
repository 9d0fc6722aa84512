package dev.tributary.bench;

import com.dynatrace.hash4j.hashing.Hashing;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.kafka.common.utils.AppInfoParser;

/** What a benchmark ran on. */
public final class Machine {

  private Machine() {}

  public static String describe() {
    Runtime runtime = Runtime.getRuntime();
    return String.format(
        Locale.ROOT,
        """
        cores    %d, %s
        memory   %.1f GiB, heap at most %.1f GiB
        system   %s %s, %s
        java     %s, %s, %s
        built on kafka-clients %s, hash4j %s
        """,
        runtime.availableProcessors(),
        processor(),
        gib(memory()),
        gib(runtime.maxMemory()),
        System.getProperty("os.name"),
        System.getProperty("os.version"),
        System.getProperty("os.arch"),
        System.getProperty("java.vm.name"),
        System.getProperty("java.vm.version"),
        ManagementFactory.getGarbageCollectorMXBeans().get(0).getName(),
        AppInfoParser.getVersion(),
        libraryOf(Hashing.class));
  }

  /** The same in a few words. */
  public static String line() {
    Runtime runtime = Runtime.getRuntime();
    return String.format(
        Locale.ROOT,
        "%d cores %s, %.1f GiB, Java %s",
        runtime.availableProcessors(),
        processor(),
        gib(memory()),
        Runtime.version().feature());
  }

  private static double gib(long bytes) {
    return (double) bytes / (1L << 30);
  }

  private static long memory() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean system
        ? system.getTotalMemorySize()
        : 0;
  }

  private static String processor() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).trim())
          .findFirst()
          .orElse("model unknown");
    } catch (IOException e) {
      return "model unknown";
    }
  }

  /** From the name of its jar, as not every manifest says it. */
  private static String libraryOf(Class<?> type) {
    return Optional.ofNullable(type.getProtectionDomain().getCodeSource())
        .map(source -> Path.of(source.getLocation().getPath()).getFileName().toString())
        .map(jar -> jar.replaceAll("^.*?-([0-9].*)\\.jar$", "$1"))
        .orElse("unknown");
  }
}
