package dev.tributary.connect.sink.clickhouse;

import com.clickhouse.data.ClickHouseCityHash;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.tributary.connect.util.DaemonThreads;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jpountz.lz4.LZ4Factory;

/**
 * ClickHouse's HTTP interface on the loopback, just enough of it for the sink: what becomes of a
 * request the test says, and what was requested it can see.
 */
final class LoopbackServer implements AutoCloseable {

  private static final Pattern NONCE = Pattern.compile("'X-Tributary\\\\':\\\\'([^\\\\]+)");
  private static final Pattern GET_SETTING = Pattern.compile("getSetting\\('(\\w+)'\\)");

  /** A statement with what came along. */
  record Request(String sql, Map<String, String> parameters, ByteBuffer body) {

    String parameter(String name) {
      return parameters.getOrDefault(name, "");
    }

    /** A setting in the statement; "" without it. */
    String setting(String name) {
      Matcher value = Pattern.compile("\\b" + name + " = '((?:[^'\\\\]|\\\\.)*)'").matcher(sql);
      return value.find() ? value.group(1) : "";
    }
  }

  /** What the server does with a request. */
  @FunctionalInterface
  interface Reply {
    void send(HttpExchange exchange) throws IOException;
  }

  /** Every statement but those with which a connection or a path is opened, in its order. */
  final List<Request> requests = new CopyOnWriteArrayList<>();

  /** The probes of a path. */
  final List<Request> probes = new CopyOnWriteArrayList<>();

  /** The open sessions. */
  final Set<String> sessions = ConcurrentHashMap.newKeySet();

  private volatile Set<String> settings = Set.of();

  /** Whether answers have the query id of their request. */
  volatile boolean provesById = true;

  /** Whether answers have the header that a statement asks for. */
  volatile boolean provesByHeader = true;

  /** Whether sessions are known to the server that answers. */
  volatile boolean hasSessions = true;

  /** Set: requests that open a path are answered as others are. */
  volatile boolean isPathScripted;

  /** What happens to settings in statements on their way. */
  volatile UnaryOperator<String> readBack = value -> value;

  /** What becomes of statements, by a part of their text; the last that fits holds. */
  private final Map<String, Reply> replies = new LinkedHashMap<>();

  /** Set: what becomes of everything. */
  private volatile Reply outage = this::acknowledge;

  private volatile boolean down;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final CountDownLatch hanging = new CountDownLatch(1);
  private final HttpServer server;
  private final ExecutorService threads =
      Executors.newCachedThreadPool(DaemonThreads.named("loopback-clickhouse"));

  LoopbackServer() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
    on(
        "currentUser()",
        rows("user String", "timezone String", "version String")
            .with("default", "UTC", "26.7.1.1")
            .reply());
    on("SELECT 1", exchange -> answer(exchange, 200, bytes("1\n")));
    settings("deduplicate_insert", "use_strict_insert_block_limits");
    on("INSERT", this::acknowledge);
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  LoopbackServer on(String part, Reply reply) {
    synchronized (replies) {
      replies.put(part, reply);
    }
    return this;
  }

  /** The settings that this version has, beside those that every version has. */
  LoopbackServer settings(String... names) {
    Set<String> all =
        new HashSet<>(
            Set.of(
                "async_insert",
                "input_format_native_allow_types_conversion",
                "input_format_null_as_default",
                "http_response_headers"));
    all.addAll(Set.of(names));
    settings = all;
    return this;
  }

  /** From now on everything is answered so. */
  void down(Reply reply) {
    outage = reply;
    down = true;
  }

  void up() {
    down = false;
  }

  List<Request> inserts() {
    return requests.stream().filter(request -> request.sql.contains("INSERT")).toList();
  }

  private void handle(HttpExchange exchange) throws IOException {
    Map<String, String> parameters = parameters(exchange.getRequestURI().getRawQuery());
    byte[] body = exchange.getRequestBody().readAllBytes();
    String query = parameters.getOrDefault("query", "");
    Request request =
        new Request(
            query.isEmpty() ? new String(body, StandardCharsets.UTF_8) : query,
            parameters,
            ByteBuffer.wrap(body));
    prove(exchange, request);
    if (!down && !isPathScripted && isOfPath(request)) {
      probes.add(request);
      openPath(exchange, request);
      return;
    }
    if (!request.sql.contains("currentUser()") && !request.sql.equals("SELECT 1")) {
      requests.add(request);
    }
    if (!down && !isPathScripted && hasSessions && parameters.containsKey("session_id")) {
      if (!sessions.remove(parameters.get("session_id"))) {
        error(372, "Session not found").send(exchange);
        return;
      }
    }
    reply(request.sql).send(exchange);
  }

  private void prove(HttpExchange exchange, Request request) {
    if (provesById && request.parameters.containsKey("query_id")) {
      exchange.getResponseHeaders().add("X-ClickHouse-Query-Id", request.parameter("query_id"));
    }
    Matcher nonce = NONCE.matcher(request.sql);
    if (provesByHeader && nonce.find()) {
      exchange.getResponseHeaders().add("X-Tributary", nonce.group(1));
    }
  }

  private static boolean isOfPath(Request request) {
    return request.sql.startsWith("SELECT name FROM system.settings")
        || request.sql.startsWith("SELECT toString(getSetting(")
        || (request.sql.equals("SELECT 1") && request.parameters.containsKey("session_id"));
  }

  /** What a path needs before its first insert: settings, their values, sessions. */
  private void openPath(HttpExchange exchange, Request request) throws IOException {
    if (request.sql.startsWith("SELECT name")) {
      answer(exchange, 200, bytes(String.join("\n", settings) + "\n"));
    } else if (request.sql.startsWith("SELECT toString")) {
      List<String> values = new ArrayList<>();
      for (Matcher name = GET_SETTING.matcher(request.sql); name.find(); ) {
        values.add(readBack.apply(request.setting(name.group(1))));
      }
      answer(exchange, 200, bytes(String.join("\t", values) + "\n"));
    } else {
      String session = request.parameter("session_id");
      if (!hasSessions || !request.parameters.containsKey("session_check")) {
        sessions.add(session);
        answer(exchange, 200, bytes("1\n"));
      } else if (!sessions.contains(session)) {
        error(372, "Session not found").send(exchange);
      } else {
        if (request.parameters.containsKey("close_session")) {
          sessions.remove(session);
        }
        answer(exchange, 200, bytes("1\n"));
      }
    }
  }

  private Reply reply(String sql) {
    Reply reply = exchange -> error(62, "nobody has said what becomes of " + sql).send(exchange);
    synchronized (replies) {
      for (Map.Entry<String, Reply> one : replies.entrySet()) {
        if (sql.contains(one.getKey())) {
          reply = one.getValue();
        }
      }
    }
    return down ? outage : reply;
  }

  private static Map<String, String> parameters(String rawQuery) {
    Map<String, String> parameters = new HashMap<>();
    for (String pair : rawQuery == null ? new String[0] : rawQuery.split("&", -1)) {
      String[] parts = pair.split("=", 2);
      parameters.put(
          URLDecoder.decode(parts[0], StandardCharsets.UTF_8),
          parts.length == 1 ? "" : URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
    }
    return parameters;
  }

  // Replies

  void acknowledge(HttpExchange exchange) throws IOException {
    answer(exchange, 200, new byte[0]);
  }

  /** An answer of something that is not ClickHouse. */
  static Reply foreign(int status, String body, String... headers) {
    return exchange -> {
      exchange.getResponseHeaders().clear();
      for (int i = 0; i < headers.length; i += 2) {
        exchange.getResponseHeaders().add(headers[i], headers[i + 1]);
      }
      answer(exchange, status, bytes(body));
    };
  }

  /** An error as ClickHouse answers it. */
  static Reply error(int code, String text) {
    return exchange -> {
      exchange.getResponseHeaders().add("X-ClickHouse-Exception-Code", String.valueOf(code));
      answer(exchange, 500, bytes("Code: " + code + ". DB::Exception: " + text + "\n"));
    };
  }

  /** What something in front of ClickHouse answers. */
  static Reply status(int status) {
    return exchange -> answer(exchange, status, bytes("no\n"));
  }

  /** The connection breaks without an answer. */
  static Reply noAnswer() {
    return HttpExchange::close;
  }

  /** No answer as long as the server is there. */
  Reply hang() {
    return exchange -> {
      hanging.countDown();
      try {
        closed.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      exchange.close();
    };
  }

  /** Waits until a request hangs. */
  void awaitHanging() throws InterruptedException {
    hanging.await();
  }

  /**
   * An answer with rows.
   *
   * @param columns each as {@code name type}, the type {@code String} or {@code Int64}
   */
  static Answer rows(String... columns) {
    return new Answer(Arrays.stream(columns).map(column -> column.split(" ", 2)).toList());
  }

  /** In the format that the client asks for, RowBinaryWithNamesAndTypes. */
  static final class Answer {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private Answer(List<String[]> columns) {
      bytes.write(columns.size());
      columns.forEach(column -> text(column[0]));
      columns.forEach(column -> text(column[1]));
    }

    Answer with(Object... row) {
      for (Object value : row) {
        if (value instanceof Long number) {
          byte[] little =
              ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(number).array();
          bytes.write(little, 0, little.length);
        } else {
          text(String.valueOf(value));
        }
      }
      return this;
    }

    private void text(String value) {
      byte[] utf8 = bytes(value);
      bytes.write(utf8.length);
      bytes.write(utf8, 0, utf8.length);
    }

    Reply reply() {
      return exchange -> {
        exchange.getResponseHeaders().add("X-ClickHouse-Format", "RowBinaryWithNamesAndTypes");
        exchange.getResponseHeaders().add("X-ClickHouse-Timezone", "UTC");
        boolean compress = exchange.getRequestURI().getRawQuery().contains("compress=1");
        byte[] rows = bytes.toByteArray();
        answer(exchange, 200, compress ? compressed(rows) : rows);
      };
    }
  }

  /** One frame: checksum, method, both lengths, and the bytes as LZ4 has them. */
  @SuppressWarnings("deprecation") // the client has no other that is public
  private static byte[] compressed(byte[] plain) {
    byte[] packed = LZ4Factory.fastestJavaInstance().fastCompressor().compress(plain);
    ByteBuffer frame = ByteBuffer.allocate(25 + packed.length).order(ByteOrder.LITTLE_ENDIAN);
    frame.position(16);
    frame.put((byte) 0x82).putInt(9 + packed.length).putInt(plain.length).put(packed);
    long[] checksum = ClickHouseCityHash.cityHash128(frame.array(), 16, 9 + packed.length);
    return frame.putLong(0, checksum[0]).putLong(8, checksum[1]).array();
  }

  private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
