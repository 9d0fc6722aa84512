package dev.tributary.stack;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The ClickHouse engine as a shared library, fetched once per user and version from npm.
 *
 * <p>It lies in {@code $XDG_CACHE_HOME/tributary/chdb/<version>/<platform>}. Processes that need it
 * at the same time take turns by a file lock; the directory appears by a rename, so it is whole or
 * not there.
 */
final class ClickHouseLibrary {

  private static final String LIBRARY = "libchdb.so";
  private static final String PARTIAL = "partial-";
  private static final long NPM_TIMEOUT_MINUTES = 30;

  private ClickHouseLibrary() {}

  /** The library's path; downloads it when this user does not have it yet. */
  static synchronized Path fetched() {
    // As the shell of ./tributary finds it, which the JVM does not always agree with.
    String home = System.getenv().getOrDefault("HOME", System.getProperty("user.home"));
    Path cache = cacheDirectory(System.getenv(), home);
    String platform = platform(System.getProperty("os.name"), System.getProperty("os.arch"));
    Path library = cache.resolve(platform).resolve(LIBRARY);
    if (Files.exists(library)) {
      return library;
    }
    try {
      Files.createDirectories(cache);
      try (FileChannel channel =
              FileChannel.open(
                  cache.resolve(platform + ".lock"),
                  StandardOpenOption.CREATE,
                  StandardOpenOption.WRITE);
          FileLock lock = channel.lock()) {
        if (!lock.isValid()) {
          throw new StackException("Lost the lock on " + cache);
        }
        if (!Files.exists(library)) {
          fetch(cache, platform);
        }
      }
      return library;
    } catch (IOException e) {
      throw new StackException("Could not put ClickHouse into " + cache + ": " + e, e);
    }
  }

  static Path cacheDirectory(Map<String, String> environment, String home) {
    String xdg = environment.getOrDefault("XDG_CACHE_HOME", "");
    Path root = xdg.isBlank() ? Path.of(home, ".cache") : Path.of(xdg);
    return root.resolve("tributary").resolve("chdb").resolve(StackFiles.chdbVersion());
  }

  /** The platform as the npm package names it. */
  static String platform(String osName, String osArch) {
    String os = osName.toLowerCase(Locale.ROOT);
    String cpu =
        switch (osArch) {
          case "amd64", "x86_64" -> "x64";
          case "aarch64", "arm64" -> "arm64";
          default -> osArch;
        };
    if (List.of("x64", "arm64").contains(cpu)) {
      if (os.startsWith("linux")) {
        return "linux-" + cpu + "-gnu";
      }
      if (os.startsWith("mac")) {
        return "darwin-" + cpu;
      }
    }
    throw new StackException(
        "There is no embedded ClickHouse for "
            + osName
            + " on "
            + osArch
            + ": set CLICKHOUSE_URL to a server of your own");
  }

  private static void fetch(Path cache, String platform) throws IOException {
    deleteLeftovers(cache, PARTIAL + platform);
    String npmPackage = "@chdb/lib-" + platform;
    String pinned = npmPackage + "@" + StackFiles.chdbVersion();
    System.err.println("Fetching ClickHouse (" + pinned + ", 570 MB on disk, once) into " + cache);
    Path partial = Files.createTempDirectory(cache, PARTIAL + platform);
    try {
      npmInstall(partial, pinned);
      Path installed = partial.resolve("node_modules").resolve(npmPackage);
      Path complete = Files.createDirectory(partial.resolve("complete"));
      Files.move(installed.resolve(LIBRARY), complete.resolve(LIBRARY));
      Files.move(complete, cache.resolve(platform), StandardCopyOption.ATOMIC_MOVE);
    } finally {
      StackFiles.deleteTree(partial);
    }
  }

  private static void npmInstall(Path directory, String pinned) throws IOException {
    Path log = directory.resolve("npm.log");
    ProcessBuilder npm =
        new ProcessBuilder(
            "npm",
            "install",
            "--prefix",
            directory.toString(),
            "--no-save",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            pinned);
    npm.redirectErrorStream(true).redirectOutput(log.toFile());
    Process process;
    try {
      process = npm.start();
    } catch (IOException e) {
      throw new StackException(
          "npm is missing: install Node.js with npm (it fetches ClickHouse), or set CLICKHOUSE_URL",
          e);
    }
    try {
      if (!process.waitFor(NPM_TIMEOUT_MINUTES, TimeUnit.MINUTES)) {
        throw new StackException("npm install " + pinned + " takes too long");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StackException("Interrupted while fetching ClickHouse", e);
    } finally {
      process.destroyForcibly();
    }
    if (process.exitValue() != 0) {
      throw new StackException("npm install " + pinned + " failed:\n" + ChildProcess.tail(log));
    }
  }

  /** What a fetch left that was killed; whoever holds the lock is the only one fetching. */
  private static void deleteLeftovers(Path cache, String prefix) throws IOException {
    try (Stream<Path> entries = Files.list(cache)) {
      entries
          .filter(entry -> entry.getFileName().toString().startsWith(prefix))
          .forEach(StackFiles::deleteTree);
    }
  }
}
