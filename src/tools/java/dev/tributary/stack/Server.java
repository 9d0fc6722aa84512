package dev.tributary.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * One server of the stack, in a JVM of its own: started, stopped or killed, and started again on
 * the same data and the same ports. Or a server of the user's own, which is only used.
 *
 * <p>When an embedded server exits without having been stopped or killed here, that is printed at
 * once and kept for {@link #takeExits}.
 *
 * <p>Thread-safe.
 */
public abstract sealed class Server implements AutoCloseable
    permits KafkaBroker, ConnectWorker, ClickHouseServer {

  private static final Duration START_TIMEOUT = Duration.ofMinutes(2);

  private final String name;
  private final Optional<Path> directory;
  private final String variable;
  private final Queue<ServerExit> exits = new ConcurrentLinkedQueue<>();
  private volatile boolean everExited;
  private @Nullable ChildProcess child;

  /**
   * @param directory where this server keeps its data and log; empty for a server of the user's own
   * @param variable the environment variable that names the user's own server
   */
  Server(String name, Optional<Path> directory, String variable) {
    this.name = name;
    this.directory = directory.map(Path::toAbsolutePath);
    this.variable = variable;
  }

  /** Returns when the server answers requests; does nothing when it already runs. */
  public final synchronized void start() {
    if (directory.isEmpty() || isRunning()) {
      return;
    }
    try {
      Files.createDirectories(directory.get());
      ChildProcess started = launch(directory.get(), logIn(directory.get()));
      child = started;
      started.onExitByItself(this::keep);
      started.awaitReady(START_TIMEOUT, this::isReady);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Shuts the server down in its own way; does nothing when it does not run. */
  public final synchronized void stop() {
    requireEmbedded();
    if (child != null) {
      shutDown(child);
      child = null;
    }
  }

  /** SIGKILL, as {@code kill -9} does it; does nothing when the server does not run. */
  public final synchronized void kill() {
    requireEmbedded();
    if (child != null) {
      child.kill();
      child = null;
    }
  }

  /** Starts the server again if it has exited by itself; returns whether it had. */
  final synchronized boolean restartIfExited() {
    if (child == null || child.isAlive()) {
      return false;
    }
    start();
    return true;
  }

  /** The times it exited by itself that nobody has taken yet, each of them once. */
  final List<ServerExit> takeExits() {
    synchronized (this) {
      if (child != null) {
        child.awaitReport();
      }
    }
    List<ServerExit> taken = new ArrayList<>();
    for (ServerExit exit = exits.poll(); exit != null; exit = exits.poll()) {
      taken.add(exit);
    }
    return taken;
  }

  /** Whether it has ever exited by itself, and left evidence in its directory. */
  final boolean hasExited() {
    return everExited;
  }

  private void keep(ServerExit exit) {
    everExited = true;
    exits.add(exit);
  }

  public final boolean isEmbedded() {
    return directory.isPresent();
  }

  public final synchronized boolean isRunning() {
    return child != null && child.isAlive();
  }

  /** The process id of the running embedded server. */
  public final synchronized long pid() {
    if (child == null) {
      throw new StackException(name + " is not running here");
    }
    return child.pid();
  }

  /** Everything the embedded server has printed, over all its starts. */
  public final Optional<Path> log() {
    return directory.map(this::logIn);
  }

  /** The end of the log, for a person who looks for the cause of a failure. */
  public final String logTail() {
    return log().map(ChildProcess::tail).orElse("(" + name + " is your own: see its log there)");
  }

  /** Stops the embedded server; leaves the user's own alone. */
  @Override
  public final void close() {
    if (isEmbedded()) {
      stop();
    }
  }

  @Override
  public final String toString() {
    return name;
  }

  abstract ChildProcess launch(Path directory, Path log) throws IOException;

  abstract boolean isReady();

  abstract void shutDown(ChildProcess running);

  private Path logIn(Path directory) {
    return directory.resolve(name + ".log");
  }

  private void requireEmbedded() {
    if (!isEmbedded()) {
      throw new UnsupportedOperationException(
          variable
              + " names a "
              + name
              + " of your own: only an embedded one is stopped or killed");
    }
  }
}
