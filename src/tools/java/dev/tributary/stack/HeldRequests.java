package dev.tributary.stack;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Requests that are sent to a server later, one after the other, each on a connection of its own. A
 * server that is down gets them when it is up. Thread-safe.
 */
final class HeldRequests implements AutoCloseable {

  private static final Duration PAUSE = Duration.ofMillis(50);
  private static final int ANSWER_TIMEOUT_MS = 60_000;

  private final InetSocketAddress server;
  private final ScheduledExecutorService timer;
  private final Set<Held> held = ConcurrentHashMap.newKeySet();

  HeldRequests(InetSocketAddress server) {
    this.server = server;
    this.timer =
        new ScheduledThreadPoolExecutor(
            1,
            work -> {
              Thread thread = new Thread(work, "fault-proxy-held");
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Holds a request and sends it after a while.
   *
   * @param bytes the whole request, or its beginning, after which the connection ends
   * @param onAnswer takes the head of the server's answer to a whole request
   */
  void add(byte[] bytes, boolean whole, Duration delay, Consumer<byte[]> onAnswer) {
    Held request = new Held(bytes, whole, onAnswer);
    held.add(request);
    var unused = timer.schedule(request, delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** How many have not been answered yet. */
  int count() {
    return held.size();
  }

  /** Sends all at once; returns when the server has answered them. */
  void sendNow() {
    List<Held> all = List.copyOf(held);
    all.forEach(timer::execute);
    CompletableFuture.allOf(
            all.stream().map(request -> request.answered).toArray(CompletableFuture[]::new))
        .join();
  }

  /** Drops what is held. */
  @Override
  public void close() {
    timer.shutdownNow();
    held.forEach(this::release);
  }

  private final class Held implements Runnable {
    private final byte[] bytes;
    private final boolean whole;
    private final Consumer<byte[]> onAnswer;
    private final CompletableFuture<Void> answered = new CompletableFuture<>();

    Held(byte[] bytes, boolean whole, Consumer<byte[]> onAnswer) {
      this.bytes = bytes;
      this.whole = whole;
      this.onAnswer = onAnswer;
    }

    /** Runs when its time has come and again if it was sent before that. */
    @Override
    public void run() {
      if (answered.isDone()) {
        return;
      }
      try (Socket socket = connect()) {
        exchange(socket);
      } catch (IOException e) {
        // the server has gone
      } finally {
        release(this);
      }
    }

    private void exchange(Socket socket) throws IOException {
      socket.setSoTimeout(ANSWER_TIMEOUT_MS);
      OutputStream out = socket.getOutputStream();
      out.write(bytes);
      InputStream in = new BufferedInputStream(socket.getInputStream());
      if (whole) {
        byte[] head = HttpBytes.readHead(in).orElseThrow(IOException::new);
        HttpBytes.readBody(head, in);
        onAnswer.accept(head);
      } else {
        socket.shutdownOutput();
        in.transferTo(OutputStream.nullOutputStream());
      }
    }
  }

  /** Waits for a server that is down. */
  private Socket connect() throws IOException {
    while (true) {
      Socket socket = new Socket();
      try {
        socket.connect(server);
        return socket;
      } catch (IOException e) {
        socket.close();
        Poll.pause(PAUSE);
      }
    }
  }

  private void release(Held request) {
    held.remove(request);
    request.answered.complete(null);
  }
}
