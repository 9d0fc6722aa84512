package dev.tributary.connect.sink.clickhouse;

import dev.tributary.connect.util.DaemonThreads;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The servers of {@code clickhouse.url}, and which of them are up.
 *
 * <p>The first server that is up is used. A server that could not be reached is down until it
 * answers again. With several servers, those that are down are probed in the background, so that
 * the sink returns to the first one without a failing insert. If all are down, each is tried in
 * turn.
 *
 * <p>Thread-safe.
 */
final class ServerPool implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(ServerPool.class);

  private static final long PROBE_INTERVAL_MS = 2_000;
  private static final int PROBE_TIMEOUT_MS = 2_000;

  /** One server and its idle connections. */
  static final class Server {
    private final String url;
    private final Function<String, HttpConnection> connector;
    private final Deque<HttpConnection> idle = new ArrayDeque<>();
    private final Set<HttpConnection> lent = new HashSet<>();
    private volatile boolean down;
    private volatile long lastTriedNs = Long.MIN_VALUE;

    private Server(String url, Function<String, HttpConnection> connector) {
      this.url = url;
      this.connector = connector;
    }

    String url() {
      return url;
    }

    /** A connection for one request at a time, which must be released. */
    HttpConnection borrow() {
      synchronized (idle) {
        HttpConnection connection = idle.poll();
        if (connection == null) {
          connection = connector.apply(url);
        }
        lent.add(connection);
        return connection;
      }
    }

    /** Returns a connection to the pool, or closes it if it is no longer usable. */
    void release(HttpConnection connection, boolean usable) {
      synchronized (idle) {
        if (lent.remove(connection) && usable) {
          idle.push(connection);
          return;
        }
      }
      connection.close();
    }

    private void closeIdle() {
      synchronized (idle) {
        idle.forEach(HttpConnection::close);
        idle.clear();
      }
    }

    /** Also aborts requests in flight. */
    private void close() {
      closeIdle();
      synchronized (idle) {
        lent.forEach(HttpConnection::close);
        lent.clear();
      }
    }
  }

  private final List<Server> servers;
  private final ScheduledExecutorService prober;

  @SuppressWarnings("FutureReturnValueIgnored") // it ends with its thread
  ServerPool(List<String> urls, Function<String, HttpConnection> connector) {
    servers = urls.stream().map(url -> new Server(url, connector)).toList();
    prober =
        Executors.newSingleThreadScheduledExecutor(DaemonThreads.named("tributary-server-probe"));
    if (servers.size() > 1) {
      prober.scheduleWithFixedDelay(
          this::probe, PROBE_INTERVAL_MS, PROBE_INTERVAL_MS, TimeUnit.MILLISECONDS);
    }
  }

  int count() {
    return servers.size();
  }

  List<Server> all() {
    return servers;
  }

  boolean isAnyUp() {
    return servers.stream().anyMatch(server -> !server.down);
  }

  /** The first server that is up; if none is, the least recently tried one. */
  Server choose() {
    Server oldest = servers.get(0);
    for (Server server : servers) {
      if (!server.down) {
        return server;
      }
      if (server.lastTriedNs < oldest.lastTriedNs) {
        oldest = server;
      }
    }
    return oldest;
  }

  void works(Server server) {
    if (server.down) {
      server.down = false;
      log.info("ClickHouse at {} recovered", server.url);
    }
  }

  void isDown(Server server) {
    server.lastTriedNs = System.nanoTime();
    server.closeIdle();
    if (!server.down) {
      server.down = true;
      if (count() > 1) {
        log.warn(
            "ClickHouse at {} cannot be reached, using {} instead until it answers again, probing"
                + " it every {} ms; no row is lost, check that server if this persists",
            server.url,
            choose().url,
            PROBE_INTERVAL_MS);
      }
    }
  }

  private void probe() {
    for (Server server : servers) {
      if (server.down) {
        try (HttpConnection connection = server.connector.apply(server.url)) {
          if (connection.answers(PROBE_TIMEOUT_MS)) {
            works(server);
          }
        } catch (RuntimeException e) {
          log.debug("ClickHouse at {} is still down", server.url, e);
        }
      }
    }
  }

  @Override
  public void close() {
    prober.shutdownNow();
    servers.forEach(Server::close);
  }
}
