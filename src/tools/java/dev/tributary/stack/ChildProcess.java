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
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * A JVM started by this one, which holds the pipe to its standard input. The child ends when that
 * pipe closes, so it cannot outlive this JVM. Its output is appended to a log file, whose directory
 * is the child's working directory.
 *
 * <p>An end that was not asked for here is reported on standard error at once, and leaves {@link
 * ExitEvidence}.
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
  private final ExitEvidence evidence;
  private final long started = System.nanoTime();
  private final AtomicBoolean endExpected = new AtomicBoolean();
  private final CompletableFuture<Optional<ServerExit>> end = new CompletableFuture<>();

  /** Completes when the listeners to the end have been called. */
  private volatile CompletableFuture<?> reported = CompletableFuture.completedFuture(null);

  private ChildProcess(String name, Process process, Path log, ExitEvidence evidence) {
    this.name = name;
    this.process = process;
    this.log = log;
    this.evidence = evidence;
  }

  /**
   * Starts {@code java options…}.
   *
   * @param environment added to this JVM's own
   */
  static ChildProcess startJvm(
      String name, Path log, Map<String, String> environment, List<String> options) {
    Path directory = Objects.requireNonNull(log.toAbsolutePath().getParent());
    ExitEvidence evidence = new ExitEvidence(directory);
    List<String> command = new ArrayList<>();
    // A signal ignored by a shell stays ignored in what it execs, also by a JVM.
    command.addAll(List.of("sh", "-c", "trap '' INT HUP; exec \"$@\"", "sh"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(evidence.jvmOptions());
    command.addAll(options);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.directory(directory.toFile()); // a core file goes there
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().putAll(environment);
    try {
      ChildProcess child = new ChildProcess(name, builder.start(), log, evidence);
      child.watch();
      return child;
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

  /** Not on the common pool, whose threads may all be busy with the start of servers. */
  private void watch() {
    Thread watch = new Thread(this::awaitEnd, name + "-watch");
    watch.setDaemon(true);
    watch.start();
  }

  private void awaitEnd() {
    try {
      ExitStatus status = new ExitStatus(process.waitFor());
      end.complete(endExpected.get() ? Optional.empty() : Optional.of(exit(status)));
    } catch (InterruptedException | RuntimeException e) {
      end.completeExceptionally(e);
    }
  }

  private ServerExit exit(ExitStatus status) {
    Duration uptime = Duration.ofNanos(System.nanoTime() - started);
    String tail = tail(log);
    ServerExit bare = new ServerExit(name, pid(), status, uptime, log, tail, List.of());
    List<Path> files = evidence.collect(bare.headline(), pid(), tail);
    ServerExit exit = new ServerExit(name, pid(), status, uptime, log, tail, files);
    System.err.println(exit.report());
    return exit;
  }

  /** Calls the listener if the child exits, or has exited, without having been asked to. */
  synchronized void onExitByItself(Consumer<ServerExit> listener) {
    // A future that is complete may not have called its listeners yet: their end is another one.
    reported = CompletableFuture.allOf(reported, end.thenAccept(exit -> exit.ifPresent(listener)));
  }

  /** Returns when the listeners have been called, if the child is gone. */
  void awaitReport() {
    if (!isAlive()) {
      end.join();
      reported.join();
    }
  }

  /** From here on the end is asked for; one that has come before is not. */
  private void expectEnd() {
    if (process.isAlive()) {
      endExpected.set(true);
    }
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
            : "exited with " + new ExitStatus(process.exitValue()) + " while starting";
    kill();
    throw new StackException(name + " " + reason + "; end of " + log + ":\n" + tail(log));
  }

  /** SIGTERM, and SIGKILL when that does not help within the timeout. */
  void terminate(Duration timeout) {
    expectEnd();
    // Not Process.destroy(): it also closes the pipe, and the child would halt at once.
    process.toHandle().destroy();
    if (!awaitExit(timeout)) {
      kill();
    }
  }

  /** Ends the child's standard input, and kills it when that does not help within the timeout. */
  void closeInput(Duration timeout) {
    expectEnd();
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
    expectEnd();
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
