package dev.tributary.stack;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An HTTP server on the loopback that keeps the bodies of requests, cut ones too, and gives all of
 * them the same answer: two rows are written. Thread-safe.
 */
public final class ByteServer implements AutoCloseable {

  private final ServerSocket listener;
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final AtomicInteger connections = new AtomicInteger();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private volatile String answer = answer(200, "X-ClickHouse-Summary: {\"written_rows\":\"2\"}");

  /** A server that runs, on a port of its own. */
  public static ByteServer start() {
    return new ByteServer(Ports.free());
  }

  ByteServer(int port) {
    try {
      listener = new ServerSocket();
      listener.setReuseAddress(true);
      listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    run(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  /** The server as one that the environment names. */
  public ClickHouseServer asClickHouse() {
    return ClickHouseServer.of(
        Map.of(ClickHouseServer.VARIABLE, "http://127.0.0.1:" + port()), Path.of("not used"));
  }

  /**
   * The bodies, with {@code ", and no more"} where the client ended the connection in the middle.
   */
  public List<String> requests() {
    return List.copyOf(requests);
  }

  /** How many connections have brought a request. */
  int connections() {
    return connections.get();
  }

  /** Gives requests this answer from now on. */
  void answerWith(int status, String header) {
    answer = answer(status, header);
  }

  private static String answer(int status, String header) {
    return "HTTP/1.1 " + status + " Any\r\n" + header + "\r\nContent-Length: 0\r\n\r\n";
  }

  private static void run(Runnable work) {
    Thread thread = new Thread(work, "byte-server");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listener.accept();
        open.add(client);
        run(() -> serve(client));
      }
    } catch (IOException e) {
      // closed
    }
  }

  private void serve(Socket client) {
    try (client) {
      InputStream in = client.getInputStream();
      boolean first = true;
      for (Optional<byte[]> head = HttpBytes.readHead(in);
          head.isPresent();
          head = HttpBytes.readHead(in)) {
        int length = Integer.parseInt(HttpBytes.header(head.get(), "content-length"));
        byte[] body = in.readNBytes(length);
        if (first) {
          connections.incrementAndGet();
          first = false;
        }
        requests.add(HttpBytes.text(body) + (body.length < length ? ", and no more" : ""));
        client.getOutputStream().write(answer.getBytes(StandardCharsets.ISO_8859_1));
      }
    } catch (IOException e) {
      // the client has gone
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
      for (Socket client : open) {
        client.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
