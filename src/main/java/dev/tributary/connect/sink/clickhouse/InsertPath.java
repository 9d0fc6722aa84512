package dev.tributary.connect.sink.clickhouse;

import dev.tributary.connect.sink.table.SinkKeys;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The way to one server, as a probe found it: which settings an insert carries, what its answer
 * proves, and whether inserts can be fenced by sessions.
 *
 * <p>The settings that delivery depends on travel in the statement, where no proxy drops them. The
 * probe sends them as an insert does and reads them back.
 *
 * @param settings the settings of every insert, in addition to its token
 * @param nonce whether an answer has the header that the statement asks for
 * @param sessions whether a session made over one connection is found over all others, so that it
 *     is one server that answers
 */
record InsertPath(Map<String, String> settings, boolean nonce, boolean sessions) {

  /**
   * The settings of inserts, which override the user's. Those that a server does not know are not
   * sent.
   */
  private static final Map<String, String> SETTINGS = new LinkedHashMap<>();

  static {
    SETTINGS.put("async_insert", "0");
    SETTINGS.put("deduplicate_insert", "enable");
    SETTINGS.put("deduplicate_blocks_in_dependent_materialized_views", "1");
    SETTINGS.put("use_strict_insert_block_limits", "0");
    SETTINGS.put("input_format_native_allow_types_conversion", "0");
    SETTINGS.put("input_format_null_as_default", "1");
  }

  private static final String IGNORED_VIEW_ERRORS = "materialized_views_ignore_errors";
  private static final String RESPONSE_HEADERS = "http_response_headers";
  private static final String TOKEN = "insert_deduplication_token";

  /** The number of connections over which a session must be found. */
  private static final int CONNECTIONS = 8;

  /** The setting of an insert that asks for a header with this nonce in the answer. */
  private static String header(String nonce) {
    return "{'" + HttpConnection.NONCE + "':'" + nonce + "'}";
  }

  /** The settings clause of an insert. */
  String clause(String token, String nonce) {
    Map<String, String> all = new LinkedHashMap<>(settings);
    all.put(TOKEN, token);
    if (this.nonce) {
      all.put(RESPONSE_HEADERS, header(nonce));
    }
    return HttpConnection.settingsClause(all);
  }

  /**
   * Probes the way to a server.
   *
   * @param connection used for all but the search for a session
   * @param connect opens further connections
   * @param user the user's ClickHouse settings
   * @throws ClickHouseException if the server does not answer, or if the way changes what inserts
   *     depend on: then PERMANENT, with the remedy
   */
  static InsertPath probe(
      String url,
      HttpConnection connection,
      Supplier<HttpConnection> connect,
      Map<String, String> user,
      boolean fenced)
      throws ClickHouseException {
    Probe probe = new Probe(url, connection, user);
    Map<String, String> settings = probe.knownSettings();
    boolean nonce = settings.remove(RESPONSE_HEADERS) != null;
    InsertPath path = new InsertPath(settings, nonce, false);
    boolean proven = probe.readBack(path);
    return new InsertPath(settings, proven, fenced && probe.findsSessions(connect));
  }

  /** The requests of one probe. */
  private record Probe(String url, HttpConnection connection, Map<String, String> user) {

    private HttpAnswer ask(HttpConnection over, Map<String, String> parameters, String statement)
        throws ClickHouseException {
      try {
        return over.send(parameters, statement, null);
      } catch (IOException e) {
        throw ClientErrors.of(e);
      }
    }

    /** The settings of inserts that this server knows. */
    Map<String, String> knownSettings() throws ClickHouseException {
      Map<String, String> wanted = new LinkedHashMap<>(SETTINGS);
      if (!user.containsKey(IGNORED_VIEW_ERRORS)) {
        wanted.put(IGNORED_VIEW_ERRORS, "0");
      }
      wanted.put(RESPONSE_HEADERS, "");
      String names =
          wanted.keySet().stream()
              .map(HttpConnection::literal)
              .collect(Collectors.joining(", ", "(", ")"));
      HttpAnswer answer =
          ask(
              connection,
              Map.of(),
              "SELECT name FROM system.settings WHERE name IN " + names + " FORMAT TSV");
      if (!answer.isOk()) {
        throw answer.error(url);
      }
      Set<String> known = Set.of(answer.body().split("\n", -1));
      wanted.keySet().retainAll(known);
      if (!known.contains("async_insert")) {
        throw changed("the list of its settings is not ClickHouse's");
      }
      if (!known.contains("deduplicate_insert")) {
        wanted.put("insert_deduplicate", "1");
      }
      return wanted;
    }

    /**
     * Sends the settings as an insert does and reads them back; returns whether the answer has the
     * nonce.
     */
    boolean readBack(InsertPath path) throws ClickHouseException {
      String id = "tributary-probe-" + UUID.randomUUID();
      Map<String, String> expected = new LinkedHashMap<>(path.settings);
      expected.put(TOKEN, id);
      String values =
          expected.keySet().stream()
              .map(name -> "toString(getSetting(" + HttpConnection.literal(name) + "))")
              .collect(Collectors.joining(", "));
      HttpAnswer answer =
          ask(
              connection,
              Map.of("query_id", id),
              "SELECT " + values + path.clause(id, id) + " FORMAT TSV");
      if (!answer.isOk()) {
        throw answer.error(url);
      }
      List<String> found = Arrays.asList(answer.body().strip().split("\t", -1));
      List<String> wrong = new ArrayList<>();
      int i = 0;
      for (Map.Entry<String, String> setting : expected.entrySet()) {
        String value = i < found.size() ? found.get(i) : "";
        if (!isEqual(setting.getValue(), value)) {
          wrong.add(
              setting.getKey() + " is '" + value + "', needed is '" + setting.getValue() + "'");
        }
        i++;
      }
      if (!wrong.isEmpty()) {
        throw changed("settings of inserts do not arrive: " + String.join(", ", wrong));
      }
      if (!answer.proves(id)) {
        throw changed(
            "its answers have neither the query id of the request (X-ClickHouse-Query-Id) nor the"
                + " header that the statement asks for ("
                + HttpConnection.NONCE
                + "), so no answer proves that an insert reached ClickHouse");
      }
      return id.equals(answer.nonce());
    }

    private static boolean isEqual(String sent, String found) {
      return sent.equals(found)
          || (sent.equals("1") && found.equals("true"))
          || (sent.equals("0") && found.equals("false"));
    }

    private ClickHouseException changed(String what) {
      return new ClickHouseException(
          FailureKind.PERMANENT,
          0,
          "No insert can be proven over "
              + url
              + ": "
              + what
              + ". Something between the worker and ClickHouse changes requests or answers. Let "
              + SinkKeys.URL
              + " name the server itself or a proxy that passes both on unchanged",
          null);
    }

    /** Whether sessions are checked, and found over every connection. */
    boolean findsSessions(Supplier<HttpConnection> connect) throws ClickHouseException {
      String session = "tributary-probe-" + UUID.randomUUID();
      if (ask(connection, HttpSession.use(session), "SELECT 1").code() != HttpSession.NOT_FOUND
          || !ask(connection, HttpSession.create(session), "SELECT 1").isOk()) {
        return false;
      }
      for (int i = 0; i < CONNECTIONS; i++) {
        try (HttpConnection other = connect.get()) {
          if (!ask(other, HttpSession.use(session), "SELECT 1").isOk()) {
            return false;
          }
        }
      }
      return ask(connection, HttpSession.useAndClose(session), "SELECT 1").isOk()
          && ask(connection, HttpSession.use(session), "SELECT 1").code() == HttpSession.NOT_FOUND;
    }
  }
}
