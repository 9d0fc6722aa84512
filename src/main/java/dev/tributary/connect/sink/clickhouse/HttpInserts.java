package dev.tributary.connect.sink.clickhouse;

import dev.tributary.connect.sink.clickhouse.ServerPool.Server;
import dev.tributary.connect.sink.table.SinkKeys;
import dev.tributary.connect.util.DaemonThreads;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Inserts over HTTP.
 *
 * <p>An insert is acknowledged by a complete answer 200 with an empty body, without an exception
 * code, and with a proof made for this attempt: its query id, or the nonce that its statement asked
 * for. An answer with an exception code is ClickHouse's error. Everything else may come from
 * anything between the worker and ClickHouse and counts as no answer.
 *
 * <p>An insert ends within the request timeout, whatever the server or the network do: at the
 * timeout its connection is closed, even during a read or a write.
 *
 * <p>Thread-safe.
 */
final class HttpInserts implements AutoCloseable {

  /** After this long without a proof the path counts as changed. */
  private static final long UNPROVEN_NS = TimeUnit.SECONDS.toNanos(60);

  /**
   * Where no session can fence it, an unanswered insert counts as over when the request timeout and
   * this have passed.
   */
  private static final long UNFENCED_SLACK_NS = TimeUnit.SECONDS.toNanos(60);

  /** The attempts of a fenced insert, by server, that may still store rows. */
  private static final class Sent {
    final Set<Server> unanswered = new HashSet<>();
    final Set<Server> answered = new HashSet<>();
    long lastNs = System.nanoTime();
  }

  private final ClickHouseOptions options;
  private final ServerPool servers;
  private final Map<Server, InsertPath> paths = new ConcurrentHashMap<>();
  private final Map<Server, Long> unprovenSince = new ConcurrentHashMap<>();
  private final Map<String, Sent> sent = new ConcurrentHashMap<>();
  private final ScheduledExecutorService watchdog = watchdog();

  /**
   * @param servers not closed with this
   */
  HttpInserts(ClickHouseOptions options, ServerPool servers) {
    this.options = options;
    this.servers = servers;
  }

  private static ScheduledExecutorService watchdog() {
    ScheduledThreadPoolExecutor timer =
        new ScheduledThreadPoolExecutor(1, DaemonThreads.named("tributary-insert-timeout"));
    timer.setRemoveOnCancelPolicy(true);
    return timer;
  }

  /** A request over one connection, which the watchdog closes at the timeout. */
  private interface Work {
    void over(HttpConnection connection) throws ClickHouseException, IOException;
  }

  /** Runs requests on one server within the request timeout. */
  private void run(Server server, Work work) throws ClickHouseException {
    HttpConnection connection = server.borrow();
    AtomicBoolean timedOut = new AtomicBoolean();
    boolean usable = false;
    try (Timeout timeout = new Timeout(connection, timedOut)) {
      work.over(connection);
      usable = timeout.cancel();
      servers.works(server);
    } catch (ClickHouseException e) {
      usable = e.code() > 0 && !timedOut.get();
      throw e;
    } catch (IOException | RuntimeException e) {
      if (timedOut.get()) {
        throw timeout();
      } else if (connection.isClosed()) {
        throw new ClickHouseException(FailureKind.UNREACHABLE, 0, "the sink is closed", e);
      }
      throw ClientErrors.of(e);
    } finally {
      server.release(connection, usable && !connection.isClosed());
    }
  }

  /** Closes a connection when the request timeout has passed. */
  private final class Timeout implements AutoCloseable {
    private final ScheduledFuture<?> scheduled;

    Timeout(HttpConnection connection, AtomicBoolean timedOut) {
      scheduled =
          watchdog.schedule(
              () -> {
                timedOut.set(true);
                connection.close();
              },
              options.timeoutMs(),
              TimeUnit.MILLISECONDS);
    }

    /** Returns false if it has passed. */
    boolean cancel() {
      return scheduled.cancel(false);
    }

    @Override
    public void close() {
      scheduled.cancel(false);
    }
  }

  private ClickHouseException timeout() {
    return new ClickHouseException(
        FailureKind.UNREACHABLE,
        0,
        "no answer within " + options.timeoutMs() + " ms, see " + SinkKeys.REQUEST_TIMEOUT,
        null);
  }

  /** One attempt, see {@link ClickHouse#insert}. */
  void insert(InsertRequest request) throws InsertException {
    HttpAttempt attempt = new HttpAttempt(request, servers.choose());
    try {
      run(attempt.server, attempt);
      acknowledged(request.token(), attempt.server);
    } catch (InsertException e) {
      throw e;
    } catch (ClickHouseException e) {
      InsertException failure = InsertException.of(e, attempt.begun);
      if (failure.isUncertain() && request.lastCheck().isPresent()) {
        note(request.token(), attempt.server, failure.code() > 0);
      }
      if (failure.kind() == FailureKind.UNREACHABLE) {
        servers.isDown(attempt.server);
      }
      throw failure;
    }
  }

  /**
   * The session of an acknowledged insert is closed, and with it those of earlier attempts there.
   */
  private void acknowledged(String token, Server server) {
    InsertPath path = paths.get(server);
    sent.computeIfPresent(
        token,
        (key, now) -> {
          if (path != null && path.sessions()) {
            now.unanswered.remove(server);
            now.answered.remove(server);
          }
          return now.unanswered.isEmpty() ? null : now;
        });
  }

  private void note(String token, Server server, boolean answered) {
    sent.compute(
        token,
        (key, before) -> {
          Sent now = before == null ? new Sent() : before;
          (answered ? now.answered : now.unanswered).add(server);
          now.lastNs = System.nanoTime();
          return now;
        });
  }

  /** One attempt to insert. */
  private final class HttpAttempt implements Work {
    private final InsertRequest request;
    final Server server;

    /** Whether any byte of the rows may have been sent. */
    volatile boolean begun;

    HttpAttempt(InsertRequest request, Server server) {
      this.request = request;
      this.server = server;
    }

    @Override
    public void over(HttpConnection connection) throws ClickHouseException, IOException {
      boolean fenced = request.lastCheck().isPresent();
      InsertPath path = path(server, connection, fenced);
      String id = "tributary-" + UUID.randomUUID();
      Map<String, String> parameters = new HashMap<>(options.settings());
      parameters.put("query_id", id);
      if (fenced && path.sessions()) {
        // Before the last check: a next owner closes the session after it has fenced this one.
        HttpAnswer made = connection.send(HttpSession.create(request.token()), "SELECT 1", null);
        if (!made.isOk()) {
          throw made.error(server.url());
        }
        parameters.putAll(HttpSession.useAndClose(request.token()));
      }
      if (fenced) {
        request.lastCheck().get().run();
      }
      HttpAnswer answer =
          connection.send(
              parameters,
              request.into() + path.clause(request.token(), id) + " FORMAT Native",
              out -> {
                begun = true;
                request.block().writeTo(out);
              });
      if (!answer.isOk()) {
        throw answer.error(server.url());
      } else if (!answer.body().isEmpty() || !answer.proves(id)) {
        throw unproven(answer);
      }
      unprovenSince.remove(server);
    }

    private ClickHouseException unproven(HttpAnswer answer) {
      long now = System.nanoTime();
      long since = unprovenSince.computeIfAbsent(server, key -> now);
      boolean changed = answer.body().isEmpty() && now - since > UNPROVEN_NS;
      return new ClickHouseException(
          changed ? FailureKind.PERMANENT : FailureKind.UNREACHABLE,
          0,
          "the answer from "
              + server.url()
              + " does not prove that ClickHouse has the rows: status 200 "
              + (answer.body().isEmpty()
                  ? "without the query id of the insert"
                  : "with a body that no insert has")
              + ". Something between the worker and ClickHouse answers by itself or changes"
              + " answers; let "
              + SinkKeys.URL
              + " name a path that passes them on unchanged",
          null);
    }
  }

  private InsertPath path(Server server, HttpConnection connection, boolean fenced)
      throws ClickHouseException {
    InsertPath known = paths.get(server);
    if (known != null) {
      return known;
    }
    InsertPath found =
        InsertPath.probe(
            server.url(),
            connection,
            () -> new HttpConnection(server.url(), options),
            options.settings(),
            fenced);
    paths.put(server, found);
    return found;
  }

  /** Probes the path to a server as the first insert does. */
  void probe(boolean fenced) throws ClickHouseException {
    Server server = servers.choose();
    run(server, connection -> path(server, connection, fenced));
  }

  /** See {@link ClickHouse#fence}. */
  void fence(String token, boolean inherited) throws ClickHouseException {
    Sent attempts =
        inherited
            ? sent.computeIfAbsent(token, key -> new Sent())
            : sent.getOrDefault(token, new Sent());
    Set<Server> open = inherited ? Set.copyOf(servers.all()) : Set.copyOf(attempts.unanswered);
    for (Server server : open) {
      fence(token, server, attempts.lastNs);
    }
    for (Server server : Set.copyOf(attempts.answered)) {
      if (!open.contains(server)) {
        fenceAnswered(token, server, attempts.lastNs);
      }
    }
    sent.remove(token);
  }

  /** Fences copies that a proxy may have made of a request that was answered. */
  private void fenceAnswered(String token, Server server, long lastNs) throws ClickHouseException {
    InsertPath path = paths.get(server);
    if (path != null && path.sessions()) {
      try {
        fence(token, server, lastNs);
      } catch (ClickHouseException e) {
        if (e.kind() != FailureKind.UNREACHABLE) {
          throw e;
        }
      }
    }
  }

  private void fence(String token, Server server, long lastNs) throws ClickHouseException {
    run(
        server,
        connection -> {
          if (path(server, connection, true).sessions()) {
            closeSession(token, server, connection);
          } else {
            waitSince(lastNs);
          }
        });
  }

  private static void closeSession(String token, Server server, HttpConnection connection)
      throws ClickHouseException, IOException {
    String id = "tributary-fence-" + UUID.randomUUID();
    Map<String, String> parameters = new HashMap<>(HttpSession.useAndClose(token));
    parameters.put("query_id", id);
    HttpAnswer answer = connection.send(parameters, "SELECT 1", null);
    boolean closed = answer.isOk() && id.equals(answer.queryId());
    if (!closed && answer.code() != HttpSession.NOT_FOUND) {
      throw answer.isOk()
          ? new ClickHouseException(
              FailureKind.UNREACHABLE,
              0,
              "the answer from " + server.url() + " does not prove that a session was closed",
              null)
          : answer.error(server.url());
    }
  }

  private void waitSince(long lastNs) throws ClickHouseException {
    long leftNs =
        TimeUnit.MILLISECONDS.toNanos(options.timeoutMs())
            + UNFENCED_SLACK_NS
            - (System.nanoTime() - lastNs);
    if (leftNs > 0) {
      throw new ClickHouseException(
          FailureKind.TRANSIENT,
          0,
          "an earlier attempt was not answered and may still arrive; the batch is not split for"
              + " another "
              + TimeUnit.NANOSECONDS.toSeconds(leftNs)
              + " s",
          null);
    }
  }

  @Override
  public void close() {
    watchdog.shutdownNow();
  }
}
