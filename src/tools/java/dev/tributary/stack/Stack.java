package dev.tributary.stack;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Broker, ClickHouse and one Connect worker, with all their files in one directory that is deleted
 * on close, unless one of them has exited by itself. Stops its servers in order when the JVM shuts
 * down.
 *
 * <p>Thread-safe.
 */
public final class Stack implements AutoCloseable {

  private final Path directory;
  private final KafkaBroker broker;
  private final ClickHouseServer clickHouse;
  private final ConnectWorker worker;
  private final ConnectWorker.Config workerConfig;

  /** All of them, in the order in which they start. */
  private final List<Server> servers;

  private final Thread shutdownHook = new Thread(this::shutDown, "stack-shutdown");
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile boolean keepFiles;
  private volatile @Nullable StackException failedRestart;

  private Stack(
      Path directory,
      Map<String, String> environment,
      UnaryOperator<ConnectWorker.Config> workerConfig) {
    this.directory = directory;
    this.broker = KafkaBroker.of(environment, directory.resolve("kafka"));
    this.clickHouse = ClickHouseServer.of(environment, directory.resolve("clickhouse"));
    this.workerConfig = workerConfig.apply(ConnectWorker.Config.standard());
    this.worker =
        new ConnectWorker(directory.resolve("connect"), broker, clickHouse, this.workerConfig);
    this.servers = new CopyOnWriteArrayList<>(List.of(broker, clickHouse, worker));
  }

  /**
   * Starts all three, except those that the environment of this JVM names.
   *
   * @param workerConfig changes to {@link ConnectWorker.Config#standard()}
   */
  public static Stack start(UnaryOperator<ConnectWorker.Config> workerConfig) {
    return start(System.getenv(), workerConfig);
  }

  static Stack start(
      Map<String, String> environment, UnaryOperator<ConnectWorker.Config> workerConfig) {
    Stack stack = new Stack(StackFiles.newWorkDirectory("stack"), environment, workerConfig);
    Runtime.getRuntime().addShutdownHook(stack.shutdownHook);
    try {
      stack.startServers();
    } catch (RuntimeException e) {
      stack.close();
      throw e;
    }
    return stack;
  }

  public KafkaBroker broker() {
    return broker;
  }

  public ClickHouseServer clickHouse() {
    return clickHouse;
  }

  public ConnectWorker worker() {
    return worker;
  }

  /** One more worker for the group of {@link #worker()}, not started; the caller closes it. */
  public ConnectWorker newWorker(String name) {
    ConnectWorker added =
        new ConnectWorker(name, directory.resolve(name), broker, clickHouse, workerConfig);
    servers.add(added);
    return added;
  }

  /** Where the servers keep data and logs. */
  public Path directory() {
    return directory;
  }

  /** Leaves data and logs on disk when the stack closes. */
  public void keepFiles() {
    keepFiles = true;
  }

  /** The ends of all logs, for a person who looks for the cause of a failure. */
  public String logTails() {
    StringBuilder tails = new StringBuilder();
    for (Server server : List.of(broker, clickHouse, worker)) {
      tails.append("---- ").append(server).append(" ----\n");
      tails.append(server.logTail()).append('\n');
    }
    return tails.toString();
  }

  /** Whether the servers are being stopped, or have been. */
  public boolean isClosed() {
    return closed.get();
  }

  /** Starts again what a test has stopped or killed. */
  public void startServers() {
    // ClickHouse may have to be fetched, and the worker needs the broker.
    CompletableFuture<Void> engine = CompletableFuture.runAsync(clickHouse::start);
    try {
      broker.start();
      worker.start();
    } finally {
      join(engine);
    }
  }

  /** The servers that have exited by themselves since this was last asked. */
  public List<ServerExit> takeExits() {
    List<ServerExit> exits = new ArrayList<>();
    servers.forEach(server -> exits.addAll(server.takeExits()));
    return exits;
  }

  /**
   * Starts again what has exited by itself, and leaves alone what was stopped or killed. Once that
   * has failed it fails at once, as what runs on half a stack proves nothing.
   */
  public void restartExited() {
    StackException before = failedRestart;
    if (before != null) {
      throw new StackException("The stack is lost: " + before.getMessage(), before);
    }
    for (Server server : servers) {
      try {
        if (server.restartIfExited()) {
          System.err.println("Restarted " + server + ", which had exited by itself");
        }
      } catch (RuntimeException e) {
        StackException failure =
            new StackException(
                server + " had exited by itself and cannot be restarted: " + e.getMessage(), e);
        failedRestart = failure;
        throw failure;
      }
    }
  }

  @Override
  public void close() {
    if (closed.get()) {
      return;
    }
    try {
      Runtime.getRuntime().removeShutdownHook(shutdownHook);
    } catch (IllegalStateException e) {
      return; // the JVM shuts down, and the hook does it
    }
    shutDown();
  }

  private void shutDown() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    worker.close(); // while it still can commit
    CompletableFuture<Void> engine = CompletableFuture.runAsync(clickHouse::close);
    try {
      broker.close();
    } finally {
      join(engine);
    }
    if (servers.stream().anyMatch(Server::hasExited)) {
      System.err.println("A server had exited by itself; its files stay in " + directory);
    } else if (!keepFiles) {
      StackFiles.deleteTree(directory);
    }
  }

  private static void join(CompletableFuture<Void> future) {
    try {
      future.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }

  /** Blocks until the JVM is asked to end; its shutdown hooks then stop the servers. */
  public static void awaitInterrupt() {
    System.out.println("Ctrl-C stops everything.");
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
