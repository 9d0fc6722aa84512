package dev.tributary.stack;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP proxy in front of a ClickHouse server that counts inserts and makes them fail on demand.
 * Everything but inserts passes unharmed, unless the proxy refuses connections. {@link InsertHead}
 * says what an insert is.
 *
 * <p>Thread-safe. A fault holds for the inserts that begin after it was set.
 */
public final class FaultProxy implements AutoCloseable {

  private static final Duration PAUSE = Duration.ofMillis(50);

  private static final Pattern WRITTEN = Pattern.compile("\"written_rows\":\"(\\d+)\"");

  /**
   * An insert that has come by.
   *
   * @param number from 1
   * @param table as the statement names it; empty if the statement cannot be read
   * @param token the deduplication token, or else the session's id; empty where there is neither
   */
  public record Insert(int number, String table, String token) {}

  /**
   * An insert that the server has acknowledged, whether or not the client heard of it.
   *
   * @param rows that the server says it has written; 0 when it knew the token
   */
  public record Applied(Insert insert, long rows) {}

  private final InetSocketAddress server;
  private final int port;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final List<Applied> applied = new ArrayList<>();
  private final Map<Integer, Integer> errors = new HashMap<>();
  private final HeldRequests held;
  private Function<Insert, Optional<Fault>> faults = insert -> Optional.empty();
  private int inserts;
  private int heals;
  private @Nullable ServerSocket listener;

  private FaultProxy(InetSocketAddress server) {
    this.server = server;
    this.port = Ports.free();
    this.held = new HeldRequests(server);
  }

  /** A proxy that passes everything on. */
  public static FaultProxy to(ClickHouseServer server) {
    URI url = URI.create(server.url());
    FaultProxy proxy = new FaultProxy(new InetSocketAddress(url.getHost(), url.getPort()));
    proxy.accept();
    return proxy;
  }

  public String url() {
    return "http://127.0.0.1:" + port;
  }

  /** Does this to all inserts from now on. */
  public void faulty(Fault fault) {
    onInsert(insert -> Optional.of(fault));
  }

  /** Does this to the next insert, and lets the others pass. */
  public synchronized void faultyOnce(Fault fault) {
    int next = inserts + 1;
    faults = insert -> insert.number() == next ? Optional.of(fault) : Optional.empty();
  }

  /** Decides for each insert, on the thread of its connection. */
  public synchronized void onInsert(Function<Insert, Optional<Fault>> decision) {
    faults = decision;
  }

  /** Lets everything pass; what hangs is cut off. */
  public synchronized void heal() {
    onInsert(insert -> Optional.empty());
    heals++;
    accept();
  }

  /** Takes no connections and resets those of the clients that are open. */
  public synchronized void refuse() {
    closeQuietly(listener);
    listener = null;
    cutConnections();
  }

  /** Takes connections again after {@link #refuse}; does nothing when it does already. */
  public synchronized void accept() {
    if (listener != null) {
      return;
    }
    try {
      ServerSocket socket = new ServerSocket();
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      listener = socket;
      start("accept", () -> acceptFrom(socket));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** How many inserts have come by, whatever became of them. */
  public synchronized int inserts() {
    return inserts;
  }

  /** The inserts that the server has acknowledged. */
  public synchronized List<Applied> applied() {
    return List.copyOf(applied);
  }

  /** How many inserts the server itself has answered with this error of ClickHouse. */
  public synchronized int errors(int code) {
    return errors.getOrDefault(code, 0);
  }

  /** How many inserts are held that the server has still to answer. */
  public int held() {
    return held.count();
  }

  /** Sends what is held without further delay; returns when the server has answered. */
  public void sendHeld() {
    held.sendNow();
  }

  /** Refuses connections, and drops what is held. */
  @Override
  public void close() {
    refuse();
    held.close();
  }

  private void acceptFrom(ServerSocket socket) {
    try {
      while (true) {
        Socket client = socket.accept();
        open.add(client);
        start("connection", () -> serve(client));
      }
    } catch (IOException e) {
      // closed
    }
  }

  private static void start(String what, Runnable work) {
    Thread thread = new Thread(work, "fault-proxy-" + what);
    thread.setDaemon(true);
    thread.start();
  }

  private void serve(Socket client) {
    try (Socket upstream = new Socket()) {
      BufferedInputStream fromClient = new BufferedInputStream(client.getInputStream());
      Optional<byte[]> head = HttpBytes.readHead(fromClient);
      if (head.isPresent()) {
        upstream.connect(server);
        upstream.setTcpNoDelay(true);
        client.setTcpNoDelay(true);
      }
      while (head.isPresent()) {
        Optional<Insert> insert = InsertHead.of(head.get(), fromClient).map(this::numbered);
        Optional<Fault> fault = insert.flatMap(this::decide);
        if (!exchange(client, fromClient, upstream, head.get(), insert, fault)) {
          break;
        }
        head = HttpBytes.readHead(fromClient);
      }
    } catch (IOException e) {
      // one of the two has gone
    } finally {
      reset(client);
      open.remove(client);
      open.removeIf(Socket::isClosed);
    }
  }

  /** Returns whether the connection lives on. */
  private boolean exchange(
      Socket client,
      InputStream fromClient,
      Socket upstream,
      byte[] head,
      Optional<Insert> insert,
      Optional<Fault> fault)
      throws IOException {
    if (fault.isPresent() && fault.get() instanceof Fault.HangInBody) {
      awaitHealing(client);
      return false;
    }
    if (fault.isPresent() && fault.get() instanceof Fault.AnswerEarly early) {
      Fault.Answer given = new Fault.Answer(early.status(), early.code(), early.text());
      client.getOutputStream().write(answer(given.status(), given.headers(), given.text()));
      client.getOutputStream().flush();
      return false;
    }
    byte[] body = HttpBytes.readBody(head, fromClient);
    if (fault.isPresent()) {
      Fault what = fault.get();
      if (what instanceof Fault.Hang) {
        awaitHealing(client);
        return false;
      } else if (what instanceof Fault.Answer given) {
        client.getOutputStream().write(answer(given.status(), given.headers(), given.text()));
        return true;
      } else if (what instanceof Fault.Slow slow) {
        Poll.pause(slow.delay());
      } else if (what instanceof Fault.Hold hold) {
        int sent = hold.whole() ? body.length : body.length / 2;
        hold(insert, joined(head, body, sent), hold.whole(), hold.delay());
        return false;
      } else if (what instanceof Fault.ResetRequest) {
        upstream.getOutputStream().write(joined(head, body, body.length / 2));
        upstream.shutdownOutput();
        upstream.getInputStream().transferTo(OutputStream.nullOutputStream());
        return false;
      }
    }
    upstream.getOutputStream().write(joined(head, body, body.length));
    InputStream fromServer = upstream.getInputStream();
    byte[] answerHead = HttpBytes.readHead(fromServer).orElseThrow(IOException::new);
    byte[] answerBody = HttpBytes.readBody(answerHead, fromServer);
    insert.ifPresent(one -> note(one, answerHead));
    if (fault.isPresent() && fault.get() instanceof Fault.ResetAnswer) {
      return false;
    }
    if (fault.isPresent() && fault.get() instanceof Fault.Repeat repeat) {
      hold(insert, joined(head, body, body.length), true, repeat.delay());
    }
    OutputStream out = client.getOutputStream();
    if (fault.isPresent() && fault.get() instanceof Fault.Dribble) {
      dribble(answerHead, out);
    }
    out.write(answerHead);
    out.write(answerBody);
    out.flush();
    return !HttpBytes.header(answerHead, "connection").equalsIgnoreCase("close");
  }

  private void hold(Optional<Insert> insert, byte[] request, boolean whole, Duration delay) {
    held.add(request, whole, delay, answer -> insert.ifPresent(one -> note(one, answer)));
  }

  private static byte[] joined(byte[] head, byte[] body, int bodyLength) {
    byte[] request = Arrays.copyOf(head, head.length + bodyLength);
    System.arraycopy(body, 0, request, head.length, bodyLength);
    return request;
  }

  /** Some headers a second, for as long as the client takes it. */
  private static void dribble(byte[] head, OutputStream out) throws IOException {
    String status = HttpBytes.text(head).lines().findFirst().orElse("");
    out.write((status + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
    while (true) {
      out.write("X-Slow: 1\r\n".getBytes(StandardCharsets.ISO_8859_1));
      out.flush();
      Poll.pause(PAUSE);
    }
  }

  private void awaitHealing(Socket client) {
    int before = heals();
    while (!client.isClosed() && heals() == before) {
      Poll.pause(PAUSE);
    }
  }

  private synchronized int heals() {
    return heals;
  }

  private synchronized Optional<Fault> decide(Insert insert) {
    return faults.apply(insert);
  }

  private synchronized Insert numbered(InsertHead request) {
    inserts++;
    return new Insert(inserts, request.table(), request.token());
  }

  private synchronized void note(Insert insert, byte[] answer) {
    String code = HttpBytes.header(answer, "x-clickhouse-exception-code");
    if (!code.isEmpty()) {
      errors.merge(Integer.parseInt(code), 1, Integer::sum);
    } else if (HttpBytes.text(answer).startsWith("HTTP/1.1 200")) {
      Matcher written = WRITTEN.matcher(HttpBytes.header(answer, "x-clickhouse-summary"));
      applied.add(new Applied(insert, written.find() ? Long.parseLong(written.group(1)) : 0));
    }
  }

  private static byte[] answer(int status, Map<String, String> headers, String text) {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    String reason = status == 200 ? "OK" : "Made Up";
    StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " " + reason + "\r\n");
    headers.forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
    head.append("Content-Length: " + body.length + "\r\n\r\n");
    return joined(head.toString().getBytes(StandardCharsets.ISO_8859_1), body, body.length);
  }

  private void cutConnections() {
    open.forEach(FaultProxy::reset);
    open.clear();
  }

  /** Closes with a TCP reset instead of a farewell. */
  private static void reset(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      // it was closed
    }
  }

  private static void closeQuietly(@Nullable ServerSocket socket) {
    try {
      if (socket != null) {
        socket.close();
      }
    } catch (IOException e) {
      // it was closed
    }
  }
}
