package dev.tributary.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * A JVM started by this one, which holds the pipe to its standard input. The child ends when that
 * pipe closes, so it cannot outlive this JVM. Its output is appended to a log file.
 *
 * <p>It ignores SIGINT and SIGHUP: a Ctrl-C on the terminal reaches the whole process group, and
 * this JVM is to stop its children in order.
 */
final class ChildProcess {

  private static final Duration KILL_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration POLL_INTERVAL = Duration.ofMillis(50);
  private static final int TAIL_LINES = 60;

  private final String name;
  private final Process process;
  private final Path log;

  private ChildProcess(String name, Process process, Path log) {
    this.name = name;
    this.process = process;
    this.log = log;
  }

  /**
   * Starts {@code java options…}.
   *
   * @param environment added to this JVM's own
   */
  static ChildProcess startJvm(
      String name, Path log, Map<String, String> environment, List<String> options) {
    List<String> command = new ArrayList<>();
    // A signal ignored by a shell stays ignored in what it execs, also by a JVM.
    command.addAll(List.of("sh", "-c", "trap '' INT HUP; exec \"$@\"", "sh"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().putAll(environment);
    try {
      return new ChildProcess(name, builder.start(), log);
    } catch (IOException e) {
      throw new StackException("Could not start " + name, e);
    }
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Returns when the condition holds; kills the child and throws when it ends or time is up. */
  void awaitReady(Duration timeout, BooleanSupplier condition) {
    boolean ready =
        Poll.until(timeout, POLL_INTERVAL, () -> !process.isAlive() || condition.getAsBoolean());
    if (ready && process.isAlive()) {
      return;
    }
    String reason =
        process.isAlive()
            ? "is not ready after " + timeout.toSeconds() + " s"
            : "ended with status " + process.exitValue() + " while starting";
    kill();
    throw new StackException(name + " " + reason + "; end of " + log + ":\n" + tail(log));
  }

  /** SIGTERM, and SIGKILL when that does not help within the timeout. */
  void terminate(Duration timeout) {
    // Not Process.destroy(): it also closes the pipe, and the child would halt at once.
    process.toHandle().destroy();
    if (!awaitExit(timeout)) {
      kill();
    }
  }

  /** Ends the child's standard input, and kills it when that does not help within the timeout. */
  void closeInput(Duration timeout) {
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (!awaitExit(timeout)) {
      kill();
    }
  }

  /** SIGKILL; returns when the process is gone. */
  void kill() {
    process.destroyForcibly();
    if (!awaitExit(KILL_TIMEOUT)) {
      throw new StackException(name + " (process " + pid() + ") survives SIGKILL");
    }
  }

  /** The last lines of a log file, or why it cannot be read. */
  static String tail(Path log) {
    try {
      List<String> lines =
          new String(Files.readAllBytes(log), StandardCharsets.UTF_8).lines().toList();
      return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
    } catch (IOException e) {
      return "(" + e.getMessage() + ")";
    }
  }

  private boolean awaitExit(Duration timeout) {
    try {
      return process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
      throw new StackException("Interrupted while stopping " + name, e);
    }
  }
}
